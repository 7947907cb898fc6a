"""``bench/list_runs.py``: it still finds what it measures."""

import pytest
from click.testing import CliRunner

from bench import list_runs


@pytest.mark.long
def test_the_lists_that_fresh_processes_make_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Studies lay beside the model that it copies, and a module that it names had moved away."""
    monkeypatch.setenv("DIGIT_LAB_HOME", "")  # the benchmark sets its own
    for name, few in (("_TIMES", 1), ("_RERUNS", 2), ("_MODELS", 8)):
        monkeypatch.setattr(list_runs, name, few)
    done = CliRunner().invoke(list_runs.main, ["--runs", "2"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.output.count("the runs themselves") == 2
