"""The server that browser tests and benchmarks start."""

import click
import pytest

from bench.browser import start


def test_a_server_that_ends_at_once_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.browser.AT_MOST_S", float("inf"))
    with pytest.raises(click.ClickException, match=r"no_such_page\.py"):
        start(tmp_path, "no_such_page.py")
