"""The training doctor on the page: findings of an ill run, and the form with what it suggests."""

import pytest
from streamlit.testing.v1 import AppTest

from core.config import with_changes
from core.recipes import link
from core.recipes.shipped import RECIPES
from core.runs import contract, store
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.app.conftest import said, start_button

CONFIG = with_changes(RECIPES["dense-starter"].config_for("sample"), {"learning_rate": 0.5})


def script():
    import streamlit as st

    from core.runs import contract, store
    from core.runs.curves import Curves
    from ui.train import doctor

    run = store.read(st.query_params["run"])
    doctor.show(run, Curves(run.folder / contract.METRICS).refresh())


@pytest.fixture
def look(fresh):
    """Call with the losses and the accuracy of a run that is over: what the doctor shows of it."""

    def show(losses, accuracy):
        run = store.create(CONFIG)
        store.write_status(run.folder, Status(state=State.STOPPED))
        writer = MetricsWriter(run.folder / contract.METRICS)
        for step, loss in enumerate(losses, start=1):
            writer.append({"kind": "batch", "step": step, "loss": loss, "accuracy": accuracy})
        for epoch in (1, 2):
            figures = {"loss": losses[-1], "val_loss": losses[-1]}
            figures |= {"accuracy": accuracy, "val_accuracy": accuracy}
            writer.append({"kind": "epoch", "epoch": epoch, "step": 18 * epoch, **figures})
        app = AppTest.from_function(script, default_timeout=600)
        app.query_params["run"] = run.id
        app.run()
        assert not app.exception
        return app

    return show


def test_a_healthy_run_is_said_to_be_one(look):
    assert "finds no problem" in said(look([2.3, 1, 0.5, 0.3], 0.95))


def test_a_finding_has_figures_a_reason_and_a_button_that_fills_the_form(
    look,
    visit,
    launched,
):
    app = look([2.3, 900, 80, 2.3], 0.1)
    words = said(app)
    assert "The learning rate is too high" in words
    assert "rose from 2.30 to 900.00" in words
    [button] = [button for button in app.button if "learning rate of 0.001" in button.label]
    button.click().run()
    assert not app.exception
    text = app.query_params["config"]
    assert link.decode(text) == with_changes(CONFIG, {"learning_rate": 0.001})
    page = visit("train", config=text)
    assert launched == []
    start_button(page).click().run()
    assert launched[0].learning_rate == 0.001


def test_a_run_without_figures_says_nothing(fresh):
    run = store.create(CONFIG)
    app = AppTest.from_function(script, default_timeout=600)
    app.query_params["run"] = run.id
    app.run()
    assert not app.exception
    assert said(app) == ""
