"""Workers in processes of their own: started, stopped, queued, killed.

Real ones where TensorFlow has a part in what is shown, else toys, see `tests.toy.worker`.
"""

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest

from core import registry, standby
from core.config import with_changes
from core.data import drawn, stroke_files
from core.errors import DigitLabError
from core.launch.process import launch, start_worker
from core.runs import checkpoint_files, contract, control, store
from core.runs.contract import State
from core.runs.curves import Curves
from core.worker import work
from tests.data import strokes
from tests.waiting import wait_for
from tests.working import ENDLESS, QUICK, log, reaches, trained_here, trains, workers

pytestmark = pytest.mark.usefixtures("no_worker_survives")


def test_a_run_ends_with_a_model_that_its_card_describes(sample_run):
    run = sample_run
    model = registry.of_run(run)
    card = model.card
    assert card.config == QUICK
    assert (card.training.epochs_done, card.training.stopped_early) == (2, False)
    assert card.data.train + card.data.validation == len(load("sample").x_train)
    labels, probabilities = model.predictions()
    assert card.test.n == len(labels) == card.data.test
    assert card.test.accuracy == np.mean(probabilities.argmax(axis=1) == labels)
    assert run.status.accuracy == card.test.accuracy > 0.5
    pictures = model.pictures()
    for misread in np.flatnonzero(probabilities.argmax(axis=1) != labels).tolist():
        np.testing.assert_array_equal(pictures[misread], load("sample").x_test[misread])
    exported = model.predictor().predict(load("sample").x_test.astype(np.float32) / 255)
    np.testing.assert_allclose(exported.probabilities, probabilities, atol=1e-4)


def load(source):
    from core.data import load

    return load(source)


@pytest.mark.tensorflow
def test_curves_hold_every_epoch_and_honest_batch_means():
    run = trained_here(with_changes(QUICK, {"epochs": 3}))
    assert run.state is State.FINISHED
    curves = Curves(run.folder / contract.METRICS).refresh()
    assert [record["epoch"] for record in curves.epochs] == [1, 2, 3]
    steps = [record["step"] for record in curves.batches]
    assert steps == sorted(set(steps))
    assert steps[-1] == run.status.total_steps == curves.epochs[-1]["step"]
    # A line holds the mean since the line before; one line a batch here, so that the batches of
    # an epoch average to the epoch's figure (the last batch is smaller: a little less).
    first = [r["loss"] for r in curves.batches if r["step"] <= curves.epochs[0]["step"]]
    assert np.mean(first) == pytest.approx(curves.epochs[0]["loss"], rel=0.02)


@pytest.mark.tensorflow
def test_all_that_a_recipe_can_ask_for_is_one_run(tmp_path, monkeypatch):
    """Two stages, written and drawn digits, changed images and bfloat16, curves that go on."""
    monkeypatch.setenv("DIGIT_LAB_DATA", str(tmp_path))
    strokes.save(tmp_path / "strokes/ours.npz", writers=8, about="ours, CC BY 4.0")
    config = with_changes(
        QUICK,
        {
            "epochs": 4,
            "settling": 0.5,
            "written_digits": 300,
            "strokes": ["ours", "nobodys"],
            "drawn_digits": 100,
            "augmentation": {"rotation": 10, "damage": 0.1},
            "precision": "mixed_bfloat16",
        },
    )
    run = trained_here(config)
    assert run.state is State.FINISHED
    curves = Curves(run.folder / contract.METRICS).refresh()
    assert [record["epoch"] for record in curves.epochs] == [1, 2, 3, 4]
    card = registry.of_run(run).card
    steps = -(-(card.data.train + 300 + 100) // config.batch_size)
    assert [record["step"] for record in curves.epochs] == [steps * n for n in (1, 2, 3, 4)]
    assert run.status.total_steps == 4 * steps
    assert card.training.epochs_done == 4
    assert card.training.cpu_seconds > 0
    assert card.test.accuracy > 0.5
    (file,) = card.data.strokes
    assert (file.name, file.about) == ("ours", "ours, CC BY 4.0")
    assert (file.drawings, file.writers, file.held_back) == (70, 7, 1)
    ours = stroke_files.load(tmp_path / "strokes/ours.npz")
    assert file.digest == drawn.split(ours, config.seed)[0].digest


def test_the_same_seed_gives_the_same_model(sample_run, monkeypatch):
    """Also in a worker that stood by: nothing of its wait is in the run."""
    monkeypatch.delenv("DIGIT_LAB_STANDBY")
    standby.prepare()
    assert standby._waiting is not None
    run = launch(QUICK)
    assert standby._waiting is None
    assert run.state is State.STARTING
    twice = [registry.of_run(one) for one in (sample_run, reaches(run, State.FINISHED))]
    first, second = (model.predictions()[1] for model in twice)
    np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.tensorflow
def test_a_stop_keeps_and_tests_what_there_is():
    run = launch(ENDLESS)
    trains(run)
    assert control.stop(run.id).state is State.STOPPING
    run = reaches(run, State.STOPPED)
    card = registry.of_run(run).card
    assert card.training.stopped_early
    assert card.training.epochs_done < 200
    assert card.test.n > 0
    wait_for(lambda: not workers(run.id), "the worker has left")


def test_a_stop_before_the_first_batch_leaves_no_model():
    run = launch(ENDLESS)
    control.stop(run.id)
    run = reaches(run, State.STOPPED, State.FAILED)
    assert run.state is State.STOPPED


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_worker_reads_lost_and_the_list_survives(toys):
    run = launch(ENDLESS)
    trains(run)
    for process in workers(run.id):
        process.send_signal(signal.SIGKILL)
    lost = reaches(run, State.LOST)
    assert "killed" in lost.reason
    assert [found.id for found in store.list_runs()] == [run.id]
    assert Curves(run.folder / contract.METRICS).refresh().batches
    # The place to train is free again, by itself.
    reaches(launch(QUICK), State.FINISHED)


def test_a_run_outside_the_home_is_trained_where_it_lies(home, toys):
    """The worker looked in DIGIT_LAB_HOME for a folder of that name, and found none."""
    folder = home.parent / "elsewhere" / "mine"
    folder.parent.mkdir()
    shutil.move(store.create(QUICK).folder, folder)
    start_worker(store.read_folder(folder))
    ended = wait_for(
        lambda: not (run := store.read_folder(folder)).state.active and run, "it is over", 90
    )
    assert (ended.state, ended.reason) == (State.FINISHED, "")
    assert registry.of_run(ended).card.run == "mine"
    assert {path.suffix for path in (home / "runs").iterdir()} == {".lock"}  # no run


def test_of_two_started_at_once_one_waits_and_then_trains(toys):
    first, second = launch(ENDLESS), launch(QUICK)
    reaches(second, State.QUEUED)
    trains(first)
    assert store.read(second.id).state is State.QUEUED
    control.stop(first.id)
    reaches(first, State.STOPPED)
    reaches(second, State.FINISHED)


def test_a_waiting_run_can_be_stopped(toys):
    """And it costs almost no memory, for it has not loaded TensorFlow."""
    first, second = launch(ENDLESS), store.create(ENDLESS)
    toys.undo()
    start_worker(second)
    reaches(second, State.QUEUED)
    (worker,) = workers(second.id)
    assert "core.worker" in worker.cmdline()
    assert worker.memory_info().rss < 60e6
    control.stop(second.id)
    assert not reaches(second, State.STOPPED).has_model
    control.stop(first.id)
    reaches(first, State.STOPPED)


def test_a_run_whose_data_is_gone_fails_with_a_sentence(toys):
    run = reaches(launch(with_changes(QUICK, {"data": "/nowhere/digits.npz"})), State.FAILED)
    assert "/nowhere/digits.npz" in run.reason
    assert "Traceback" not in run.reason
    assert "Traceback" in log(run)


@pytest.mark.tensorflow
def test_a_diverging_run_fails_and_names_the_learning_rate():
    wild = with_changes(QUICK, {"optimizer": "sgd", "learning_rate": 10.0, "epochs": 50})
    deep = [{"layer": "flatten"}, *[{"layer": "dense", "units": 256}] * 8]
    run = trained_here(with_changes(wild, {"layers": deep}))
    assert run.state is State.FAILED
    assert "learning rate 10" in run.reason
    last = Curves(run.folder / contract.METRICS).refresh().epochs[-1]
    assert checkpoint_files.epochs_done(run.folder) < last["epoch"]
    with pytest.raises(DigitLabError, match="has no model"):
        registry.of_run(run)


@pytest.mark.skipif(os.name == "nt", reason="sessions are POSIX's")
def test_a_worker_has_a_session_of_its_own():
    """Ctrl-C in the terminal of the app, or its end, must not reach the training."""
    run = launch(ENDLESS)
    (worker,) = wait_for(lambda: workers(run.id), "the worker is there")
    assert os.getsid(worker.pid) == worker.pid != os.getsid(0)
    wait_for(lambda: worker.nice() >= 5, "it gives way to the page")
    group = Path(f"/proc/{worker.pid}/autogroup")
    if group.exists():  # of Linux's scheduler, to which a process is nice within its session alone
        wait_for(lambda: group.read_text().endswith("nice 10\n"), "its session gives way, too")


def test_whoever_calls_a_worker_keeps_its_priority(home):
    """It was lowered in any process, in that of the tests as well."""
    before = psutil.Process().nice()
    ended = work(store.create(QUICK).folder, lambda *_: State.FINISHED)
    assert (ended, psutil.Process().nice()) == (State.FINISHED, before)
