"""`core.runs.summary`: what lists show, from disk, whole or not."""

import dataclasses
import json
import math

import pytest

from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store, summary
from core.runs.contract import State, Status
from core.runs.summary import Result
from tests.models import make_model

CONFIG = RECIPES["sprint"].config


def result(accuracy):
    return Result(accuracy, (0.0, 1.0), 1, 1.0, "x")


def test_a_run_without_a_card_has_no_result(run):
    (one,) = summary.summarise_all()
    assert (one.result, one.title) == (None, "sprint")


def test_the_result_is_the_cards(run):
    make_model(run.folder, run=run.id)
    store.write_status(run.folder, Status(state=State.FINISHED))
    notes.change(run.id, name="Mine")
    (one,) = summary.summarise_all()
    card = json.loads((run.folder / contract.CARD).read_text())
    assert one.result.accuracy == card["test"]["accuracy"]
    assert list(one.result.interval) == card["test"]["interval"]
    assert (one.result.parameters, one.result.cpu_seconds, one.title) == (7850, 1.0, "Mine")


def test_a_card_that_changes_is_read_again(run):
    make_model(run.folder, run=run.id)
    summary.summarise_all()
    (run.folder / contract.CARD).write_text("{}")
    assert summary.summarise_all()[0].result is None


def test_disk_counts_every_file_and_follows_what_changes(run):
    store.write_status(run.folder, Status(state=State.FAILED))
    before = summary.summarise_all()[0].disk_bytes
    assert before == sum(path.stat().st_size for path in run.folder.iterdir())
    (run.folder / "epochs").mkdir()
    (run.folder / "epochs" / "0001.npz").write_bytes(b"x" * 1000)
    assert summary.summarise_all()[0].disk_bytes == before + 1000


def test_mean_and_sample_deviation():
    found = summary.spread([result(0.97), None, result(0.98), result(0.99)])
    assert (found.n, found.mean) == (3, pytest.approx(0.98))
    assert found.deviation == pytest.approx(math.sqrt((0.01**2 + 0 + 0.01**2) / 2))
    assert summary.spread([result(0.9)]).deviation is None
    assert summary.spread([None]) is None


def test_a_run_that_was_steered_does_not_count_among_those_that_differ_in_their_seed():
    """The mean over three seeds held one whose learning rate was raised by hand."""
    steered = dataclasses.replace(result(0.5), steered="rate 0.01 after step 161")
    assert summary.spread([result(0.97), steered, result(0.98)]).mean == pytest.approx(0.975)
    assert summary.spread([steered]) is None


def test_what_was_done_on_the_way_is_the_cards(run):
    make_model(run.folder, run=run.id)
    assert summary.summarise_all()[0].result.steered == ""
    card = json.loads((run.folder / contract.CARD).read_text())
    card["training"] |= {"learning_rates": {"161": 0.01}, "stopped_early": True, "steps_done": 200}
    (run.folder / contract.CARD).write_text(json.dumps(card))
    assert summary.summarise_all()[0].result.steered == (
        "rate 0.01 after step 161, stopped after step 200"
    )


def test_a_group_is_in_the_order_of_its_seeds(home):
    for seed in (3, 1, 2):
        run = store.create(CONFIG.model_copy(update={"seed": seed}))
        notes.change(run.id, group="g")
    store.create(CONFIG)
    found = summary.of_group(summary.summarise_all(), "g")
    assert [one.run.config.seed for one in found] == [1, 2, 3]
    assert summary.of_group(found, "") == []
