"""`core.standby`: a worker that waits takes the next run; if it cannot, another does."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from core import spawn, standby
from core.launch.process import launch
from core.runs import store
from core.runs.contract import State
from tests.waiting import wait_for
from tests.working import QUICK, log, reaches

pytestmark = pytest.mark.usefixtures("toys", "no_worker_survives", "memory_enough")


@pytest.fixture
def memory_enough(home, monkeypatch):
    monkeypatch.setattr(standby, "LEAST_FREE", 0)
    monkeypatch.delenv("DIGIT_LAB_STANDBY")
    yield
    standby.dismiss()


def prepared():
    standby.prepare()
    return standby._waiting.worker


def is_gone(worker):
    return wait_for(lambda: worker.poll() is not None, f"process {worker.pid} has ended")


def test_a_worker_that_waits_trains_the_next_run_and_no_other():
    worker = prepared()
    first, second = launch(QUICK), launch(QUICK)
    for run in (first, second):
        reaches(run, State.FINISHED)
        assert log(run) == ""
    is_gone(worker)
    assert worker.returncode == 0


def test_what_a_worker_that_waited_says_is_in_the_log_of_its_run(monkeypatch):
    worker = prepared()
    run = launch(QUICK.model_copy(update={"data": "/nowhere/digits.npz"}))
    assert "nowhere" in reaches(run, State.FAILED).reason
    assert "Traceback" in log(run)
    is_gone(worker)


def test_a_second_visitor_finds_the_same_worker():
    assert prepared() is prepared()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot halt a process")
def test_a_worker_that_dies_with_a_run_in_hand_costs_nothing():
    worker = prepared()
    psutil.Process(worker.pid).suspend()  # so that it cannot begin
    run = launch(QUICK)
    worker.kill()
    reaches(run, State.FINISHED)


def test_a_worker_that_died_while_it_waited_costs_nothing():
    worker = prepared()
    worker.kill()
    is_gone(worker)
    reaches(launch(QUICK), State.FINISHED)
    assert prepared() is not worker


def test_nobody_came(monkeypatch):
    monkeypatch.setattr(standby, "PATIENCE_S", 0.0)
    is_gone(prepared())
    wait_for(lambda: standby._waiting is None, "it is forgotten")


def test_it_ends_with_the_app_however_that_ends():
    app = subprocess.Popen(
        [sys.executable, "-c", _APP], stdout=subprocess.PIPE, cwd=spawn.paths.PROJECT
    )
    waiting = psutil.Process(json.loads(app.stdout.readline()))
    app.kill()
    app.wait()
    app.stdout.close()
    wait_for(lambda: not waiting.is_running() or waiting.status() == psutil.STATUS_ZOMBIE, "gone")


_APP = """
import time
from core import spawn, standby
spawn.WORKER, standby.LEAST_FREE = "tests.toy.worker", 0
standby.prepare()
print(standby._waiting.worker.pid, flush=True)
time.sleep(3600)
"""


def test_a_run_of_another_home_is_not_for_it(tmp_path, monkeypatch):
    worker = prepared()
    monkeypatch.setenv("DIGIT_LAB_HOME", str(tmp_path / "another"))
    run = launch(QUICK)
    is_gone(worker)
    reaches(run, State.FINISHED)


def test_code_that_was_changed_is_trained_with(monkeypatch):
    worker = prepared()
    monkeypatch.setattr(standby, "_code_changed_at", lambda: 1)
    run = launch(QUICK)
    is_gone(worker)
    reaches(run, State.FINISHED)


@pytest.mark.parametrize("reason", ["memory", "wish"])
def test_none_waits_where_it_should_not(monkeypatch, reason):
    if reason == "memory":
        monkeypatch.setattr(standby, "LEAST_FREE", 2**62)
    else:
        monkeypatch.setenv("DIGIT_LAB_STANDBY", "0")
    standby.prepare()
    assert standby._waiting is None
    reaches(launch(QUICK), State.FINISHED)


def test_a_process_that_cannot_be_started_is_said_by_the_run_and_not_before(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    standby.prepare()
    assert standby._waiting is None
    assert store.list_runs() == []
