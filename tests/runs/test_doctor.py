"""`core.runs.doctor`: each rule on a run that has the illness, and none on healthy runs.

``curves.json`` holds the curves of runs made ill on purpose and of the recipes, three seeds of the
quick ones on the sample and one of all on MNIST, as ``python -m bench.doctor --record`` wrote them.
"""

import json
import math
from pathlib import Path

import pytest

from bench.doctor import ILL, curves_of, findings_on_the_way
from core.config import parse, with_changes
from core.recipes.shipped import RECIPES
from core.runs.doctor import examine

RECORDED = json.loads(Path(__file__).with_name("curves.json").read_text(encoding="utf-8"))
HEALTHY = [run for run in RECORDED if not run["illness"]]
SICK = {run["illness"]: run for run in RECORDED if run["illness"]}
CONFIG = RECIPES["dense-starter"].config


@pytest.mark.parametrize("kind", ILL)
def test_an_ill_run_is_recognised_and_the_suggestion_is_a_valid_change(kind):
    assert SICK[kind]["config"] == ILL[kind].model_dump(mode="json", exclude={"layers"})
    is_recognised(kind, SICK[kind]["epochs"], SICK[kind]["batches"])


@pytest.mark.tensorflow
def test_so_is_one_that_is_trained_now():
    curves = curves_of(ILL["dead-units"])
    is_recognised("dead-units", curves.epochs, curves.batches)


def is_recognised(kind, epochs, batches):
    found = examine(ILL[kind], epochs, batches, is_over=True)
    [finding] = [finding for finding in found if finding.kind == kind]
    assert with_changes(ILL[kind], finding.changes) != ILL[kind]
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
    quick = {name for name, recipe in RECIPES.items() if recipe.cpu_seconds < 500}
    there = {(r["config"]["recipe"], r["config"]["data"], r["config"]["seed"]) for r in HEALTHY}
    assert there == {
        *((name, "sample", seed) for name in quick for seed in (0, 1, 2)),
        *((name, "mnist", 0) for name in RECIPES),
    }


def epoch(number, accuracy, val_accuracy, loss=1.0, val_loss=1.0, validation_images=6000):
    figures = dict(accuracy=accuracy, val_accuracy=val_accuracy, loss=loss, val_loss=val_loss)
    return {"epoch": number, "step": 750 * number, "validation_images": validation_images} | figures


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
    for validation_images, found in ((15, "few-validation-images"), (600, "overfitting")):
        epochs = [
            epoch(n, 1.0, 0.9, 0.01, 0.4, validation_images=validation_images) for n in range(1, 9)
        ]
        assert kinds(epochs, batches(2.3, 0.1), epochs=8) == [found]


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


def test_the_validation_images_are_those_that_there_are():
    """They were estimated from the batches, and 3 of 20 digits were called 16."""
    config = with_changes(CONFIG, {"validation_split": 0.2})
    epochs = [{**epoch(1, 0.9, 0.6), "step": 1, "validation_images": 3}]
    [finding] = examine(config, epochs, batches(2.3, 0.3), is_over=True)
    assert finding.kind == "few-validation-images"
    assert finding.evidence.startswith("Only 3 images are set aside")
    assert "33.3 points" in finding.evidence


def test_a_network_that_reads_what_it_does_not_see_is_not_too_small():
    """Dropout makes training harder: 88 % there and 94 % in validation were underfitting."""
    dropout = {"layers": RECIPES["dense-dropout"].config.layers}
    epochs = [epoch(n, 0.88, 0.94) for n in range(1, 10)]
    assert kinds(epochs, batches(2.3, 0.5), is_over=False, epochs=20, **dropout) == []


def test_a_rate_that_was_changed_on_the_way_is_the_one_that_counts():
    found = examine(
        CONFIG, [epoch(1, 0.2, 0.2)], batches(2.3, 9, 8), False, [{"learning_rate": 0.5}]
    )
    [finding] = [one for one in found if one.kind == "rate-too-high"]
    assert finding.changes == {"learning_rate": 0.001}
    assert "rate-too-high" not in kinds([epoch(1, 0.2, 0.2)], batches(2.3, 9, 8), is_over=False)
