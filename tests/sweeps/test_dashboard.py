"""`optuna-dashboard` shows a sweep: the documented command, on a sweep's journal."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from core.sweeps import store
from core.sweeps.store import TryState
from tests.sweeps.sweeping import conducted, small
from tests.waiting import wait_for

pytest.importorskip("optuna_dashboard", reason="optuna-dashboard is not installed")
PROGRAM = Path(sys.executable).with_name("optuna-dashboard")
STATES = {TryState.FINISHED: "Complete", TryState.PRUNED: "Pruned"}


@pytest.fixture
def ask(instant):
    """Call as ``ask(path)``: what the dashboard answers, which shows a finished sweep."""
    sweep = conducted(small(tries=12))
    journal = sweep.folder / store.JOURNAL
    before = journal.read_bytes()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PROGRAM, "--host", "127.0.0.1", "--port", str(port), journal]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:

        def answer(path):
            assert process.poll() is None, process.stdout.read().decode()
            try:
                with urlopen(f"http://127.0.0.1:{port}/{path}") as found:
                    return found.read()
            except URLError:
                return None  # It does not listen yet.

        yield lambda path: wait_for(lambda: answer(path), f"an answer to {path}")
        process.kill()
    assert journal.read_bytes() == before, "somebody who looks has written"


def test_the_dashboard_shows_the_tries_of_a_sweep(ask):
    sweep = store.read("mine")
    assert b"<html" in ask("dashboard/").lower()
    (study,) = json.loads(ask("api/studies"))["study_summaries"]
    assert (study["study_name"], study["directions"]) == ("mine", ["maximize"])
    trials = json.loads(ask(f"api/studies/{study['study_id']}"))["trials"]
    assert [trial["number"] for trial in trials] == list(range(12))
    for one, trial in zip(sweep.tries, trials, strict=True):
        assert trial["state"] == STATES[one.state]
        assert trial["values"] == [one.value]
        shown = {part["name"]: part["param_external_value"] for part in trial["params"]}
        assert shown.keys() == one.parameters.keys()
        assert float(shown["learning_rate"]) == one.parameters["learning_rate"]
        reported = {part["step"]: part["value"] for part in trial["intermediate_values"]}
        assert reported == one.epochs
