"""Train: the form is the recipe, and its button starts what it says."""

import pytest
import streamlit as st

from core import data, paths
from core.config import with_changes
from core.errors import DigitLabError
from core.recipes import link, own
from core.recipes.shipped import RECIPES
from core.runs import queue, store
from core.runs.contract import State, Status
from tests.app.conftest import fields, plain, said, start_button, unfolded
from tests.data import strokes
from ui.train import form


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
    start_button(app).click().run()
    start_button(visit("train")).click().run()  # another visitor
    app = visit("train")
    app.toggle("train-here").set_value(True).run()
    assert not any("Goes to the next free machine" in one.value for one in app.markdown)
    start_button(app).click().run()
    (one, not_here), (other, _), (nobody, here) = asked
    assert (not_here, here, nobody) == (False, True, "")
    assert len({one, other, ""}) == 3


def test_whoever_opens_the_form_has_a_worker_made_ready(fresh, visit, monkeypatch):
    made = []
    monkeypatch.setattr("core.launch.process.prepare", lambda: made.append(1))
    visit("home")
    assert made == []
    visit("train")
    assert made == [1]


def test_the_form_starts_from_the_recipe(fresh, visit, launched):
    for name, recipe in RECIPES.items():
        app = unfolded(visit("train"))
        app.radio("recipe").set_value(name).run()
        start_button(app).click().run()
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
    start_button(app).click().run()
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
    start_button(app).click().run()
    assert "starting" in said(app)
    assert "Stop training" in [button.label for button in app.button]


def test_a_click_of_which_streamlit_calls_nothing_starts_the_run(
    fresh, visit, launched, monkeypatch
):
    """It calls nothing if the button was disabled when last drawn: the page was a trace."""
    button = st.button

    def uncalled(label, *rest, on_click=None, args=(), **options):
        return button(label, *rest, **options)

    monkeypatch.setattr(st, "button", uncalled)
    app = visit("train")
    start_button(app).click().run()
    assert not app.exception
    assert launched == [RECIPES["sprint"].config_for(data.default_source())]


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
    start_button(app).click().run()
    assert not app.exception
    assert launched == [RECIPES["sprint"].config_for(data.default_source())]
    assert drawn.count("Start training") == 1


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
    assert start_button(app).disabled


def test_a_setting_that_has_no_say_is_not_in_the_way(fresh, visit):
    app = unfolded(visit("train", recipe="dense-starter"))
    app.selectbox("optimizer-dense-starter").set_value("adamw").run()
    app.number_input("decay-dense-starter").set_value(1.5).run()
    assert start_button(app).disabled
    app.selectbox("optimizer-dense-starter").set_value("adam").run()
    assert not app.error
    assert not start_button(app).disabled


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
    assert not start_button(app).disabled


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
    start_button(app).click().run()
    assert not app.exception
    config = launched[0]
    assert (config.early_stopping, config.reduce_on_plateau, config.clip_norm) == (3, 2, 1.5)
    assert (config.ema, config.label_noise, config.imbalance) == (0.99, 0.2, 10)
    assert (config.tensorboard, config.deterministic) == (True, False)


def test_what_a_schedule_does_by_itself_cannot_be_asked_for(fresh, visit):
    app = unfolded(visit("train"))
    assert app.number_input("plateau-sprint").disabled
    assert app.number_input("decay-sprint").disabled


def test_what_does_not_fit_this_machine_cannot_be_started(fresh, visit, launched):
    """A link of 97 characters asked for 381 GB, and Start took it."""
    layers = [{"layer": "conv", "filters": 64}] * 57 + [{"layer": "global_average"}]
    asked = with_changes(
        RECIPES["tiny"].config_for("sample"), {"layers": layers, "batch_size": 4096}
    )
    app = visit("train", config=link.encode(asked))
    assert start_button(app).disabled
    (refusal,) = [plain(error) for error in app.error]
    assert "GB of memory and this machine has" in refusal
    assert "a batch size of at most" in refusal


def test_a_full_queue_takes_no_more_and_says_so(fresh, visit, launched, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 1)
    store.create(RECIPES["tiny"].config_for("sample"))
    app = unfolded(visit("train"))
    assert start_button(app).disabled
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
    start_button(app).click().run()
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
    start_button(app).click().run()
    assert (launched[0].optimizer, launched[0].clip_norm) == ("sgd", 1.5)
