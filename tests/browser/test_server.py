"""The server: as browser tests and benchmarks start it, and what it lets in."""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

import click
import psutil
import pytest

from bench.browser import start
from ui.headers import HEADERS


def test_a_server_that_ends_at_once_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.browser.AT_MOST_S", float("inf"))
    with pytest.raises(click.ClickException, match=r"no_such_page\.py"):
        start(tmp_path, "no_such_page.py")


def test_it_is_closed_to_the_network(app):
    """It listened on every interface and printed "localhost": a school could delete one's runs."""
    port = urlsplit(app.url).port
    heard = [
        one.laddr
        for one in psutil.Process(app.process.pid).net_connections()
        if one.status == psutil.CONN_LISTEN
    ]
    assert {address.port for address in heard} == {port}
    assert {address.ip for address in heard} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("path", ["", "train", "_stcore/health", "api/read", "no/such/page"])
def test_browsers_are_told_what_not_to_do_with_it(app, path):
    address = f"{app.url.rstrip('/')}/{path}"
    try:
        with urllib.request.urlopen(address) as answer:
            told = answer.headers
    except urllib.error.HTTPError as refused:
        told = refused.headers
    for name, value in HEADERS.items():
        assert told[name] == value
