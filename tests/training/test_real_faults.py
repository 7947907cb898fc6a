"""The sentences for memory and disks, each reached by its real cause: nothing here is pretended."""

import sys

import pytest

from core.config import with_changes
from core.disk import atomic
from core.errors import DigitLabError
from core.launch.process import launch, resume, start_worker
from core.runs import checkpoint_files, contract, store
from core.runs.contract import State, Status
from core.worker import work
from tests.full_disk import fill, mounted
from tests.waiting import wait_for
from tests.working import QUICK, reaches, trained_here

pytestmark = [
    pytest.mark.usefixtures("no_worker_survives"),
    pytest.mark.skipif(sys.platform != "linux", reason="mount and /dev/full are Linux's"),
]
FULL = "The disk is full: make room, then resume this run."
FILES = ["epoch-0001.weights.h5", contract.KERAS_MODEL, contract.ONNX_MODEL, contract.CARD]
LONG = with_changes(QUICK, {"epochs": 200, "batch_size": 8})


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """Return the home on a disk of two megabytes of its own."""
    with mounted(tmp_path / "disk") as disk:
        monkeypatch.setenv("DIGIT_LAB_HOME", str(disk))
        yield disk


def test_a_disk_that_fills_up_and_stays_full_is_named(toys, small_disk):
    """A run was said to be lost, by a kill or the machine's end: its last word found no room."""
    run = launch(LONG)
    wait_for(lambda: checkpoint_files.epochs_done(run.folder), "a checkpoint")
    fill(small_disk)
    failed = reaches(run, State.FAILED, State.LOST)
    assert (failed.state, failed.reason) == (State.FAILED, FULL)
    fill(small_disk)  # with what the run's end has freed
    with pytest.raises(DigitLabError, match="make room there"):
        resume(run.id)
    assert store.read(run.id).reason == FULL
    (small_disk / "filling").unlink()
    done = checkpoint_files.epochs_done(run.folder)
    resume(run.id)
    wait_for(lambda: checkpoint_files.epochs_done(run.folder) > done, "it goes on")


def test_a_run_that_is_lost_on_a_full_disk_is_not_said_to_have_been_killed(small_disk):
    """Somebody else's file took the room that was set aside for its last status."""
    run = store.create(QUICK)
    store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
    assert "killed" in store.read(run.id).reason
    fill(small_disk)
    lost = store.read(run.id)
    assert lost.state is State.LOST
    assert lost.reason.endswith("while training: the disk is full, make room, then resume it.")


def test_a_disk_that_is_full_before_the_worker_begins_is_named(toys, small_disk):
    run = store.create(QUICK)
    fill(small_disk)
    start_worker(run)
    failed = reaches(run, State.FAILED, State.LOST)
    assert (failed.state, failed.reason) == (State.FAILED, FULL)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", FILES)
def test_a_disk_that_is_full_is_named_whatever_was_being_written(name, home, monkeypatch):
    """Keras, HDF5 and ONNX each have a way of their own to say so."""
    monkeypatch.setattr(atomic, "_writer", lambda: "0-0")
    run = store.create(QUICK)
    stem, _, suffixes = name.partition(".")
    place = run.folder / "checkpoint" if suffixes == "weights.h5" else run.folder
    place.mkdir(exist_ok=True)
    (place / f".{stem}.0-0.{suffixes}").symlink_to("/dev/full")
    assert work(run.folder) is State.FAILED
    assert store.read(run.id).reason == FULL


@pytest.mark.tensorflow
def test_memory_that_runs_out_in_tensorflow_is_named(home, monkeypatch):
    """It has an exception of its own for that, and the run had stopped on a fault of ours."""
    import tensorflow as tf

    def ask_for_128_terabytes(*_arguments):
        tf.zeros([2**45])

    monkeypatch.setattr("core.training.train.fit", ask_for_128_terabytes)
    failed = trained_here(QUICK)
    assert failed.state is State.FAILED
    assert failed.reason.startswith("There was not enough memory: choose a smaller batch size")
