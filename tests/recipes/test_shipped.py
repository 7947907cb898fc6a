"""`core.recipes.shipped`: the recipes are what the projects they come from were."""

import math

import pytest

from core.recipes.shipped import RECIPES, SAMPLE_STEPS


@pytest.mark.parametrize(
    ("name", "loss", "epochs", "batch", "validation"),
    [
        ("dense-dropout", "sparse_categorical_crossentropy", 13, 32, 0.1),
        ("cnn-deep", "sparse_categorical_crossentropy", 5, 32, 0.1),
        ("dense-report", "sparse_categorical_crossentropy", 10, 32, 0.1),
        ("dense-starter", "categorical_crossentropy", 5, 64, 0.2),
        ("cnn-classic", "categorical_crossentropy", 5, 128, 0.1),
    ],
)
def test_lengths_and_losses(name, loss, epochs, batch, validation):
    config = RECIPES[name].config
    found = (config.loss, config.epochs, config.batch_size, config.validation_split)
    assert found == (loss, epochs, batch, validation)
    assert config.optimizer == "adam"


def test_sprint_takes_one_epoch():
    assert RECIPES["sprint"].config.epochs == 1


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_the_small_sample_gets_enough_batches_to_learn_something(recipe):
    """One epoch of `sprint` is 11 batches there: it used to end at 15 %."""
    config = recipe.config_for("sample")
    images = 1415 - round(1415 * config.validation_split)
    assert config.epochs * math.ceil(images / config.batch_size) >= SAMPLE_STEPS
    assert config.epochs >= recipe.config.epochs
    assert recipe.config_for("mnist") == recipe.config
