"""Pruning: a try that ends early, after an epoch and without a model."""

import pytest

from core.config import with_changes
from core.errors import DigitLabError
from core.launch.process import launch, resume
from core.runs import contract, control, requests, store, trash
from core.runs.contract import State
from core.runs.curves import Curves
from tests.waiting import wait_for
from tests.working import ENDLESS, QUICK, reaches, trains

LONG = with_changes(ENDLESS, {"batch_size": 16})


@pytest.fixture
def pruned(home, toys):
    run = launch(LONG)
    trains(run)
    control.prune(run.id)
    return reaches(run, State.PRUNED)


def test_a_pruned_run_ends_after_an_epoch_without_a_model(pruned):
    assert (pruned.state.active, pruned.has_model, pruned.can_resume) == (False, False, False)
    assert pruned.reason == ""
    epochs = Curves(pruned.folder / contract.METRICS).refresh().epochs
    assert pruned.status.epoch == len(epochs) >= 1
    assert pruned.status.step == epochs[-1]["step"]
    assert not (pruned.folder / "checkpoint").exists()
    with pytest.raises(DigitLabError, match="is pruned, not active: there is nothing to prune"):
        control.prune(pruned.id)


def test_a_pruned_run_can_be_deleted_and_restored(pruned):
    trash.remove(pruned.id)
    assert trash.undo(pruned.id).state is State.PRUNED


def test_a_lost_run_that_is_resumed_is_no_longer_pruned(home, toys):
    run = store.create(QUICK)
    (run.folder / requests.PRUNE).touch()
    store.write_status(run.folder, contract.Status(state=State.RUNNING))
    wait_for(lambda: store.read(run.id).state is State.LOST, "it reads lost")
    resume(run.id)
    assert not requests.prune_requested(run.folder)
    reaches(run, State.FINISHED)
