"""The start of the mirror: one at a time, and another as soon as it is gone."""

import psutil
import pytest

from core.cluster import sending
from tests.toy.start import MIRROR
from tests.working import kill


@pytest.fixture
def started(home, monkeypatch):
    """Return a function that starts the mirror where there is none and returns its process."""
    monkeypatch.setattr(sending, "MIRROR", MIRROR)
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", "postgresql://digitlab@127.0.0.1:1/none")
    processes = []

    def start():
        sending.start_mirror()
        process = psutil.Process(sending._started.process.pid)
        processes.append(process)
        return process

    yield start
    kill(processes)


def test_a_second_is_not_started_while_the_first_starts(started):
    assert started() == started()


def test_a_killed_one_does_not_count_as_starting(started):
    """A run that was resumed at once found nobody to follow it, and read *lost* half a minute on.

    Popen.poll takes a dead process for a living one while a thread waits for it.
    """
    before = None
    for _ in range(20):
        process = started()
        assert process != before
        process.kill()
        process.wait()
        before = process
