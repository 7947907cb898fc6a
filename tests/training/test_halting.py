"""Halting: a stop without a model, after which a run continues at its last complete epoch."""

import numpy as np

from core.config import with_changes
from core.launch.process import launch, resume
from core.runs import checkpoint_files, contract, control, requests, store
from core.runs.contract import State
from core.runs.curves import Curves
from tests.data import strokes
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


def test_a_run_goes_on_with_the_data_that_it_began_with_or_not_at_all(
    own_file, toys, home, tmp_path
):
    """It went on with whatever was there under the name, as if nothing had been changed."""
    pens = strokes.save(tmp_path / "pens.npz", writers=8)
    asked = {"data": str(own_file), "strokes": [str(pens)], "drawn_digits": 50, "epochs": 200}
    run = launch(with_changes(LONG, asked))
    wait_for(lambda: checkpoint_files.epochs_done(run.folder), "an epoch is complete")
    control.halt(run.id)
    reaches(run, State.STOPPED)
    done = checkpoint_files.epochs_done(run.folder)

    for file, what in ((own_file, "digits"), (pens, "strokes")):
        content = file.read_bytes()
        if file == pens:
            strokes.save(pens, writers=9)
        else:
            with np.load(own_file) as there:
                changed = dict(there)
            np.savez(own_file, **changed | {"x_test": 255 - changed["x_test"]})
        resume(run.id)
        failed = reaches(run, State.FAILED)
        assert f"has trained {done} epochs on other data ({what}" in failed.reason
        assert checkpoint_files.epochs_done(run.folder) == done
        file.write_bytes(content)

    resume(run.id)
    wait_for(lambda: checkpoint_files.epochs_done(run.folder) > done, "it goes on")
    control.stop(run.id)
    assert reaches(run, State.STOPPED).has_model
