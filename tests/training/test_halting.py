"""Halting: a stop without a model, after which a run continues at its last complete epoch."""

from core.config import with_changes
from core.launch.process import launch, resume
from core.runs import checkpoint_files, contract, control, requests, store
from core.runs.contract import State
from core.runs.curves import Curves
from tests.waiting import wait_for
from tests.working import QUICK, reaches

LONG = with_changes(QUICK, {"epochs": 6, "batch_size": 16})


def epochs(run):
    """Return what an epoch's record says but for its times."""
    times = ("seconds", "cpu_seconds", "wall_seconds")
    found = Curves(run.folder / contract.METRICS).refresh().epochs
    return [{name: one[name] for name in one if name not in times} for one in found]


def test_a_run_that_was_halted_continues_as_if_it_had_never_been(home, toys):
    whole = launch(LONG)
    reaches(whole, State.FINISHED)
    run = launch(LONG)
    wait_for(lambda: checkpoint_files.epochs_done(run.folder), "an epoch is complete")
    control.halt(run.id)
    halted = reaches(run, State.STOPPED)
    assert (halted.has_model, halted.can_resume, halted.reason) == (False, True, "")
    done = checkpoint_files.epochs_done(run.folder)
    assert 1 <= done < LONG.epochs
    assert len(epochs(run)) == done, "an epoch that was interrupted counts"

    resume(run.id)
    assert not requests.halt_requested(run.folder)
    finished = reaches(run, State.FINISHED)
    assert finished.has_model
    assert not finished.can_resume
    assert epochs(run) == epochs(whole)


def test_a_run_with_a_model_that_was_stopped_cannot_be_resumed(home, toys):
    run = launch(LONG)
    wait_for(lambda: checkpoint_files.epochs_done(run.folder), "an epoch is complete")
    control.stop(run.id)
    stopped = reaches(run, State.STOPPED)
    assert (stopped.has_model, stopped.can_resume) == (True, False)


def test_a_run_that_was_stopped_while_it_waited_can_be_resumed(home):
    run = store.create(LONG)
    store.write_status(run.folder, contract.Status(state=State.STOPPED))
    assert store.read(run.id).can_resume
