"""Train: the form is the recipe, the button starts it, the list holds whatever is on disk."""

import io
import json

import numpy as np
import pytest
import streamlit as st

from core import data, paths
from core.cluster import errand
from core.config import with_changes
from core.data import files, sample
from core.data.files import own_files
from core.errors import DigitLabError
from core.recipes import link, own
from core.recipes.shipped import RECIPES
from core.runs import contract, control, notes, queue, requests, store
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.app.conftest import plain, said, told, unfolded
from tests.data import strokes
from tests.models import finished_run
from ui.train import form


@pytest.fixture
def launched(monkeypatch):
    """Record what would be launched, and make its folder."""
    configs = []

    def launch(config, drawing=None, *, owner, here):
        configs.append(config)
        return store.create(config)

    monkeypatch.setattr("core.launch.process.launch", launch)
    return configs


def test_with_a_cluster_a_run_goes_to_whoever_is_free_or_stays_if_asked(fresh, visit, monkeypatch):
    asked = []

    def launch(config, drawing=None, *, owner, here):
        asked.append((owner, here))
        raise DigitLabError("Not now.")  # so that the form stays

    monkeypatch.setattr("core.launch.process.launch", launch)
    app = visit("train")
    assert not any(toggle.label == "On this machine" for toggle in app.toggle)
    monkeypatch.setenv("DIGIT_LAB_CLUSTER", "postgresql://me@127.0.0.1:9/lab")
    app = visit("train")
    assert any("Goes to the next free machine" in one.value for one in app.markdown)
    start(app).click().run()
    start(visit("train")).click().run()  # another visitor
    app = visit("train")
    app.toggle("train-here").set_value(True).run()
    assert not any("Goes to the next free machine" in one.value for one in app.markdown)
    start(app).click().run()
    (one, not_here), (other, _), (nobody, here) = asked
    assert (not_here, here, nobody) == (False, True, "")
    assert len({one, other, ""}) == 3


def start(app):
    return next(
        button for button in app.button if button.label in ("Start training", "Add to the queue")
    )


def test_the_form_starts_from_the_recipe(fresh, visit, launched):
    for name, recipe in RECIPES.items():
        app = unfolded(visit("train"))
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
    assert said.endswith("their files are not here.")


def test_the_form_says_how_many_digits_of_pens_are_trained_on(fresh, visit):
    strokes.save(paths.data_folder() / "strokes/unipen.npz")
    app = visit("train")
    app.radio("recipe").set_value("flagship").run()
    [said] = [c.value for c in app.caption if "This recipe also" in c.value]
    drawn = RECIPES["flagship"].config.drawn_digits
    assert f"{drawn:,} pictures of digits that people wrote with a pen" in said
    assert "not here" not in said


def test_what_was_changed_is_what_is_launched(fresh, visit, launched):
    app = unfolded(visit("train"))
    app.number_input("epochs-sample-sprint").set_value(3)
    app.number_input("images-sample-sprint").set_value(500)
    app.number_input("seed-sprint").set_value(7)
    app.selectbox("optimizer-sprint").set_value("sgd")
    app.selectbox("loss-sprint").set_value("categorical_crossentropy")
    app.slider("validation-sprint").set_value(20)
    start(app).click().run()
    config = launched[0]
    assert (config.epochs, config.train_images, config.seed) == (3, 500, 7)
    assert (config.optimizer, config.loss) == ("sgd", "categorical_crossentropy")
    assert config.validation_split == 0.2


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [("clip_norm", "clip", 0.001), ("weight_decay", "decay", 2e-5), ("ema", "ema", 0.99985)],
)
def test_an_advanced_number_stands_in_its_field_as_it_is(fresh, visit, setting, key, value):
    """Clipping at 0.001 stood there as 0.00."""
    config = RECIPES["sprint"].config_for("sample").model_copy(update={setting: value})
    app = unfolded(visit("train", config=link.encode(config)))
    shown = app.number_input(f"{key}-opened-1")
    assert float(shown.proto.format % shown.value) == value


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


def test_a_double_click_starts_one_run_and_the_form_is_not_drawn_again(
    fresh, visit, launched, monkeypatch
):
    button, drawn = st.button, []

    def twice(label, *rest, **options):
        drawn.append(label)
        if label == "Start training" and (click := options["on_click"]):
            options["on_click"] = lambda *given: (click(*given), click(*given))
        return button(label, *rest, **options)

    monkeypatch.setattr(st, "button", twice)
    app = visit("train")
    assert drawn.count("Start training") == 1
    start(app).click().run()
    assert not app.exception
    assert launched == [RECIPES["sprint"].config_for(data.default_source())]
    assert drawn.count("Start training") == 1


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


def test_a_file_that_is_no_data_set_is_refused_with_a_sentence(fresh, visit):
    app = visit("train")
    app.button("bring-digits").click().run()
    app.file_uploader("own-digits").set_value(("x.npz", b"PK\x03\x04", "application/zip")).run()
    assert not app.exception
    assert len(app.error) == 1


def test_own_digits_can_be_chosen_after_an_upload(fresh, visit, launched):
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez(file, images=rng.integers(0, 256, (60, 28, 28), np.uint8), labels=np.arange(60) % 10)
    app = visit("train")
    app.button("bring-digits").click().run()
    app.file_uploader("own-digits").set_value(("My Digits.npz", file.getvalue(), "x/y")).run()
    assert not app.error
    assert own_files() == []  # before anybody has seen what is in it
    app.button("use-own-digits").click().run()
    assert app.selectbox("data").value == str(own_files()[0])
    assert "My-Digits" in app.selectbox("data").options
    start(app).click().run()
    assert launched[0].data.endswith("My-Digits.npz")


@pytest.fixture
def bring(visit):
    """Call as ``bring(name, content)``: the page after that file was uploaded."""

    def upload(*uploads):
        app = visit("train")
        app.button("bring-digits").click().run()
        uploads = [(name, content, "x/y") for name, content in uploads]
        return app.file_uploader("own-digits").set_value(uploads).run()

    return upload


def lying(images):
    """Return the sample's test digits in a file, in another form."""
    test, file = sample.load_test(), io.BytesIO()
    np.savez(file, images=images(test.x), labels=test.y)
    return ("mine.npz", file.getvalue())


def test_what_is_in_a_file_is_seen_before_it_is_used(fresh, bring):
    """It was kept unseen, and nobody knew whether its labels were read right."""
    app = bring(lying(lambda images: images))
    (shown,) = [one.value for one in app.markdown if "A digit with the label" in one.value]
    for digit in range(10):
        assert shown.count(f"![A digit with the label {digit}]") == 2
    (said,) = [one.value for one in app.markdown if "Recognised" in one.value]
    assert "**382 digits**: 306 to learn from, 76 for the test." in said
    assert "values 0 to 255\\; white on black" in said
    assert not app.warning
    app.button("drop-own-digits").click().run()
    assert own_files() == []
    assert app.selectbox("data").value == "sample"


@pytest.mark.parametrize("right", [True, False])
def test_digits_that_lie_wrong_are_shown_and_set_right_with_one_click(fresh, bring, right):
    """They were trained on as they lay, and scored, without a word."""
    app = bring(lying(lambda images: 255 - images.transpose(0, 2, 1)))
    assert "black on white and transposed" in plain(app.warning[0])
    (pair,) = [one.value for one in app.markdown if "set right" in one.value]
    assert pair.count("](data:image/png") == 2
    if not right:
        app.toggle("set-right").set_value(False).run()
    app.button("use-own-digits").click().run()
    kept = files.load(own_files()[0])
    assert (np.median(kept.x_train) == 0) == right
    assert app.selectbox("data").value == kept.name


def test_labels_that_look_shuffled_are_said(fresh, bring):
    test, file = sample.load_test(), io.BytesIO()
    np.savez(file, images=test.x, labels=np.random.default_rng(0).permutation(test.y))
    app = bring(("mine.npz", file.getvalue()))
    assert "labels look shuffled" in plain(app.warning[0])


def test_several_files_are_one_data_set(fresh, bring):
    test, uploads = sample.load_test(), []
    for name, array in (("images.npy", test.x), ("labels.npy", test.y)):
        file = io.BytesIO()
        np.save(file, array)
        uploads.append((name, file.getvalue()))
    app = bring(*uploads)
    app.button("use-own-digits").click().run()
    assert [path.stem for path in own_files()] == ["digits"]


def test_the_text_of_a_file_is_no_markdown(fresh, bring):
    """What was recognised quotes names of columns and arrays."""
    rows = [["](//e.x/p)label", *(f"p{k}" for k in range(784))]]
    test = sample.load_test()
    rows += [[y, *x.ravel()] for x, y in zip(test.x[:40], test.y[:40], strict=True)]
    rows = [[*row[1:400], row[0], *row[400:]] for row in rows]
    content = "\n".join(",".join(map(str, row)) for row in rows).encode()
    app = bring(("](//e.x/p).csv", content))
    shown = [one.value for one in (*app.markdown, *app.error, *app.warning)]
    assert [text for text in shown if "](//e.x" in text] == []
    assert any("e.x" in plain(one) for one in (*app.markdown, *app.error))


@pytest.fixture
def fetch(no_mnist):
    """Return what makes MNIST be there, as far as a look without reading can tell."""
    return lambda: (no_mnist / "mnist.npz").write_bytes(b"")


def test_what_was_fetched_is_trained_on_where_nobody_chose_the_sample(
    fresh, fetch, visit, launched
):
    """The sample stood in the form before MNIST was fetched, and went on standing there."""
    app = visit("train")
    assert app.selectbox("data").value == "sample"
    app.switch_page("pages/home.py").run()
    fetch()
    app.switch_page("pages/train.py").run()
    assert app.selectbox("data").value == "mnist"
    assert told(app) == ["Data: MNIST, 70,000 digits."]
    start(app).click().run()
    assert launched[0] == RECIPES["sprint"].config_for("mnist")
    unfolded(app)
    app.selectbox("data").set_value("sample").run()
    assert app.selectbox("data").value == "sample"
    assert told(app) == []


def test_what_was_fetched_is_not_chosen_in_place_of_ones_own(own_file, fresh, fetch, visit):
    app = visit("train")
    app.selectbox("data").set_value(str(own_file)).run()
    fetch()
    app.run()
    assert app.selectbox("data").value == str(own_file)
    assert told(app) == []


def test_every_form_field_has_the_choices_of_the_configuration():
    assert form._choices("optimizer") == ["adam", "adamw", "sgd", "rmsprop"]


@pytest.mark.parametrize(
    ("field", "number", "refusal"),
    [
        ("epochs-sample", 0, "Epochs must be a whole number from 1 to 200, not 0."),
        ("epochs-sample", 400, "Epochs must be a whole number from 1 to 200, not 400."),
        ("images-sample", 50, "Training images must be a whole number from 100"),
        ("seed", -1, "Seed must be a whole number from 0 to 2147483647, not -1."),
        ("batch", 5000, "Batch size must be a whole number from 1 to 4096, not 5000."),
        ("early-stopping", 51, "Early stopping must be a whole number of epochs from 0 to 50"),
        (
            "plateau",
            51,
            "Halve the rate on a plateau must be a whole number of epochs from 0 to 50",
        ),
        ("clip", 100.5, "Gradient clipping must be a number from 0 to 100"),
        ("decay", 1.5, "Weight decay must be a number from 0 to 1"),
        ("ema", 1.0, "Weight averaging must be a number from 0 to 0.9999"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_a_sentence(fresh, visit, field, number, refusal):
    """Streamlit turned it red and kept it to itself: a training began with another number."""
    app = unfolded(visit("train", recipe="dense-starter"))
    app.selectbox("optimizer-dense-starter").set_value("adamw").run()
    app.number_input(f"{field}-dense-starter").set_value(number).run()
    assert [plain(error).startswith(refusal) for error in app.error] == [True]
    assert start(app).disabled


def test_a_setting_that_has_no_say_is_not_in_the_way(fresh, visit):
    app = unfolded(visit("train", recipe="dense-starter"))
    app.selectbox("optimizer-dense-starter").set_value("adamw").run()
    app.number_input("decay-dense-starter").set_value(1.5).run()
    assert start(app).disabled
    app.selectbox("optimizer-dense-starter").set_value("adam").run()
    assert not app.error
    assert not start(app).disabled


def fields(app):
    """Return what stands in the fields of the form, by key."""
    kinds = ("radio", "selectbox", "number_input", "slider", "select_slider", "checkbox", "toggle")
    return {field.key: field.value for kind in kinds for field in app.main.get(kind)}


def test_who_comes_back_finds_the_form_as_it_was(own_file, fresh, visit):
    app = unfolded(visit("train"))
    app.radio("recipe").set_value("dense-report").run()
    app.selectbox("data").set_value(str(own_file)).run()
    numbers = {
        "epochs-digits": 2,
        "images-digits": 500,
        "seed": 7,
        "batch": 16,
        "early-stopping": 3,
    }
    numbers |= {"plateau": 2, "clip": 1.5, "decay": 0.5, "ema": 0.9}
    words = {"optimizer": "adamw", "loss": "categorical_crossentropy"}
    changes = [
        ("selectbox", words),
        ("number_input", numbers),
        ("select_slider", {"rate": 0.005, "imbalance": 5.0}),
        ("slider", {"smoothing": 0.1, "validation": 25, "noise": 20}),
        ("checkbox", {"deterministic": True, "tensorboard": True}),
    ]
    for kind, values in changes:
        for name, value in values.items():
            getattr(app, kind)(f"{name}-dense-report").set_value(value)
        app.run()  # Some fields wait for others.
    app.toggle("change-network").set_value(True)
    app.toggle("change-images-dense-report").set_value(True).run()
    before = fields(app)
    assert before["data"] == str(own_file)
    for _, values in changes:
        for name, value in values.items():
            assert before[f"{name}-dense-report"] == value
    app.switch_page("pages/runs.py").run()
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert fields(app) == before


def test_a_choice_that_is_gone_when_one_comes_back_is_another(own_file, fresh, visit):
    own.save("mine", RECIPES["dense-starter"].config)
    app = visit("train")
    app.radio("recipe").set_value("mine").run()
    app.selectbox("data").set_value(str(own_file)).run()
    app.switch_page("pages/runs.py").run()
    own_file.unlink()
    own.remove("mine")
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert app.radio("recipe").value == "sprint"
    assert app.selectbox("data").value == "sample"
    assert not start(app).disabled


def test_a_run_is_called_by_the_name_it_was_given(training, visit):
    notes.change(training.id, name="*Mine* <b>")
    app = visit("train")
    assert plain(app.subheader[0]) == "*Mine* <b>"
    assert app.subheader[0].value == r"\*Mine\* \<b\>"
    assert r"\*Mine\* \<b\>, running" in app.sidebar.markdown[-1].value


def test_advanced_settings_reach_the_run(fresh, visit, launched):
    app = unfolded(visit("train"))
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
    app = unfolded(visit("train"))
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


def test_what_does_not_fit_this_machine_cannot_be_started(fresh, visit, launched):
    """A link of 97 characters asked for 381 GB, and Start took it."""
    layers = [{"layer": "conv", "filters": 64}] * 57 + [{"layer": "global_average"}]
    asked = with_changes(
        RECIPES["tiny"].config_for("sample"), {"layers": layers, "batch_size": 4096}
    )
    app = visit("train", config=link.encode(asked))
    assert start(app).disabled
    (refusal,) = [plain(error) for error in app.error]
    assert "GB of memory and this machine has" in refusal
    assert "a batch size of at most" in refusal


def test_a_full_queue_takes_no_more_and_says_so(fresh, visit, launched, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 1)
    store.create(RECIPES["tiny"].config_for("sample"))
    app = unfolded(visit("train"))
    assert start(app).disabled
    assert any("at most 1 can be" in plain(error) for error in app.error)


def tile(app, recipe):
    """Return what the tile of a recipe says, in lines."""
    radio = app.radio("recipe")
    return radio.proto.captions[radio.options.index(recipe)].split("  \n")


def test_a_recipe_says_what_it_reaches_how_long_it_takes_and_its_size(fresh, fetch, visit):
    fetch()
    app = visit("train")
    assert tile(app, "sprint")[:2] == ["99.19 % right · about 10 s", "99,418 parameters"]
    assert tile(app, "flagship")[0] == "99.59 % right · about 30 min"
    bar = (
        "**About 10 s, as measured elsewhere; nothing was trained here yet.** 99,418 parameters. "
        "About 1.0 GB of memory."
    )
    assert bar in [words.value.strip() for words in app.markdown]
    run = store.create(RECIPES["sprint"].config)
    status = Status(state=State.FINISHED, accuracy=0.9911, started=100.0, ended=140.0)
    store.write_status(run.folder, status)
    app.run()
    assert tile(app, "sprint")[0] == "99.11 % right here · about 40 s"
    assert "**About 40 s here, as last time.**" in said(app)


def test_on_a_phone_the_recipe_is_chosen_in_a_box(fresh, visit, launched):
    """On a phone, Start stood 1,530 px down, below eight recipes with a sentence each."""
    app = visit("train")
    app.selectbox("recipe-on-a-phone").set_value("dense-starter").run()
    assert app.radio("recipe").value == "dense-starter"
    start(app).click().run()
    assert launched[0].recipe == "dense-starter"


def test_folded_settings_are_not_computed_and_count_nevertheless(fresh, visit, launched):
    app = visit("train")
    assert "optimizer-sprint" not in fields(app)
    assert "clip-sprint" not in fields(app)
    unfolded(app)
    app.selectbox("optimizer-sprint").set_value("sgd")
    app.number_input("clip-sprint").set_value(1.5).run()
    for key in ("learning-open", "advanced-open"):
        app.session_state[key] = False
    app.run()
    assert "optimizer-sprint" not in fields(app)
    start(app).click().run()
    assert (launched[0].optimizer, launched[0].clip_norm) == ("sgd", 1.5)


def test_below_a_run_the_form_is_folded_until_it_is_wanted(training, visit):
    app = visit("train")
    assert "recipe" not in fields(app)
    app.button("another").click().run()
    assert not app.exception
    assert start(app).label == "Add to the queue"
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
