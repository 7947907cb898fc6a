"""`core.training.doctor`: each rule on a run that has the illness, and none on healthy runs.

The ill runs are trained here, on the offline sample. ``healthy_curves.json`` holds the curves of
the recipes, three seeds of the quick ones on the sample and one of all on MNIST, as
``python -m bench.doctor --record`` wrote them.
"""

import json
import math
from pathlib import Path

import pytest

from bench.doctor import ILL, curves_of, findings_on_the_way
from core.config import parse, with_changes
from core.recipes import RECIPES
from core.training.doctor import examine

HEALTHY = json.loads(Path(__file__).with_name("healthy_curves.json").read_text(encoding="utf-8"))
CONFIG = RECIPES["dense-starter"].config


@pytest.mark.parametrize("kind", ILL)
def test_an_ill_run_is_recognised_and_the_suggestion_is_a_valid_change(kind):
    config = ILL[kind]
    curves = curves_of(config)
    found = examine(config, curves.epochs, curves.batches, is_over=True)
    [finding] = [finding for finding in found if finding.kind == kind]
    assert with_changes(config, finding.changes) != config
    assert finding.evidence.endswith(".")
    assert any(character.isdigit() for character in finding.evidence)
    # What goes with it, and nothing else.
    company = {
        "rate-too-high": {"dead-units"},
        "dead-units": {"rate-too-high"},
    }
    assert {other.kind for other in found} - {kind} <= company.get(kind, set())


@pytest.mark.parametrize(
    "run", HEALTHY, ids=[f"{r['config']['recipe']}-{r['config']['data']}" for r in HEALTHY]
)
def test_no_alarm_at_a_healthy_run_at_any_epoch(run):
    layers = RECIPES[run["config"]["recipe"]].config.layers
    config = parse({**run["config"], "layers": layers})
    assert findings_on_the_way(config, run["epochs"], run["batches"]) == []


def test_the_healthy_runs_are_those_of_every_recipe():
    quick = {name for name, recipe in RECIPES.items() if recipe.config.epochs <= 20}
    there = {(r["config"]["recipe"], r["config"]["data"], r["config"]["seed"]) for r in HEALTHY}
    assert there == {
        *((name, "sample", seed) for name in quick for seed in (0, 1, 2)),
        *((name, "mnist", 0) for name in RECIPES),
    }


def epoch(number, accuracy, val_accuracy, loss=1.0, val_loss=1.0, **others):
    figures = dict(accuracy=accuracy, val_accuracy=val_accuracy, loss=loss, val_loss=val_loss)
    return {"epoch": number, "step": 750 * number, **figures, **others}


def batches(*losses):
    return [{"step": 10 * i, "loss": loss, "accuracy": 0.5} for i, loss in enumerate(losses, 1)]


def kinds(records, lines, is_over=True, **changes):
    found = examine(with_changes(CONFIG, changes), records, lines, is_over)
    return [finding.kind for finding in found]


def test_nothing_is_said_of_nothing():
    assert examine(CONFIG, [], [], is_over=False) == []
    assert examine(CONFIG, [], [], is_over=True) == []


def test_a_loss_that_is_no_number_is_divergence_alone():
    assert kinds([], batches(2.3, math.nan)) == ["diverged"]
    assert kinds([], batches(2.3, math.inf)) == ["diverged"]


def test_an_end_is_judged_at_the_end_only():
    epochs = [epoch(1, 0.5, 0.6, 1.5, 1.2), epoch(2, 0.8, 0.85, 0.7, 0.6)]
    assert kinds(epochs, batches(2.3, 0.7), epochs=2) == ["still-improving"]
    assert kinds(epochs, batches(2.3, 0.7), epochs=2, is_over=False) == []
    assert kinds(epochs, batches(2.3, 0.7), epochs=3) == []
    assert kinds(epochs, batches(2.3, 0.7), epochs=2, schedule="one-cycle") == []


def test_a_gap_that_chance_explains_is_no_overfitting():
    """A tenth of 15 images is one or two of them."""
    epochs = [epoch(n, 1.0, 0.9, 0.01, 0.4) for n in range(1, 9)]
    few = {"train_images": 300, "validation_split": 0.05}
    assert kinds(epochs, batches(2.3, 0.1), epochs=8, **few) == ["few-validation-images"]
    many = {"train_images": 6000}
    assert kinds(epochs, batches(2.3, 0.1), epochs=8, **many) == ["overfitting"]


def test_harder_training_images_are_no_label_noise():
    epochs = [epoch(n, 0.8, 0.95, 0.6, 0.2) for n in range(1, 9)]
    assert kinds(epochs, batches(2.3, 0.6), epochs=8) == ["label-noise"]
    assert kinds(epochs, batches(2.3, 0.6), epochs=8, augmentation={"rotation": 30}) == []


def test_known_noise_is_suggested_away_and_unknown_noise_softened():
    epochs = [epoch(n, 0.7, 0.9) for n in range(1, 9)]
    for given, suggested in ((0.3, "label_noise"), (0.0, "label_smoothing")):
        config = with_changes(CONFIG, {"label_noise": given, "epochs": 8})
        [finding] = examine(config, epochs, batches(2.3, 0.6), is_over=True)
        assert suggested in finding.changes
        assert "22.2 %" in finding.evidence  # 1 - 0.7 / 0.9


def test_a_network_without_a_layer_that_could_be_wider_gets_one_more():
    epochs = [epoch(n, 0.8, 0.8) for n in range(1, 9)]
    config = with_changes(CONFIG, {"layers": [{"layer": "flatten"}], "epochs": 8})
    [finding] = examine(config, epochs, batches(2.3, 0.6), is_over=True)
    assert finding.kind == "underfitting"
    assert [layer.layer for layer in finding.changes["layers"]] == ["flatten", "dense"]


def test_validation_images_are_counted_from_the_batches():
    """750 batches of 64 are 48,000 images, four fifths of 60,000."""
    epochs = [epoch(1, 0.9, 0.9)]
    assert kinds(epochs, batches(2.3, 0.3), validation_split=0.2) == []
    tiny = [{**epochs[0], "step": 3}]
    assert "few-validation-images" in kinds(tiny, batches(2.3, 0.3), validation_split=0.2)
