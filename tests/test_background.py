"""`core.background`: jobs from their start to their end, and the command line beside the app."""

import logging
import threading
from logging.handlers import BufferingHandler

import pytest

from core import background
from core.errors import DigitLabError
from tests.waiting import wait_for

PATIENCE_S = 600


class Work:
    """Stands for a job: reports half, waits to be let go, then ends as it is told."""

    def __init__(self):
        self.jobs = background.Jobs()
        self.calls = 0
        self.halfway, self.go_on = threading.Event(), threading.Event()
        self.fault = None

    def __call__(self):
        self.calls += 1
        self.jobs.report("work", 50, 100)
        self.halfway.set()
        assert self.go_on.wait(PATIENCE_S)
        if self.fault is not None:
            raise self.fault

    def start(self):
        self.jobs.start("work", self, "The work")

    def end(self, fault=None):
        """Let it go, and wait until it is over; starts it where it was not."""
        self.fault = fault
        self.start()
        self.go_on.set()
        wait_for(lambda: self.jobs.state("work") != "running", "the work is over")


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def records():
    """Return the list of what is logged, to which more is added."""
    handler, logger = BufferingHandler(capacity=1000), logging.getLogger(background.__name__)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.buffer
    logger.setLevel(before)
    logger.removeHandler(handler)


def test_from_idle_to_done(work):
    jobs = work.jobs
    assert (jobs.state("work"), jobs.progress("work"), jobs.error("work")) == ("idle", (0, 0), "")
    work.start()
    assert work.halfway.wait(PATIENCE_S)
    assert (jobs.state("work"), jobs.progress("work")) == ("running", (50, 100))
    work.end()
    assert (jobs.state("work"), jobs.error("work")) == ("done", "")


def test_a_job_that_nobody_started_has_taken_no_time(work):
    """It raised a KeyError where the others of its figures were empty."""
    assert work.jobs.seconds("work") == 0


def test_two_clicks_start_one_job(work):
    work.start()
    assert work.halfway.wait(PATIENCE_S)
    work.end()
    assert work.calls == 1


def test_a_failure_is_kept_as_its_sentence_and_can_be_tried_again(work):
    work.end(DigitLabError("no mirror answered"))
    assert (work.jobs.state("work"), work.jobs.error("work")) == ("failed", "no mirror answered")
    work.go_on.clear()
    work.halfway.clear()
    work.start()
    assert work.halfway.wait(PATIENCE_S)
    assert (work.jobs.state("work"), work.jobs.error("work")) == ("running", "")
    work.end()
    assert (work.jobs.state("work"), work.jobs.error("work"), work.calls) == ("done", "", 2)


def test_no_network_is_one_line_in_the_terminal(work, records):
    """150 lines of traces looked like a crash to a teacher without a network."""
    work.end(DigitLabError("no mirror answered"))
    assert [(record.getMessage(), record.exc_info) for record in records] == [
        ("no mirror answered", None)
    ]


def test_a_fault_of_ours_is_told_without_its_trace(work, records):
    work.end(ZeroDivisionError("secret detail"))
    assert work.jobs.state("work") == "failed"
    told = "The work stopped unexpectedly: nothing was lost; try again."
    assert work.jobs.error("work") == told
    (record,) = records
    assert "secret detail" in str(record.exc_info[1])


@pytest.mark.parametrize("fault", [DigitLabError("no mirror answered"), ZeroDivisionError()])
def test_whoever_sees_that_a_job_failed_sees_why(work, fault):
    """For a moment the state stood there without its sentence: a page showed an empty warning."""
    seen = set()

    def look(frame, *_):
        frame.f_trace_opcodes = True  # Looks between all steps that a thread can be halted at.
        if not work.jobs._lock.locked():
            seen.add((work.jobs.state("work"), bool(work.jobs.error("work"))))
        return look

    def trace(frame, *_):
        return look if frame.f_code is background.Jobs._run.__code__ else None

    before = threading.gettrace()
    threading.settrace(trace)
    try:
        work.end(fault)
    finally:
        threading.settrace(before)
    assert seen == {("running", False), ("failed", True)}


def test_its_words_arrive_whole_whatever_the_system_writes_in(home, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")  # as on Windows
    with pytest.raises(DigitLabError, match="no model 'größe'"):
        background.command_line(["evaluate", "größe"], "The test")


def test_jobs_are_done_in_their_order_by_one_thread():
    """Each had a thread, and the next was whichever the system let in."""
    jobs, gate, done = background.Jobs(), threading.Event(), []
    jobs.start("gate", gate.wait, "The gate")
    for number in range(20):
        jobs.start(
            number, lambda n=number: done.append((n, threading.current_thread())), "The work"
        )
    gate.set()
    wait_for(lambda: jobs.state(19) == "done", "all are done")
    assert [number for number, _ in done] == list(range(20))
    assert len({thread for _, thread in done}) == 1


def test_a_job_that_wants_to_leave_takes_no_other_with_it(work):
    work.end(SystemExit())
    assert work.jobs.state("work") == "failed"
    work.jobs.start("next", lambda: None, "The next")
    wait_for(lambda: work.jobs.state("next") == "done", "the next is done")


def test_two_who_keep_jobs_do_not_wait_for_each_other():
    """A download waited until the studies of others were done."""
    studies, downloads, gate = background.Jobs(), background.Jobs(), threading.Event()
    studies.start("study", gate.wait, "The study")
    downloads.start("download", lambda: None, "The download")
    wait_for(lambda: downloads.state("download") == "done", "the download is done")
    assert studies.state("study") == "running"
    gate.set()


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
