"""`core.training.reporter`: the status is true at every moment, and beats while nothing happens."""

import os
import threading
from contextlib import suppress

import pytest

from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import contract, states, store
from core.runs.contract import State, Status
from core.training import reporter
from core.training.reporter import Reporter
from tests.waiting import wait_for


@pytest.fixture
def folder(home):
    return store.create(RECIPES["sprint"].config).folder


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(reporter, "BEAT_S", 0.01)


@pytest.fixture
def still(monkeypatch):
    monkeypatch.setattr(reporter, "BEAT_S", 1000.0)


def status(folder):
    try:
        return Status.model_validate_json((folder / contract.STATUS).read_bytes())
    except FileNotFoundError:
        return None


def beats():
    return [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_a_change_of_state_or_phase_is_written_at_once(folder, still):
    with Reporter(folder) as report:
        report(state=State.QUEUED, phase="waiting for its turn")
        assert status(folder).state is State.QUEUED
        report(state=State.RUNNING, phase="training", step=3)
        found = status(folder)
    assert (found.state, found.phase, found.step) == (State.RUNNING, "training", 3)


def test_progress_waits_for_the_next_beat(folder, still):
    """A status a batch would keep a disk busy."""
    with Reporter(folder) as report:
        report(phase="training", step=1)
        report(step=2)
        assert status(folder).step == 1
        report(phase="testing")
        assert status(folder).step == 2


def test_it_beats_while_nobody_calls(folder, fast):
    with Reporter(folder) as report:
        report(phase="training")
        first = status(folder)
        report(step=7)
        later = wait_for(lambda: (now := status(folder)).step == 7 and now, "a beat")
    assert later.heartbeat > first.heartbeat
    assert later.next_heartbeat - later.heartbeat == pytest.approx(reporter.PROMISE_S)


def test_the_last_word_stands(folder, fast):
    with Reporter(folder) as report:
        report(phase="training", seconds_left=5.0, accuracy=0.5)
        assert report.end(State.FAILED, reason="why") is State.FAILED
        last = status(folder)
    assert (last.state, last.phase, last.reason) == (State.FAILED, "", "why")
    assert (last.seconds_left, last.accuracy) == (None, 0.5)
    assert last.ended == pytest.approx(last.heartbeat, abs=1)
    assert not beats()
    assert status(folder) == last


def test_the_beat_ends_with_the_block_whatever_happens(folder, fast):
    with suppress(ZeroDivisionError), Reporter(folder):
        assert len(beats()) == 1
        raise ZeroDivisionError
    assert not beats()


def test_a_full_disk_costs_one_beat(folder, fast, monkeypatch):
    failures = iter([DigitLabError("No space left on device")] * 3)
    write = store.write_status

    def write_or_fail(folder, status):
        if failure := next(failures, None):
            raise failure
        write(folder, status)

    monkeypatch.setattr(store, "write_status", write_or_fail)
    with Reporter(folder):
        assert wait_for(lambda: status(folder), "a beat after the failures")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(reporter, "_LAST_WORD_S", (0.0, 0.0, 0.0, 0.0))


def test_the_last_word_waits_for_room(folder, still, impatient, monkeypatch):
    """A worker on a full disk ended without a word, and was said to have been killed."""
    write = store.write_status
    failures = iter([DigitLabError("No space left on device")] * 4)

    def write_or_fail(folder, status):
        if failure := next(failures, None):
            raise failure
        write(folder, status)

    with Reporter(folder) as report:
        monkeypatch.setattr(store, "write_status", write_or_fail)
        assert report.end(State.FAILED, reason="The disk is full") is State.FAILED
    assert (status(folder).state, status(folder).reason) == (State.FAILED, "The disk is full")


def test_where_there_is_never_room_it_ends_all_the_same(folder, still, impatient, monkeypatch):
    def fail(folder, status):
        raise DigitLabError("No space left on device")

    with Reporter(folder) as report:
        monkeypatch.setattr(store, "write_status", fail)
        assert report.end(State.FAILED) is State.FAILED


def test_many_threads_may_report(folder, fast):
    def count(first):
        for step in range(first, first + 50):
            report(step=step, phase=f"phase {step}")

    with Reporter(folder) as report:
        threads = [threading.Thread(target=count, args=(100 * n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = status(folder)
    assert found.phase == f"phase {found.step}"
    assert found.step % 100 == 49


class Clocks:
    """The machine's clock, which somebody sets, and the one that nobody sets."""

    def __init__(self):
        self.now, self.passed = 1_700_000_000.0, 50.0

    def time(self):
        return self.now

    def monotonic(self):
        return self.passed

    def go_on(self, seconds, set_by=0.0):
        self.passed += seconds
        self.now += seconds + set_by

    def sleep(self, seconds):
        self.go_on(seconds)


@pytest.mark.parametrize("set_by", [-3600.0, 3600.0, 86400.0 * 365, -0.5])
def test_a_clock_that_is_set_during_a_training_changes_no_duration(
    folder, still, monkeypatch, set_by
):
    """A training of ten seconds had lasted an hour, or less than nothing."""
    clocks = Clocks()
    monkeypatch.setattr(reporter, "time", clocks)
    with Reporter(folder) as report:
        report(phase="training", started=clocks.time() - 2)
        clocks.go_on(10, set_by)
        report(phase="testing")
        assert store.read_folder(folder).duration_s == pytest.approx(12)
        clocks.go_on(5, -2 * set_by)
        report.end(State.FINISHED)
    ended = store.read_folder(folder)
    assert (ended.state, ended.duration_s) == (State.FINISHED, pytest.approx(17))
    assert ended.status.ended == clocks.time()


@pytest.mark.parametrize("set_by", [-3600.0, 3600.0])
def test_a_clock_that_is_set_changes_no_state(folder, still, monkeypatch, set_by):
    """Set back during the start, a run without a worker would have been starting for an hour."""
    clocks = Clocks()
    monkeypatch.setattr(reporter, "time", clocks)
    monkeypatch.setattr(states.time, "time", clocks.time)
    with store.worker_lock(folder), Reporter(folder) as report:
        report(phase="training", started=clocks.time())
        clocks.go_on(1, set_by)
        assert store.read_folder(folder).state is State.RUNNING
    assert store.read_folder(folder).state is State.LOST
    (folder / contract.STATUS).unlink()
    os.utime(folder / contract.CONFIG, (clocks.time() + 3600, clocks.time() + 3600))
    assert store.read_folder(folder).state is State.LOST


@pytest.mark.parametrize(("ahead", "late"), [(-11, True), (-9, False), (20, False), (3600, True)])
def test_the_clock_of_a_worker_on_another_machine_may_differ_a_little(ahead, late):
    """Its heartbeat is all that tells where files cannot be locked."""
    now = states.time.time() + ahead
    beat = Status(state=State.RUNNING, heartbeat=now, next_heartbeat=now + reporter.PROMISE_S)
    assert states._is_late(beat) is late
