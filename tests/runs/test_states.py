"""`core.runs.states`: states are derived from what is on disk, whatever that is."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import contract, control, store
from core.runs.contract import State, Status
from tests.models import make_model

CONFIG = RECIPES["sprint"].config


def say(run, **fields):
    store.write_status(run.folder, Status(**fields))


def grow_old(run):
    long_ago = time.time() - 3600
    os.utime(run.folder / contract.CONFIG, (long_ago, long_ago))


def test_a_new_run_is_starting(run):
    assert run.state is State.STARTING
    assert run.config == CONFIG
    assert abs((datetime.now(UTC) - run.created).total_seconds()) < 60


@pytest.mark.parametrize("early", [False, True])
def test_a_worker_killed_after_its_last_file_has_ended(run, early):
    """It read lost, and a resume trained anew over the whole model."""
    make_model(run.folder, run=run.id)
    card = json.loads((run.folder / contract.CARD).read_text())
    card["training"]["stopped_early"] = early
    (run.folder / contract.CARD).write_text(json.dumps(card))
    say(run, state=State.RUNNING, phase=contract.SAVING, next_heartbeat=time.time() + 3600)
    found = store.read(run.id)
    assert found.state is (State.STOPPED if early else State.FINISHED)
    assert (found.reason, found.can_resume) == ("", False)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"training": 1}', "[" * 100_000])
def test_a_damaged_card_is_no_end(run, content):
    (run.folder / contract.CARD).write_text(content)
    say(run, state=State.RUNNING)
    assert store.read(run.id).state is State.LOST


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_living_worker_is_believed(run, state):
    with store.worker_lock(run.folder):
        say(run, state=state, next_heartbeat=time.time() + 5)
        found = store.read(run.id)
    assert (found.state, found.silent_s) == (state, 0)


def test_a_worker_that_is_gone_is_lost_whatever_its_status_says(run):
    say(run, state=State.RUNNING, phase="training", next_heartbeat=time.time() + 3600)
    found = store.read(run.id)
    assert found.state is State.LOST
    assert "while training" in found.reason


def test_a_worker_that_never_came_is_lost_after_a_while(run):
    assert store.read(run.id).state is State.STARTING
    grow_old(run)
    assert store.read(run.id).state is State.LOST


def test_a_lost_run_is_lost_however_many_look_at_once(run):
    """One reader's look was taken for a living worker by another: one answer in ten was wrong."""
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING, next_heartbeat=time.time() - 1)
    with ThreadPoolExecutor(4) as readers:
        states = set(readers.map(lambda _: store.read(run.id).state, range(2000)))
    assert states == {State.LOST}


def test_looking_at_a_run_makes_no_file(run):
    """A run that was deleted while somebody looked came back as a folder with a lock in it."""
    say(run, state=State.RUNNING)
    grow_old(run)
    assert store.read(run.id).state is State.LOST
    assert {path.name for path in run.folder.iterdir()} == {
        contract.CONFIG,
        contract.ROOM,
        contract.STATUS,
    }


@pytest.mark.parametrize("state", [State.FINISHED, State.STOPPED, State.FAILED])
def test_the_last_word_counts(run, state):
    say(run, state=state, reason="why")
    found = store.read(run.id)
    assert (found.state, found.reason) == (state, "why")


def test_a_broken_promise_is_reported(run):
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING, next_heartbeat=time.time() - 40)
        assert store.read(run.id).silent_s == pytest.approx(40, abs=5)


def test_a_stop_shows_until_it_is_carried_out(run):
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING)
        assert control.stop(run.id).state is State.STOPPING
        assert control.stop(run.id).state is State.STOPPING
    say(run, state=State.STOPPED)
    with pytest.raises(DigitLabError, match="nothing to stop"):
        control.stop(run.id)


@pytest.mark.parametrize("content", [b"", b"{", b'{"state": "dancing"}', b"[1]"])
def test_a_damaged_status_counts_as_none(run, content):
    (run.folder / contract.STATUS).write_bytes(content)
    assert store.read(run.id).state is State.STARTING


def test_status_is_read_whole_while_it_is_replaced(run):
    """A reader never meets half a status, however often it is written."""
    soon = {"state": State.RUNNING, "heartbeat": time.time(), "next_heartbeat": time.time() + 60}

    def write():
        for step in range(500):
            say(run, **soon, step=step, phase="x" * step)

    writer, states = threading.Thread(target=write), set()
    with store.worker_lock(run.folder):
        say(run, **soon)
        writer.start()
        while writer.is_alive():
            states.add(store.read(run.id).state)
    assert states == {State.RUNNING}


def test_a_status_is_read_again_however_alike_its_file(run):
    """It is kept until the file is another one; size and time of change may be the same."""
    say(run, state=State.FAILED, reason="one")
    first = (run.folder / contract.STATUS).stat()
    assert store.read(run.id).reason == "one"
    say(run, state=State.FAILED, reason="two")
    os.utime(run.folder / contract.STATUS, ns=(first.st_atime_ns, first.st_mtime_ns))
    assert store.read(run.id).reason == "two"
