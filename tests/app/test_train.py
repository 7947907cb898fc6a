"""Train: the form is the recipe, the button starts it, the list holds whatever is on disk."""

import io
import json

import numpy as np
import pytest

from core.data.files import own_files
from core.recipes import RECIPES
from core.training import requests, store
from core.training.curves import MetricsWriter
from core.training.store import State, Status
from tests.app.conftest import said
from tests.models import make_model
from ui import train_form


@pytest.fixture
def launched(monkeypatch):
    """Record what would be launched, and make its folder."""
    configs = []

    def launch(config, drawing=None):
        configs.append(config)
        return store.create(config)

    monkeypatch.setattr("core.training.launch.launch", launch)
    return configs


def start(app):
    return next(
        button
        for button in app.button
        if "this training" in button.label or button.label == "Start training"
    )


def test_the_form_starts_from_the_recipe(fresh, visit, launched):
    for name, recipe in RECIPES.items():
        app = visit("train")
        app.radio("recipe").set_value(name).run()
        start(app).click().run()
        assert not app.exception
        assert launched[-1] == recipe.config_for("sample")


def test_the_form_says_what_a_recipe_does_besides(fresh, visit):
    app = visit("train")
    assert not any("This recipe also" in caption.value for caption in app.caption)
    app.radio("recipe").set_value("flagship").run()
    [said] = [c.value for c in app.caption if "This recipe also" in c.value]
    written = RECIPES["flagship"].config.written_digits
    assert f"{written:,} digits written by a generator" in said


def test_what_was_changed_is_what_is_launched(fresh, visit, launched):
    app = visit("train")
    app.number_input("epochs-sample-sprint").set_value(3)
    app.number_input("images-sprint").set_value(500)
    app.number_input("seed-sprint").set_value(7)
    app.selectbox("optimizer-sprint").set_value("sgd")
    app.selectbox("loss-sprint").set_value("categorical_crossentropy")
    app.slider("validation-sprint").set_value(20)
    start(app).click().run()
    config = launched[0]
    assert (config.epochs, config.train_images, config.seed) == (3, 500, 7)
    assert (config.optimizer, config.loss) == ("sgd", "categorical_crossentropy")
    assert config.validation_split == 0.2


def test_a_click_shows_starting_at_once(fresh, visit, launched):
    app = visit("train")
    start(app).click().run()
    assert "starting" in said(app)
    assert "Stop training" in [button.label for button in app.button]


def test_stop_training_asks_the_worker(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
        app = visit("train")
        app.button(f"stop-{run.id}").click().run()
        assert not app.exception
        assert requests.stop_requested(run.folder)
        assert app.button(f"stop-{run.id}").disabled


def test_progress_and_curves_of_a_running_run(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    writer = MetricsWriter(run.folder / store.METRICS)
    for step in range(1, 6):
        writer.append({"kind": "batch", "step": step, "loss": 2 / step, "accuracy": 0.1 * step})
    with store.worker_lock(run.folder):
        status = Status(
            state=State.RUNNING,
            phase="training",
            step=5,
            total_steps=10,
            images_per_second=1234.5,
            seconds_left=65,
            next_heartbeat=9e9,
        )
        store.write_status(run.folder, status)
        app = visit("train")
    bars = [element.proto.text for element in app.get("progress")]
    assert any(
        text == "training · epoch 1 of 1 · step 5 of 10 · 1,234 images a second · 1 min 5 s left"
        for text in bars
    )
    assert len(app.get("plotly_chart")) == 2


def test_a_finished_run_says_its_result_and_can_be_used(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    make_model(run.folder, run=run.id)
    store.write_status(run.folder, Status(state=State.FINISHED, accuracy=0.5))
    app = visit("train", run=run.id)
    assert "it had never seen" in said(app)
    app.button(f"use-{run.id}").click().run()
    assert not app.exception
    assert app.sidebar.selectbox[0].value == "sprint"
    assert (fresh / "models" / "sprint" / "model.onnx").is_file()


@pytest.mark.parametrize("state", [State.FAILED, State.LOST, State.MALFORMED])
def test_a_run_that_went_wrong_shows_its_reason_and_its_log(fresh, visit, state):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
    if state is State.FAILED:
        store.write_status(run.folder, Status(state=state, reason="The data was gone."))
    if state is State.MALFORMED:
        (run.folder / store.CONFIG).write_text("{")
    (run.folder / store.LOG).write_text("Traceback: <b>whatever</b>")
    app = visit("train", run=run.id)
    assert app.error[0].value == store.read(run.id).reason
    app.toggle(f"log-{run.id}").set_value(True).run()
    assert "Traceback: <b>whatever</b>" in app.code[0].value
    assert app.dataframe[-1].value["state"].tolist() == [str(state)]


def test_a_file_that_is_no_data_set_is_refused_with_a_sentence(fresh, visit):
    app = visit("train")
    app.file_uploader("own-digits").set_value(("x.npz", b"PK\x03\x04", "application/zip")).run()
    assert not app.exception
    assert len(app.error) == 1


def test_own_digits_can_be_chosen_after_an_upload(fresh, visit, launched):
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez(file, images=rng.integers(0, 256, (60, 28, 28), np.uint8), labels=np.arange(60) % 10)
    app = visit("train")
    app.file_uploader("own-digits").set_value(("My Digits.npz", file.getvalue(), "x/y")).run()
    assert not app.error
    options = app.selectbox("data").options
    assert "My-Digits" in options
    app.selectbox("data").set_value(str(own_files()[0])).run()
    start(app).click().run()
    assert launched[0].data.endswith("My-Digits.npz")


def test_every_form_field_has_the_bounds_of_the_configuration():
    assert train_form._bounds("epochs") == (1, 200)
    assert train_form._choices("optimizer") == ["adam", "adamw", "sgd", "rmsprop"]


def test_advanced_settings_reach_the_run(fresh, visit, launched):
    app = visit("train")
    app.selectbox("schedule-sprint").set_value("constant").run()
    app.number_input("early-stopping-sprint").set_value(3)
    app.number_input("plateau-sprint").set_value(2)
    app.number_input("clip-sprint").set_value(1.5)
    app.number_input("ema-sprint").set_value(0.99)
    app.slider("noise-sprint").set_value(20)
    app.select_slider("imbalance-sprint").set_value(10.0)
    app.checkbox("tensorboard-sprint").check()
    start(app).click().run()
    assert not app.exception
    config = launched[0]
    assert (config.early_stopping, config.reduce_on_plateau, config.clip_norm) == (3, 2, 1.5)
    assert (config.ema, config.label_noise, config.imbalance) == (0.99, 0.2, 10)
    assert (config.tensorboard, config.deterministic) == (True, False)


def test_what_a_schedule_does_by_itself_cannot_be_asked_for(fresh, visit):
    app = visit("train")
    assert app.number_input("plateau-sprint").disabled
    assert app.number_input("decay-sprint").disabled


@pytest.fixture
def training(fresh):
    """Return a run that trains, as far as its folder tells, and its curves' writer."""
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(
            run.folder,
            Status(
                state=State.RUNNING,
                phase="training",
                step=5,
                total_steps=10,
                learning_rate=0.02,
                gradient_norm=1.25,
                cpu_percent=150,
                memory_mb=612,
                next_heartbeat=9e9,
            ),
        )
        yield run


def test_a_run_can_be_paused_and_let_go_on(training, visit):
    app = visit("train")
    app.button(f"pause-{training.id}").click().run()
    assert store.read(training.id).state is State.PAUSING
    assert "learning rate 0.02 · gradient 1.2 · 1.5 cores and 612 MB in use" in [
        caption.value for caption in app.caption
    ]
    app.button(f"go_on-{training.id}").click().run()
    assert store.read(training.id).state is State.RUNNING
    assert not app.exception


def test_the_learning_rate_can_be_changed(training, visit):
    app = visit("train")
    app.select_slider(f"rate-{training.id}").set_value(0.002).run()
    assert not app.exception
    assert requests.requested_rate(training.folder) == 0.002


def test_keeping_the_best_epoch_needs_one(training, visit):
    key = f"_stop_with_best-{training.id}"
    assert visit("train").button(key).disabled
    (training.folder / "checkpoint").mkdir()
    (training.folder / "checkpoint" / "epoch-0001.weights.h5").touch()
    visit("train").button(key).click().run()
    assert requests.best_requested(training.folder)


def test_the_panel_shows_how_answers_settle(training, visit):
    answers = np.full((21, 10), 0.02)
    answers[np.arange(21), [*np.repeat(np.arange(10), 2), 4]] = 0.82
    images = np.random.default_rng(0).integers(0, 256, (21, 28, 28), np.uint8)
    np.savez(training.folder / "panel.npz", images=images, labels=np.repeat(np.arange(10), 2))
    line = json.dumps({"step": 5, "probabilities": answers.tolist()})
    (training.folder / "watch.jsonl").write_text(line + "\n")
    app = visit("train")
    assert not app.exception
    [said] = [c.value for c in app.caption if "right after" in c.value]
    assert said.startswith("20 of 20 right after 5 steps")
    assert "and your last drawing" in said


def test_a_waiting_run_can_be_trained_next(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.QUEUED, next_heartbeat=9e9))
        app = visit("train")
        app.button(f"to_the_front-{run.id}").click().run()
        assert requests.place_in_line(run.folder)[0] < 0


def test_a_lost_run_can_be_resumed(fresh, visit, monkeypatch):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
    asked = []
    monkeypatch.setattr("core.training.launch.start_worker", asked.append)
    app = visit("train", run=run.id)
    app.button(f"resume-{run.id}").click().run()
    assert not app.exception
    assert [r.id for r in asked] == [run.id]
    assert store.read(run.id).state is State.STARTING
