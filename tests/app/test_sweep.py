"""Sweep: what may vary is said, tries appear, and the best is believed once it was repeated."""

import pytest

from core.recipes import link
from core.recipes.shipped import RECIPES
from core.sweeps import book, launch, repeats, store, trash
from core.sweeps.config import encode
from core.sweeps.store import State
from tests.app.conftest import said
from tests.sweeps.sweeping import conducted, instant, small  # noqa: F401
from ui.sweep import figures

BASE = RECIPES["dense-dropout"].config_for("sample")


@pytest.fixture
def started(monkeypatch):
    """Keep each sweep that is started from the page, and carry none out."""
    kept = []

    def keep(sweep, name=""):
        kept.append(sweep)
        store.create(name or launch.free_name(sweep.base.recipe), sweep)
        return store.read(store.names()[0])

    monkeypatch.setattr(launch, "start", keep)
    return kept


@pytest.fixture
def done(fresh, instant):  # noqa: F811
    """Return a finished sweep of 8 tries."""
    return conducted(small(tries=8, sampler="random"))


def button(app, label):
    return next(one for one in app.button if one.label == label)


def test_a_first_visit_sets_one_up_and_says_what_it_costs(fresh, visit, started):
    app = visit("sweep")
    assert "the test images are left alone" in said(app)
    assert "for 24 tries**, less what ends early" in said(app)
    button(app, "Start the sweep").click().run()
    assert not app.exception
    (sweep,) = started
    assert sweep.base.recipe == "dense-starter"
    assert list(sweep.vary) == ["learning_rate", "batch_size"]
    assert (sweep.tries, sweep.sampler, sweep.pruner) == (24, "tpe", "asha")
    assert app.query_params["sweep"] in ("dense-starter-1", ["dense-starter-1"])


def test_ranges_and_choices_are_taken_as_they_are_set(fresh, visit, started):
    app = visit("sweep")
    app.multiselect[0].set_value(["learning_rate", "optimizer"]).run()
    low = next(one for one in app.number_input if one.label == "Learning rate: from")
    low.set_value(0.0005).run()
    app.button_group[0].set_value(["adam", "sgd"]).run()
    button(app, "Start the sweep").click().run()
    (sweep,) = started
    assert sweep.vary["learning_rate"].low == 0.0005
    assert sweep.vary["learning_rate"].log
    assert sweep.vary["optimizer"].choices == ("adam", "sgd")


def test_what_cannot_be_tried_is_said_and_starts_nothing(fresh, visit, started):
    app = visit("sweep")
    app.multiselect[0].set_value([]).run()
    assert "Choose at least one setting" in said(app)
    assert button(app, "Start the sweep").disabled
    app.multiselect[0].set_value(["learning_rate"]).run()
    low = next(one for one in app.number_input if one.label == "Learning rate: from")
    low.set_value(0.5).run()
    assert "low must be below high" in said(app)
    assert button(app, "Start the sweep").disabled
    assert started == []


def test_settings_of_train_are_the_starting_point(fresh, visit, started):
    own = BASE.model_copy(update={"recipe": "my-own", "learning_rate": 0.003, "epochs": 2})
    app = visit("sweep", config=link.encode(own))
    button(app, "Start the sweep").click().run()
    (sweep,) = started
    assert (sweep.base.recipe, sweep.base.learning_rate, sweep.base.epochs) == ("my-own", 0.003, 2)
    assert "config" not in app.query_params


def test_settings_with_data_of_ones_own_start_on_these_data(fresh, own_file, visit, started):
    """A link names data and does not say where they are: nothing of that name was found."""
    own = BASE.model_copy(update={"data": str(own_file)})
    app = visit("sweep", config=link.encode(own))
    button(app, "Start the sweep").click().run()
    (sweep,) = started
    assert sweep.base.data == str(own_file)


def test_a_broken_link_is_said_and_the_form_still_works(fresh, visit):
    app = visit("sweep", config="nonsense")
    assert "Nothing was changed" in said(app)
    assert not button(app, "Start the sweep").disabled


def test_a_finished_sweep_shows_the_best_what_mattered_and_every_try(done, visit):
    app = visit("sweep", sweep="mine")
    words = said(app)
    assert "8 of 8 tries" in words
    assert f"{100 * done.best.value:.2f} %" in words
    assert "PED-ANOVA" in words
    table = app.dataframe[0].value
    assert sorted(table["try"]) == list(range(8))
    assert table["accuracy"].iloc[0] == pytest.approx(100 * done.best.value)
    assert {"Learning rate", "Batch size"} <= set(table.columns)
    assert button(app, "Stop").disabled
    assert not button(app, "Add 12 tries").disabled


@pytest.mark.parametrize("more", ["slices", "epochs", "timeline"])
def test_further_figures_are_drawn(done, visit, more):
    app = visit("sweep", sweep="mine")
    group = next(one for one in app.button_group if one.label == "More figures")
    group.set_value(more).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 4


def test_the_latest_sweep_is_met_and_another_can_be_begun(done, visit):
    app = visit("sweep")
    assert "8 of 8 tries" in said(app)
    button(app, "New sweep").click().run()
    assert "Say what may vary" in said(app)
    assert "sweep" not in app.query_params


def test_a_sweep_that_is_gone_is_said(done, visit):
    app = visit("sweep", sweep="nowhere")
    assert "no longer exists" in said(app)


def test_a_deleted_sweep_comes_back_with_one_click(done, visit):
    app = visit("sweep", sweep="mine")
    button(app, "Delete").click().run()
    assert store.names() == []
    assert trash.removed() == ["mine"]
    button(app, "Restore").click().run()
    assert store.names() == ["mine"]
    assert app.query_params["sweep"] in ("mine", ["mine"])


def test_a_damaged_sweep_is_one_sentence(done, visit):
    (done.folder / store.CONFIG).write_text("{")
    app = visit("sweep", sweep="mine")
    assert "cannot be used" in said(app)
    assert store.read("mine").state is State.MALFORMED


def test_a_refused_request_is_said_in_words(done, visit, monkeypatch):
    app = visit("sweep", sweep="mine")
    monkeypatch.setattr("core.sweeps.config.MOST_TRIES", 8)
    monkeypatch.setattr("core.sweeps.control.MOST_TRIES", 8)
    button(app, "Add 12 tries").click().run()
    assert not app.exception
    assert "there can be no more" in "\n".join(toast.value for toast in app.toast)


def test_the_best_is_repeated_and_what_came_of_it_is_said(done, visit, monkeypatch):
    app = visit("sweep", sweep="mine")
    asked = []
    monkeypatch.setattr(repeats, "start", asked.append)
    button(app, "Repeat the best with five seeds").click().run()
    assert asked == ["mine"]


def test_half_of_the_tries_decide_after_which_epoch_they_are_compared(done):
    epoch, ranked = figures.comparable(done.tries)
    reached = [one for one in done.tries if epoch in one.epochs]
    assert ranked == reached
    assert len(ranked) >= 4
    later = [one for one in done.tries if epoch + 1 in one.epochs]
    assert len(later) < 4


SPACE = small(
    vary={"learning_rate": {"low": 0.0004, "high": 0.02, "log": True}},
    tries=7,
    sampler="random",
    pruner="none",
)


def test_a_search_space_is_saved_found_again_and_deleted(fresh, visit, started):
    app = visit("sweep")
    app.multiselect[0].set_value(["optimizer"]).run()
    next(one for one in app.number_input if one.label == "Tries").set_value(5).run()
    next(one for one in app.text_input if one.label == "Name").set_value("optimisers").run()
    button(app, "Save these settings").click().run()
    assert not app.exception
    assert list(book.read_all()[0]) == ["optimisers"]

    app = visit("sweep")
    start = next(one for one in app.selectbox if one.label == "Start from")
    assert start.value == "dense-starter"
    start.set_value("optimisers").run()
    assert app.multiselect[0].value == ["optimizer"]
    button(app, "Start the sweep").click().run()
    assert (started[0].tries, list(started[0].vary)) == (5, ["optimizer"])


def test_a_link_opens_a_search_space_whole(fresh, visit, started):
    app = visit("sweep", space=encode(SPACE))
    assert started == []
    button(app, "Start the sweep").click().run()
    assert started == [SPACE]
    assert "space" not in app.query_params


def test_a_link_that_was_cut_short_is_said(fresh, visit, started):
    app = visit("sweep", space=encode(SPACE)[:-5])
    assert "Nothing was changed" in said(app)
    assert not button(app, "Start the sweep").disabled


def test_a_saved_search_space_is_deleted(fresh, visit):
    book.save("rates", SPACE)
    app = visit("sweep")
    start = next(one for one in app.selectbox if one.label == "Start from")
    start.set_value("rates").run()
    button(app, "Delete it for good").click().run()
    assert not app.exception
    assert book.read_all() == ({}, [])
    start = next(one for one in app.selectbox if one.label == "Start from")
    assert (start.value, "rates" in start.options) == ("dense-starter", False)
