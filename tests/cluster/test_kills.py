"""Machines, trainers and the database killed, stopped and filled: nothing is lost, nothing twice.

Toys train, and a silent machine is given up after seconds, see `tests.toy.start`.
"""

import os
import threading
from contextlib import contextmanager

import psutil
import pytest

from core.config import with_changes
from core.launch.process import launch, resume
from core.runs import checkpoint_files, control, store
from core.runs.contract import State
from tests.cluster.machines import Machine, epochs, has_ended, trains
from tests.full_disk import fill, mounted
from tests.waiting import wait_for
from tests.working import QUICK, reaches

pytestmark = [
    pytest.mark.usefixtures("toys", "cluster"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL and no SIGSTOP"),
]


LONG = with_changes(QUICK, {"epochs": 200, "batch_size": 8})


def is_stopped_with_a_whole_curve(run):
    """Stop a run, and check that its curve has each epoch once."""
    control.stop(run.id)
    ended = reaches(run, State.STOPPED)
    assert ended.has_model
    done = [record["epoch"] for record in epochs(run)]
    assert done == list(range(1, len(done) + 1))


def test_a_machine_that_is_killed_loses_its_run_to_another_which_goes_on(tmp_path):
    with Machine(tmp_path / "annex") as annex:
        run = trains(launch(LONG), beyond=1)
        (trainer,) = annex.trainers()
        annex.kill()
        wait_for(lambda: has_ended(trainer), "the end of its trainer, which nobody leads")
        with Machine(tmp_path / "cellar"):
            trains(run, "cellar", beyond=epochs(run)[-1]["epoch"])
            is_stopped_with_a_whole_curve(run)


def test_a_machine_that_was_thought_dead_drops_what_it_has(tmp_path, base):
    with Machine(tmp_path / "annex") as annex, Machine(tmp_path / "cellar") as cellar:
        annex.is_ready()
        cellar.is_ready()
        run = trains(launch(LONG), beyond=1)
        name = store.read(run.id).status.machine
        first, second = (annex, cellar) if name == "annex" else (cellar, annex)
        (trainer,) = first.trainers()
        first.freeze()
        wait_for(lambda: has_ended(trainer), "the end of its trainer, which nobody leads")
        trains(run, second.home.name, beyond=epochs(run)[-1]["epoch"])
        first.thaw()
        wait_for(lambda: "another machine has it now" in first.said(), "that it drops the run")
        trains(run, second.home.name, beyond=epochs(run)[-1]["epoch"])
        is_stopped_with_a_whole_curve(run)
        wait_for(lambda: jobs(base) == 0, "that no job is left")
        assert first.leave() == 0
        assert "Traceback" not in first.said()


def jobs(base):
    return base.execute("SELECT count(*) AS jobs FROM procrastinate_jobs").fetchone()["jobs"]


def test_what_stood_by_trains_the_next_run_and_goes_with_its_machine(tmp_path):
    with Machine(tmp_path / "annex", DIGIT_LAB_STANDBY="") as annex:
        first = stands_by(annex)
        run = trains(launch(LONG), beyond=1)
        assert annex.trainers() == [first]
        is_stopped_with_a_whole_curve(run)
        second = stands_by(annex)
        assert second != first
        run = trains(launch(LONG), beyond=1)
        annex.kill()
        wait_for(lambda: has_ended(second), "the end of the trainer, which nobody leads")
        annex.start()
        third = stands_by(annex)
        trains(run, beyond=epochs(run)[-1]["epoch"])
        is_stopped_with_a_whole_curve(run)
        assert annex.leave() == 0
        wait_for(lambda: has_ended(third), "the end of who trained")


def stands_by(machine):
    """Return the process that a machine keeps for its next run."""

    def waiting():
        busy = machine.trainers()
        return [
            one
            for one in psutil.Process(machine.process.pid).children()
            if one not in busy and not has_ended(one) and "tests.toy.worker" in one.cmdline()
        ]

    return wait_for(waiting, "that one stands by")[0]


def test_a_trainer_that_is_killed_is_replaced_twice_and_then_lost(tmp_path):
    with Machine(tmp_path / "annex") as annex:
        run = launch(LONG)
        for _ in range(3):
            trains(run, beyond=epochs(run)[-1]["epoch"] if epochs(run) else 1)
            # The epoch may be the last one of its predecessor, which came home late.
            for trainer in wait_for(annex.trainers, "a trainer"):
                trainer.kill()
            wait_for(lambda: not annex.trainers(), "its end")
        lost = reaches(run, State.LOST)
        assert "lost 3 times, at last annex" in lost.reason
        assert checkpoint_files.epochs_done(run.folder) > 1
        resume(run.id)
        trains(run, "annex", beyond=epochs(run)[-1]["epoch"])
        is_stopped_with_a_whole_curve(run)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_database_that_goes_and_comes_back_changes_nothing(tmp_path, postgres, how):
    with Machine(tmp_path / "annex") as annex:
        run = trains(launch(LONG), beyond=1)
        getattr(postgres, how)()
        try:
            wait_for(lambda: "database" in store.read(run.id).status.phase, "that the page says it")
            (trainer,) = annex.trainers()
        finally:
            postgres.start()
        trains(run, "annex", beyond=epochs(run)[-1]["epoch"] + 1)
        assert not has_ended(trainer)
        assert annex.said().count("taken") == 1
        is_stopped_with_a_whole_curve(run)


@pytest.fixture
def small_disk(tmp_path):
    """Yield a folder on a disk of two megabytes of its own."""
    with mounted(tmp_path / "annex") as disk:
        yield disk


@contextmanager
def filled(disk, *, again):
    """Fill a disk, and again all that becomes free within the block if that is wanted."""

    def fill_again():
        while not over.wait(0.005):
            fill(disk)

    over, thread = threading.Event(), threading.Thread(target=fill_again)
    fill(disk)
    if again:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if again:
            thread.join()


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
def test_a_disk_that_fills_up_elsewhere_is_named_and_the_run_goes_on_at_another(
    tmp_path, small_disk, again
):
    """Also where others take the room that was set aside for the last word."""
    with Machine(small_disk) as machine:
        run = trains(launch(LONG), beyond=1)
        with filled(small_disk, again=again):
            failed = reaches(run, State.FAILED)
        assert "disk" in failed.reason
        assert "full" in failed.reason
        assert machine.process.poll() is None
    with Machine(tmp_path / "cellar"):
        resume(run.id)
        trains(run, "cellar", beyond=epochs(run)[-1]["epoch"])
        is_stopped_with_a_whole_curve(run)
