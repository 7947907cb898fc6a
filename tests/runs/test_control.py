"""Steering runs: pause, go on, learning rate, the best epoch, the place in line.

The workers are toys, see `tests.toy.worker`, but where what Keras makes of it is shown.
"""

import json
import shutil

import pytest

from core import registry
from core.config import with_changes
from core.errors import DigitLabError
from core.launch.process import launch
from core.runs import contract, control, queue, requests, store
from core.runs.contract import State
from core.runs.curves import Curves
from core.worker import work
from tests.waiting import wait_for
from tests.working import (
    ENDLESS,
    QUICK,
    reaches,
    trained_here,
    trains,
    workers,
)

pytestmark = pytest.mark.usefixtures("no_worker_survives")


def curves(run):
    return Curves(run.folder / contract.METRICS).refresh()


def losses(run):
    return [record["loss"] for record in curves(run).epochs]


def beats(run):
    return store.read(run.id).status.heartbeat


def test_a_pause_is_acknowledged_at_once_and_takes_no_processor(toys):
    run = launch(ENDLESS)
    trains(run)
    assert control.pause(run.id).state in (State.PAUSING, State.PAUSED)
    assert control.pause(run.id).state in (State.PAUSING, State.PAUSED)
    run = reaches(run, State.PAUSED)
    step = run.status.step
    (worker,) = workers(run.id)
    paused_at = beats(run)
    wait_for(lambda: beats(run) > paused_at, "the end of what it was about to do")
    used, first = sum(worker.cpu_times()[:2]), beats(run)
    wait_for(lambda: beats(run) >= first + 3, "three heartbeats")
    # It beats once a second and looks ten times a second; training takes a whole core.
    assert sum(worker.cpu_times()[:2]) - used < 0.1 * (beats(run) - first)
    assert store.read(run.id).status.step == step
    assert control.go_on(run.id).state is State.RUNNING
    wait_for(lambda: store.read(run.id).status.step > step, "it goes on")


def test_a_paused_run_can_be_stopped_and_keeps_what_it_has(toys):
    run = launch(ENDLESS)
    trains(run)
    control.pause(run.id)
    reaches(run, State.PAUSED)
    assert control.stop(run.id).state is State.STOPPING
    assert reaches(run, State.STOPPED).has_model


def test_a_pause_changes_no_number(toys):
    config = with_changes(QUICK, {"epochs": 3})
    steady = reaches(launch(config), State.FINISHED)
    paused = launch(config)
    control.pause(paused.id)  # before it has begun: it waits after its first batch
    reaches(paused, State.PAUSED)
    control.go_on(paused.id)
    paused = reaches(paused, State.FINISHED)
    assert losses(paused) == pytest.approx(losses(steady), abs=1e-6)
    assert paused.status.accuracy == steady.status.accuracy


def test_another_learning_rate_holds_from_the_next_batch_and_is_written_down(toys):
    run = launch(with_changes(QUICK, {"epochs": 200, "schedule": "one-cycle"}))
    trains(run)
    control.set_learning_rate(run.id, 1e-6)
    change = wait_for(lambda: curves(run).rates, "the change")[0]
    assert change["learning_rate"] == 1e-6
    later = wait_for(
        lambda: [r for r in curves(run).batches if r["step"] > change["step"]], "another batch"
    )
    assert all(record["learning_rate"] <= 1e-6 for record in later)
    control.stop(run.id)
    run = reaches(run, State.STOPPED)
    assert registry.of_run(run).card.training.learning_rates == {change["step"]: 1e-6}


@pytest.mark.tensorflow
def test_keras_takes_another_learning_rate_too_and_its_schedule_follows():
    run = store.create(with_changes(QUICK, {"schedule": "one-cycle"}))
    control.set_learning_rate(run.id, 1e-6)
    assert work(run.folder) is State.FINISHED
    first, *later = curves(run).batches
    assert first["learning_rate"] > 1e-6
    assert max(record["learning_rate"] for record in later) == pytest.approx(1e-6)
    model = registry.of_run(store.read(run.id))
    assert model.card.training.learning_rates == {first["step"]: 1e-6}


def test_a_stop_can_go_back_to_the_best_epoch(toys):
    """With a learning rate that ruins what one good epoch has reached."""
    run = launch(with_changes(QUICK, {"epochs": 200}))
    wait_for(lambda: len(curves(run).epochs) >= 3, "three epochs")
    control.set_learning_rate(run.id, 10)
    wait_for(lambda: curves(run).epochs[-1]["val_loss"] > 3, "it got worse")
    control.stop(run.id, keep_best=True)
    run = reaches(run, State.STOPPED)
    epochs, training = curves(run).epochs, registry.of_run(run).card.training
    best = min(epochs, key=lambda record: record["val_loss"])
    assert training.best_epoch == best["epoch"] < len(epochs)
    assert training.validation_loss == best["val_loss"]
    assert registry.of_run(run).card.test.accuracy > 0.5
    assert not (run.folder / "checkpoint").exists()


@pytest.mark.tensorflow
def test_early_stopping_ends_with_the_best_epoch():
    config = with_changes(
        QUICK, {"epochs": 200, "early_stopping": 1, "learning_rate": 0.05, "optimizer": "sgd"}
    )
    run = trained_here(config)
    assert run.state is State.FINISHED
    epochs, training = curves(run).epochs, registry.of_run(run).card.training
    best = min(epochs, key=lambda record: record["val_loss"])
    assert len(epochs) == best["epoch"] + 1
    assert (training.best_epoch, training.stopped_early) == (best["epoch"], False)
    assert run.status.epoch == training.epochs_done == len(epochs)


def test_who_is_brought_to_the_front_trains_next(toys):
    first, second, third = (launch(ENDLESS) for _ in range(3))
    trains(first)
    for run in (second, third):
        reaches(run, State.QUEUED)
        (worker,) = workers(run.id)
        assert worker.memory_info().rss < 60e6
    control.to_the_front(third.id)
    with pytest.raises(DigitLabError, match="is running, not waiting"):
        control.to_the_front(first.id)
    control.stop(first.id)
    trains(third)
    assert store.read(second.id).state is State.QUEUED
    queue.set_at_once(2)
    trains(second)
    assert store.read(third.id).state is State.RUNNING


@pytest.mark.parametrize("text", ["", "[]", '"much"', "NaN", "1e999", "{", "null"])
def test_damaged_requests_ask_for_nothing(tmp_path, text):
    (tmp_path / requests.RATE).write_text(text)
    (tmp_path / requests.FRONT).write_text(text)
    assert requests.requested_rate(tmp_path) is None
    assert requests.place_in_line(tmp_path) == (0.0, tmp_path.name)


def test_requests_to_a_run_that_is_over_are_refused(home):
    run = store.create(QUICK)
    store.write_status(run.folder, contract.Status(state=State.FINISHED))
    for ask in (control.stop, control.pause, control.go_on, control.to_the_front):
        with pytest.raises(
            DigitLabError, match=r"is finished, not (active|training|paused|waiting)"
        ):
            ask(run.id)
    with pytest.raises(DigitLabError, match=r"is finished: only a run that is training"):
        control.set_learning_rate(run.id, 0.1)


@pytest.mark.parametrize("phase", contract.AFTER_TRAINING)
def test_a_run_that_has_trained_cannot_pause_any_more(home, phase):
    """It read "pausing", and never paused."""
    run = store.create(QUICK)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, contract.Status(state=State.RUNNING, phase=phase))
        for ask in (control.pause, lambda run_id: control.set_learning_rate(run_id, 0.1)):
            with pytest.raises(DigitLabError, match=f"has finished training and is {phase}"):
                ask(run.id)
        assert store.read(run.id).state is State.RUNNING
    assert requests.requested_rate(run.folder) is None


def test_a_request_that_cannot_be_written_is_one_sentence(home):
    run = store.create(QUICK)
    (run.folder / requests.STOP).mkdir()
    with pytest.raises(DigitLabError, match="The request cannot be kept in"):
        control.stop(run.id)
    (store.paths.runs_folder() / ".at-once").mkdir()
    with pytest.raises(DigitLabError, match="The setting cannot be kept in"):
        queue.set_at_once(2)


def test_a_request_does_not_bring_back_a_run_that_is_removed_meanwhile(home, monkeypatch):
    run = store.create(QUICK)
    monkeypatch.setattr(control.store, "read", lambda run_id: run)
    shutil.rmtree(run.folder)
    for ask in (control.stop, control.pause):
        with pytest.raises(DigitLabError, match="The request cannot be kept in"):
            ask(run.id)
    assert not run.folder.exists()


@pytest.mark.parametrize("rate", [0, -1, 11, float("nan"), float("inf")])
def test_a_learning_rate_out_of_range_is_refused(home, rate):
    run = store.create(QUICK)
    with pytest.raises(DigitLabError, match="learning_rate must be a number above 0 and up to 10"):
        control.set_learning_rate(run.id, rate)
    assert not (run.folder / requests.RATE).exists()


def test_how_many_train_at_once_is_a_setting(home):
    assert queue.at_once() == 1
    queue.set_at_once(3)
    assert queue.at_once() == 3
    for wrong in (0, 5, -1):
        with pytest.raises(DigitLabError, match="1 to 4 runs"):
            queue.set_at_once(wrong)
    (store.paths.runs_folder() / ".at-once").write_text(json.dumps([9]))
    assert queue.at_once() == 1
