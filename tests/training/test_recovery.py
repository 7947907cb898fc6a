"""Workers that are killed, and runs that go on: nothing up to the last complete epoch is lost."""

import errno
import os

import pytest

from core import registry
from core.architecture import Dense, Dropout, Flatten
from core.config import with_changes
from core.errors import DigitLabError
from core.launch.process import launch, resume, start_worker
from core.runs import checkpoint_files, contract, progress, removal, store
from core.runs.contract import State
from core.runs.curves import Curves, MetricsWriter
from core.worker import work
from tests.waiting import wait_for
from tests.working import QUICK, reaches, workers

pytestmark = [
    pytest.mark.usefixtures("no_worker_survives"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL"),
]
# Dropout, changed images, two stages, averaged weights and a schedule: all that has a memory.
DEMANDING = with_changes(
    QUICK,
    {
        "layers": [Flatten(), Dense(units=32), Dropout(rate=0.3)],
        "epochs": 6,
        "settling": 0.34,
        "schedule": "one-cycle",
        "optimizer": "adamw",
        "clip_norm": 1.0,
        "ema": 0.9,
        "augmentation": {"rotation": 5},
        "tensorboard": True,
        "deterministic": True,
    },
)


def kill(run):
    for worker in workers(run.id):
        worker.kill()
    return wait_for(lambda: not_active(run), f"{run.id} reads as over")


def not_active(run):
    now = store.read(run.id)
    return None if now.state.active else now


def test_fine_tuning_goes_on_when_the_model_it_began_with_is_gone(toys):
    first = reaches(launch(QUICK), State.FINISHED)
    tuned = with_changes(QUICK, {"start_from": first.id, "epochs": 200, "batch_size": 8})
    run = launch(tuned)
    has_trained(run, epochs=1)
    assert kill(run).state is State.LOST
    removal.remove(first.id)
    resume(run.id)
    done = checkpoint_files.epochs_done(run.folder)
    wait_for(lambda: checkpoint_files.epochs_done(run.folder) > done, "it goes on")
    kill(run)


def has_trained(run, epochs):
    wait_for(lambda: checkpoint_files.epochs_done(run.folder) >= epochs, "a checkpoint")


def epochs(run):
    return Curves(run.folder / contract.METRICS).refresh().epochs


@pytest.mark.tensorflow
def test_a_resumed_run_ends_as_if_it_had_never_been_killed():
    """Killed twice: within a stage, and between two of them."""
    steady = reaches(launch(DEMANDING), State.FINISHED)
    run = launch(DEMANDING)
    for after in (2, 4):
        has_trained(run, after)
        assert kill(run).state in (State.LOST, State.FINISHED)
        if store.read(run.id).state is State.LOST:
            assert resume(run.id).state is State.STARTING
    run = reaches(run, State.FINISHED)
    assert [r["epoch"] for r in epochs(run)] == [1, 2, 3, 4, 5, 6]
    for found, expected in zip(epochs(run), epochs(steady), strict=True):
        assert found["loss"] == pytest.approx(expected["loss"], abs=1e-6)
        assert found["val_loss"] == pytest.approx(expected["val_loss"], abs=1e-6)
    card = registry.of_run(run).card
    assert card.test.accuracy == registry.of_run(steady).card.test.accuracy
    assert card.training.epochs_done == 6
    assert list((run.folder / "tensorboard").glob("events.out.tfevents.*"))


def test_a_run_that_nobody_killed_is_not_resumed(home):
    run = store.create(QUICK)
    with pytest.raises(DigitLabError, match="is starting: only one that was lost, has failed"):
        resume(run.id)


def test_two_pages_that_resume_at_once_start_one_training(toys):
    run = launch(with_changes(QUICK, {"epochs": 200, "batch_size": 8}))
    has_trained(run, epochs=1)
    lost = kill(run)
    resume(run.id)
    start_worker(lost)
    step = lost.status.step
    reaches(run, State.RUNNING)
    wait_for(lambda: store.read(run.id).status.step > step, "it goes on")
    wait_for(lambda: len(workers(run.id)) == 1, "the second worker has left")


@pytest.mark.tensorflow
def test_a_full_disk_is_named_and_nothing_is_lost(monkeypatch):
    run = store.create(QUICK)
    append = MetricsWriter.append

    def fails_after_an_epoch(self, record):
        if record.get("kind") == "batch" and checkpoint_files.epochs_done(run.folder):
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, record)

    with monkeypatch.context() as patched:
        patched.setattr(MetricsWriter, "append", fails_after_an_epoch)
        assert work(run.folder) is State.FAILED
    failed = store.read(run.id)
    assert failed.reason == "The disk is full: make room, then resume this run."
    assert len(epochs(run)) == 1
    store.start_again(run.folder)
    assert work(run.folder) is State.FINISHED
    assert [r["epoch"] for r in epochs(run)] == [1, 2]


@pytest.mark.tensorflow
def test_a_training_that_had_stopped_early_does_not_go_on(monkeypatch):
    from core import model as models

    early = {"epochs": 30, "early_stopping": 1, "learning_rate": 0.02, "deterministic": True}
    run = store.create(with_changes(QUICK, early))

    def disk_is_full(model, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(models, "save", disk_is_full)
        assert work(run.folder) is State.FAILED
    before = epochs(run)
    assert len(before) < 30
    store.start_again(run.folder)
    assert work(run.folder) is State.FINISHED
    assert epochs(run) == before
    training = registry.of_run(store.read(run.id)).card.training
    assert training.best_epoch == len(before) - 1
    assert training.epochs_done == len(before)


def test_a_run_that_goes_on_after_its_last_epoch_has_all_its_facts(toys):
    """Killed while it was tested and resumed, it had finished with epoch 0 and no duration."""
    run = store.create(QUICK)
    (run.folder / contract.PREDICTIONS).mkdir()  # so that it gets no further, at a certain moment
    start_worker(run)
    failed = reaches(run, State.FAILED)
    whole = (failed.status.epoch, failed.status.step, failed.status.total_steps)
    assert whole[0] == QUICK.epochs
    (run.folder / contract.PREDICTIONS).rmdir()
    resume(run.id)
    ended = reaches(run, State.FINISHED)
    assert (ended.status.epoch, ended.status.step, ended.status.total_steps) == whole
    assert ended.duration_s >= epochs(run)[-1]["wall_seconds"]


def test_a_worker_that_continues_begins_with_what_is_done(toys):
    """Killed before it trained again, the run was lost with epoch 0."""
    run = launch(with_changes(QUICK, {"epochs": 200, "batch_size": 8}))
    has_trained(run, epochs=1)
    kill(run)
    done = checkpoint_files.epochs_done(run.folder)
    found = progress.kept(run.folder)
    assert found["epoch"] == done
    assert found["step"] == epochs(run)[done - 1]["step"]
    assert found["total_steps"] == 200 * found["step"] // done
