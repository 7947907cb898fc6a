"""`core.background`: the command line beside the app; `tests/export` has the jobs."""

import threading

import pytest

from core import background
from core.errors import DigitLabError
from tests.waiting import wait_for


def test_its_words_arrive_whole_whatever_the_system_writes_in(home, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")  # as on Windows
    with pytest.raises(DigitLabError, match="no model 'größe'"):
        background.command_line(["evaluate", "größe"], "The test")


def test_a_job_that_waits_for_its_turn_has_not_begun():
    """The time in the queue counted, and made what is left of a job look too long."""
    jobs, first, second = background.Jobs(), threading.Event(), threading.Event()
    jobs.start("first", first.wait, "The first")
    wait_for(lambda: jobs.seconds("first") > 0, "the first is at work")
    jobs.start("second", second.wait, "The second")
    assert jobs.seconds("second") == 0
    first.set()
    wait_for(lambda: jobs.seconds("second") > 0, "the second is at work")
    second.set()
    wait_for(lambda: jobs.state("second") == "done", "the second is over")
