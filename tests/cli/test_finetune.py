"""`finetune`: a copy, and what it is worth."""

import pytest

from core import registry
from core.launch import finetune
from core.runs import contract, store
from core.runs.contract import State
from tests.cli.calls import no_worker
from tests.models import make_model


def test_a_copy_is_fine_tuned_and_what_it_is_worth_is_printed(core, finished, corrected, toys):
    """By a toy; what a copy learns from Keras is for `tests.launch.test_finetune`."""
    facts = core("finetune", finished, "--json").json
    assert facts["trained_on"]["n"] == 2
    assert facts["held_back"]["n"] == 0
    change = (facts["after"]["accuracy"] - facts["before"]["accuracy"]) * facts["after"]["n"]
    assert facts["gained"] - facts["lost"] == pytest.approx(change)
    assert core("promote", facts["id"], "mine").code == 0


@pytest.mark.parametrize(("p_value", "shown"), [(1e-7, "p < 0.001"), (0.2, "p = 0.200")])
def test_no_p_value_is_0(core, linear, corrected, monkeypatch, p_value, shown):
    """The copy's was shown as 0.000."""
    comparison = finetune.Comparison(
        (0, 2, 2), (0, 0, 0), None, registry.find(linear).card.test, 14, 51, p_value
    )

    def finish(folder):
        make_model(folder, run=folder.name)
        store.write_status(folder, contract.Status(state=State.FINISHED))

    no_worker(finish, monkeypatch)
    monkeypatch.setattr(finetune, "compare", lambda run, before: comparison)
    assert f"51 gained, {shown})" in core("finetune", linear).out


def test_without_corrections_nothing_is_fine_tuned(core, linear, tmp_path):
    """An empty file was written, which no training takes."""
    assert "There are no corrected digits" in core("corrections", "list").out
    core("finetune", linear).refused("There are no corrected digits yet", "Draw page")
    core("corrections", "export", tmp_path / "none.npz").refused(
        "There are no corrected digits yet"
    )
    assert not (tmp_path / "none.npz").exists()
    core("finetune", "nobody").refused("'nobody'")
