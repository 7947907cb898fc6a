"""`core.sweeps.suggested`: everything that is offered can be tried."""

import pytest

from core.config import with_changes
from core.recipes.shipped import RECIPES
from core.sweeps import suggested
from core.sweeps.config import parse
from core.sweeps.space import Choices, parse_space, value_of

DENSE = RECIPES["dense-dropout"].config


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_suggestion_alone_is_a_sweep_around_every_recipe(recipe):
    base = RECIPES[recipe].config
    found = suggested.suggestions(base)
    assert {"learning_rate", "batch_size", "optimizer"} <= set(found)
    for name, one in found.items():
        parse({"base": base, "vary": {name: one.values.model_dump()}})
        assert parse_space(base, {name: one.values}) == {name: one.values}


def test_layers_are_called_by_their_place_and_kind():
    titles = {name: one.title for name, one in suggested.suggestions(DENSE).items()}
    assert titles["layers.2.units"] == "Units of layer 2 (dense)"
    assert titles["layers.3.rate"] == "Rate of layer 3 (dropout)"
    assert titles["layers.3"] == "Layer 3 (dropout), on or off"
    assert len(set(titles.values())) == len(titles)


def test_the_value_that_is_there_lies_in_each_range_however_unusual():
    changes = {"batch_size": 77, "epochs": 200, "augmentation": {"rotation": 40}}
    base = with_changes(DENSE, changes)
    found = suggested.suggestions(base)
    assert 77 in found["batch_size"].values.choices
    assert found["augmentation.rotation"].values.high == 40
    assert found["epochs"].values.high == 200
    assert isinstance(found["augmentation"].values, Choices)
    for name, one in found.items():
        value = value_of(base, name)
        values = one.values
        assert (
            value in values.choices
            if isinstance(values, Choices)
            else values.low <= value <= values.high
        )


def test_what_does_not_go_with_the_other_settings_is_not_suggested():
    assert "schedule" in suggested.suggestions(DENSE)
    assert "schedule" not in suggested.suggestions(with_changes(DENSE, {"reduce_on_plateau": 3}))
    assert "label_smoothing" not in suggested.suggestions(
        with_changes(DENSE, {"loss": "sparse_categorical_crossentropy"})
    )
    assert "weight_decay" in suggested.suggestions(with_changes(DENSE, {"optimizer": "adamw"}))


def test_a_setting_that_is_not_suggested_has_a_title_as_well():
    titles = suggested.titles(DENSE, ["learning_rate", "clip_norm"])
    assert titles == {"learning_rate": "Learning rate", "clip_norm": "Clip norm"}
