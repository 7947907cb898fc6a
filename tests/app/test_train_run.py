"""Train: a run is watched, steered, used and repeated; the page says what its folder tells."""

import json

import numpy as np
import pytest

from core.cluster import errand
from core.recipes.shipped import RECIPES
from core.runs import contract, control, notes, requests, store
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.app.conftest import fields, plain, said, start_button, told
from tests.models import finished_run


def test_stop_training_asks_the_worker(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
        app = visit("train")
        app.button(f"stop-{run.id}").click().run()
        assert not app.exception
        assert requests.stop_requested(run.folder)
        assert app.button(f"stop-{run.id}").disabled


def test_a_run_can_be_stopped_before_its_worker_says_a_word(fresh, visit):
    """The page broke: what it says of progress took for granted that the worker had spoken."""
    run = store.create(RECIPES["sprint"].config)
    app = visit("train", run=run.id)
    app.button(f"stop-{run.id}").click().run()
    assert not app.exception
    assert store.read(run.id).state is State.STOPPING
    assert app.button(f"stop-{run.id}").disabled


def test_progress_and_curves_of_a_running_run(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    writer = MetricsWriter(run.folder / contract.METRICS)
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
    assert [bar.proto.text for bar in app.sidebar.get("progress")] == ["1 min 5 s left"]
    bars = [element.proto.text for element in app.get("progress")]
    assert any(
        text == "training · epoch 1 of 1 · step 5 of 10 · 1,234 images per second · 1 min 5 s left"
        for text in bars
    )
    assert len(app.get("plotly_chart")) == 2


def test_the_address_names_the_run_that_is_shown(fresh, visit):
    """The page showed the run that trained under an address without it, and jumped later."""
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.RUNNING, next_heartbeat=9e9))
        app = visit("train")
        assert app.query_params["run"] == run.id
        assert app.button(f"stop-{run.id}")
        [watch] = [x for x in app.sidebar.get("page_link") if "Watch" in x.proto.label]
        assert watch.proto.query_string == f"run={run.id}"
        store.write_status(run.folder, Status(state=State.FAILED, reason="It was too warm."))
    other = store.create(RECIPES["sprint"].config)
    app.run()
    assert app.query_params["run"] == run.id
    assert plain(app.error[0]) == "It was too warm."
    app.query_params["run"] = other.id
    app.run()
    assert app.button(f"stop-{other.id}")
    store.write_status(other.folder, Status(state=State.FINISHED))
    app.switch_page("pages/runs.py").run()
    app.switch_page("pages/train.py").run()
    assert not app.error


def test_a_finished_run_says_its_result_and_can_be_used(fresh, visit):
    run = finished_run(RECIPES["sprint"].config, accuracy=0.5)
    app = visit("train", run=run.id)
    assert "it had never seen" in said(app)
    app.button(f"use-{run.id}").click().run()
    assert not app.exception
    assert app.sidebar.selectbox[0].value == "sprint"
    assert told(app) == ["'sprint' is now the model in use."]
    assert (fresh / "models" / "sprint" / "model.onnx").is_file()


def test_a_model_can_be_used_though_the_configuration_of_its_run_is_damaged(fresh, visit):
    """The click broke: it looked for the name of the recipe in ``config.json``."""
    run = finished_run(RECIPES["sprint"].config, accuracy=0.5)
    (run.folder / contract.CONFIG).write_text("{")
    app = visit("train", run=run.id)
    app.button(f"use-{run.id}").click().run()
    assert not app.exception
    assert (fresh / "models" / "sprint" / "model.onnx").is_file()


def test_a_double_click_keeps_a_model_once(fresh, visit, clicked_twice):
    """The second click kept it once more, as sprint-2."""
    run = finished_run(RECIPES["sprint"].config, accuracy=0.5)
    clicked_twice(f"use-{run.id}")
    app = visit("train", run=run.id)
    app.button(f"use-{run.id}").click().run()
    assert [folder.name for folder in (fresh / "models").iterdir()] == ["sprint"]
    assert told(app) == ["'sprint' is now the model in use."]


def test_a_refused_click_is_told_at_once_and_nowhere_else(fresh, visit):
    """A run that ended by itself had no place to say it, and the Runs page said it later."""
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
        app = visit("train", run=run.id)
        store.write_status(run.folder, Status(state=State.FINISHED))
    app.button(f"stop-{run.id}").click().run()
    assert told(app) == [f"Run '{run.id}' is finished, not active: there is nothing to stop."]
    app.switch_page("pages/runs.py").run()
    assert told(app) == []
    assert not app.error
    assert not app.exception


def test_a_model_that_cannot_be_kept_is_told_as_it_stands(fresh, visit):
    run = finished_run(RECIPES["sprint"].config, accuracy=0.5)
    app = visit("train", run=run.id)
    (fresh / "models").write_text("a file stands there")
    app.button(f"use-{run.id}").click().run()
    assert not app.exception
    assert f"'{fresh / 'models'}'" in told(app)[0]
    assert r"\'" in app.toast[0].value  # nothing of it is Markdown


def test_a_damaged_card_costs_a_run_its_result_and_nothing_else(fresh, visit):
    run = finished_run(RECIPES["sprint"].config, accuracy=0.5)
    (run.folder / contract.CARD).write_text("{}")
    app = visit("train", run=run.id)
    assert len(app.error) == 1
    assert f"log-{run.id}" in {toggle.key for toggle in app.toggle}


@pytest.mark.parametrize("phase", contract.AFTER_TRAINING)
def test_after_early_stopping_nobody_is_there_to_obey(fresh, visit, phase):
    """Pause and Stop were offered for what is only tested and saved, and nothing came of them."""
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        status = Status(
            state=State.RUNNING, phase=phase, step=40, total_steps=100, next_heartbeat=9e9
        )
        store.write_status(run.folder, status)
        app = visit("train")
    assert app.button(f"pause-{run.id}").disabled
    assert app.button(f"stop-{run.id}").disabled


@pytest.mark.parametrize("state", [State.FAILED, State.LOST, State.MALFORMED])
def test_a_run_that_went_wrong_shows_its_reason_and_its_log(fresh, visit, state):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
    if state is State.FAILED:
        store.write_status(run.folder, Status(state=state, reason="The data was gone."))
    if state is State.MALFORMED:
        (run.folder / contract.CONFIG).write_text("{")
    (run.folder / contract.LOG).write_text("Traceback: <b>whatever</b>")
    app = visit("train", run=run.id)
    assert plain(app.error[0]) == store.read(run.id).reason
    app.toggle(f"log-{run.id}").set_value(True).run()
    assert "Traceback: <b>whatever</b>" in app.code[0].value
    assert app.dataframe[-1].value["state"].tolist() == [str(state)]


def test_a_run_is_called_by_the_name_it_was_given(training, visit):
    notes.change(training.id, name="*Mine* <b>")
    app = visit("train")
    assert plain(app.subheader[0]) == "*Mine* <b>"
    assert app.subheader[0].value == r"\*Mine\* \<b\>"
    assert r"\*Mine\* \<b\>, running" in app.sidebar.markdown[-1].value


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
    app.select_slider(f"rate-{training.id}").set_value(0.005).run()
    assert not app.exception
    assert requests.requested_rate(training.folder) == 0.005


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
    assert "the last one is your drawing" in said


def test_a_waiting_run_can_be_trained_next(fresh, visit):
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.QUEUED, next_heartbeat=9e9))
        app = visit("train")
        app.button(f"to_the_front-{run.id}").click().run()
        assert requests.place_in_line(run.folder)[0] < 0


@pytest.mark.parametrize(
    ("in_front", "said_of_it"),
    [
        (State.RUNNING, "Next in line: waits for First, about 1 min."),
        (
            State.PAUSED,
            "Waits for First, which is paused and keeps its turn: resume it or stop it.",
        ),
    ],
)
def test_a_waiting_run_says_what_it_waits_for(fresh, visit, in_front, said_of_it):
    """It said neither for whom it waits nor how long, nor its place."""
    other, run = (store.create(RECIPES["sprint"].config) for _ in range(2))
    notes.change(other.id, name="First")
    with store.worker_lock(other.folder), store.worker_lock(run.folder):
        status = Status(state=in_front, seconds_left=80, next_heartbeat=9e9)
        store.write_status(other.folder, status)
        if in_front is State.PAUSED:
            control.pause(other.id)
        store.write_status(run.folder, Status(state=State.QUEUED, next_heartbeat=9e9))
        app = visit("train", run=run.id)
    assert said_of_it in [plain(bar.proto.text) for bar in app.get("progress")]


def test_a_lost_run_can_be_resumed(fresh, visit, monkeypatch):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.RUNNING, phase="training"))
    asked = []
    monkeypatch.setattr("core.launch.process.start_worker", asked.append)
    app = visit("train", run=run.id)
    app.button(f"resume-{run.id}").click().run()
    assert not app.exception
    assert [r.id for r in asked] == [run.id]
    assert store.read(run.id).state is State.STARTING


def test_a_run_that_was_lost_elsewhere_can_be_resumed_on_this_machine(fresh, visit, monkeypatch):
    run = store.create(RECIPES["sprint"].config, errand.mark)
    store.write_status(run.folder, Status(state=State.LOST, reason="its machines were lost"))
    asked = []
    monkeypatch.setattr("core.launch.process.start_worker", asked.append)
    monkeypatch.setattr("core.cluster.sending.start_mirror", lambda: None)
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", "postgresql://somebody@127.0.0.1:1/lab")
    app = visit("train", run=run.id)
    app.button(f"_resume_here-{run.id}").click().run()
    assert not app.exception
    assert [r.id for r in asked] == [run.id]
    assert not run.is_elsewhere


def test_below_a_run_the_form_is_folded_until_it_is_wanted(training, visit):
    app = visit("train")
    assert "recipe" not in fields(app)
    app.button("another").click().run()
    assert not app.exception
    assert start_button(app).label == "Add to the queue"
    assert "Next in line: waits for sprint" in said(app)
    app.button("another").click().run()
    assert "recipe" not in fields(app)


def test_who_waits_behind_several_is_told_the_place(fresh, visit):
    runs = [store.create(RECIPES["sprint"].config) for _ in range(3)]
    with store.worker_lock(runs[2].folder):
        store.write_status(runs[2].folder, Status(state=State.QUEUED, next_heartbeat=9e9))
        app = visit("train", run=runs[2].id)
    told_place = "Number 2 in line: waits for sprint and 1 more run, about 20 s."
    assert told_place in [plain(bar.proto.text) for bar in app.get("progress")]


@pytest.mark.parametrize("address", [{}, {"recipe": "cnn-classic"}])
def test_a_finished_run_can_be_repeated_from_its_result(fresh, visit, address):
    """A recipe in the address won over what was opened, as the form was folded away."""
    run = finished_run(RECIPES["sprint"].config, accuracy=0.5)
    app = visit("train", run=run.id, **address)
    app.button(f"again-{run.id}").click().run()
    assert not app.exception
    assert "run" not in app.query_params
    assert app.radio("recipe").value == "opened configuration"
    assert not app.subheader
