"""From what the training doctor says of a run to the form with its suggestion."""

import re

from playwright.sync_api import expect

from core.config import with_changes
from core.recipes.shipped import RECIPES
from core.runs import contract, store
from core.runs.curves import MetricsWriter
from tests.browser.settle import settled
from tests.browser.test_train import open_form


def test_a_suggestion_fills_the_form_and_starts_nothing(app, page, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_HOME", str(app.home))
    config = with_changes(
        RECIPES["dense-starter"].config_for("sample"), {"learning_rate": 0.5, "seed": 21}
    )
    run = store.create(config)
    writer = MetricsWriter(run.folder / contract.METRICS)
    for step, loss in enumerate((2.3, 900.0, 80.0, 2.3), start=1):
        writer.append({"kind": "batch", "step": step, "loss": loss, "accuracy": 0.1})
    figures = {"loss": 2.3, "accuracy": 0.1, "val_loss": 2.3, "val_accuracy": 0.1}
    writer.append({"kind": "epoch", "epoch": 1, "step": 4, **figures})
    store.write_status(run.folder, contract.Status(state=contract.State.STOPPED))

    open_form(page, f"/train?run={run.id}&recipe=cnn-classic")
    expect(page.get_by_text("The learning rate is too high")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Try a learning rate of 0.001").click()
    expect(page.get_by_text("The form below now has this change")).to_be_visible()
    expect(page.get_by_role("radio", name="opened configuration")).to_be_checked()
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("21")
    said = page.get_by_text(re.compile("dense-starter.*with changes"))  # also in a phone's box
    expect(said.locator("visible=true")).to_have_count(1)
    assert [found.id for found in store.list_runs() if found.config.seed == 21] == [run.id]
