"""Looks at runs and models: one of each a rerun of a page, and never an outdated state."""

import shutil
import time

import pytest

from core import cards, registry
from core.recipes.shipped import RECIPES
from core.runs import contract, store
from core.runs.contract import State, Status
from tests.app.conftest import said
from tests.models import finished_run, make_model

CONFIG = RECIPES["sprint"].config_for("sample")
PAGES = [
    ("home", {}),
    ("draw", {}),
    ("train", {}),
    ("runs", {}),
    ("inspect", {}),
    ("inspect", {"view": "duel"}),
]


@pytest.fixture
def looks(monkeypatch):
    """Count, from now on, the listings of runs and of models, and the cards that are parsed."""
    counts = dict.fromkeys(("runs", "models", "cards"), 0)

    def counting(where, name, what):
        function = getattr(where, name)

        def counted(*given):
            counts[what] += 1
            return function(*given)

        monkeypatch.setattr(where, name, counted)

    counting(store, "list_runs", "runs")
    counting(registry, "list_models", "models")
    counting(cards.Card, "model_validate_json", "cards")
    return counts


@pytest.fixture
def several(with_model):
    """Return a home with two models, two finished runs and one that reads as if it trained."""
    make_model(with_model / "models" / "other")
    for _ in range(2):
        finished_run(CONFIG, accuracy=0.9)
    run = store.create(CONFIG)
    now = time.time()
    lively = Status(
        state=State.RUNNING,
        phase="training",
        heartbeat=now,
        next_heartbeat=now + 3600,
        total_steps=9,
    )
    store.write_status(run.folder, lively)
    with store.worker_lock(run.folder):
        yield run


@pytest.mark.parametrize(("page", "query"), PAGES)
def test_a_rerun_looks_once_and_parses_no_card_again(several, visit, looks, page, query):
    """One of Train listed all runs five times, one of Inspect parsed every card four times."""
    app = visit(page, **query)
    looks.update(runs=0, models=0, cards=0)
    app.run()
    assert not app.exception
    assert looks["runs"] == 1
    assert looks["models"] <= 1
    assert looks["cards"] == 0


def test_digits_to_learn_are_offered_with_one_look(several, visit, looks):
    app = visit("draw")
    app.segmented_control("read-what").set_value("my-digits").run()
    looks.update(runs=0, models=0)
    app.run()
    assert not app.exception
    assert (looks["runs"], looks["models"]) == (1, 1)


def test_the_first_look_at_inspect_parses_each_card_once(several, visit, looks):
    looks.update(cards=0)
    visit("inspect", view="duel")
    assert looks["cards"] <= 4  # two models, two runs


def test_a_run_that_was_deleted_elsewhere_is_not_shown_again(several, visit):
    gone = store.list_runs()[-1]
    app = visit("train")
    before = app.dataframe[0].value
    shutil.rmtree(gone.folder)
    app.run()
    assert len(app.dataframe[0].value) == len(before) - 1
    assert visit("train", run=gone.id).info


def test_a_card_that_changes_on_disk_is_read_again(with_model, visit):
    app = visit("home")
    file = with_model / "models" / "linear" / contract.CARD
    card = cards.read_card(file)
    worse = card.model_copy(update={"test": card.test.model_copy(update={"accuracy": 0.1234})})
    file.write_text(worse.model_dump_json(), encoding="utf-8")
    app.run()
    assert "| linear | 12.34 % |" in said(app)
    assert "12.34 %" in said(app)  # in the sidebar


def test_a_model_that_another_session_keeps_can_be_chosen(with_model, visit):
    app = visit("inspect")
    make_model(with_model / "models" / "second")
    app.run()
    assert any("second" in option for option in app.selectbox("inspected-linear").options)


def test_curves_that_are_folded_away_are_not_drawn(several, visit, monkeypatch):
    """They took half the time of a look at a run that trains, once a second."""
    (several.folder / contract.METRICS).write_text(
        '{"kind": "batch", "step": 1, "loss": 1, "accuracy": 0.5, "learning_rate": 0.1}\n'
    )
    drawn = []
    monkeypatch.setattr("ui.charts.over_steps", lambda *given: drawn.append(given))
    app = visit("train")
    assert not app.exception
    assert any("More curves" in str(block.proto) for block in app.get("popover"))
    assert drawn == []
