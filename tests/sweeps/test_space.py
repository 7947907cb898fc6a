"""`core.sweeps.space`: what may vary, and what is refused in one sentence."""

import pytest

from core.config import parse
from core.errors import DigitLabError
from core.sweeps import space
from core.sweeps.space import config_for, parse_space, parse_varied, starting_point

BASE = parse(
    {
        "recipe": "mine",
        "layers": [
            {"layer": "conv", "filters": 8},
            {"layer": "dropout", "rate": 0.5},
            {"layer": "flatten"},
            {"layer": "dense", "units": 64},
        ],
        "augmentation": {"rotation": 10, "shift": 2},
    }
)


def test_each_kind_of_setting_reaches_the_configuration():
    vary = {
        "learning_rate": {"low": 0.0001, "high": 0.1, "log": True},
        "optimizer": {"choices": ["adam", "sgd"]},
        "layers.4.units": {"low": 32, "high": 128, "step": 32},
        "layers.2": {"choices": [True, False]},
        "augmentation.rotation": {"low": 0, "high": 20},
    }
    found = parse_space(BASE, vary)
    assert starting_point(BASE, found) == {
        "learning_rate": 0.001,
        "optimizer": "adam",
        "layers.4.units": 64,
        "layers.2": True,
        "augmentation.rotation": 10,
    }
    assert config_for(BASE, starting_point(BASE, found)) == BASE
    changed = config_for(
        BASE,
        {
            "learning_rate": 0.01,
            "optimizer": "sgd",
            "layers.4.units": 128,
            "layers.2": False,
            "augmentation.rotation": 5.5,
        },
    )
    assert (changed.learning_rate, changed.optimizer) == (0.01, "sgd")
    assert [layer.layer for layer in changed.layers] == ["conv", "flatten", "dense"]
    assert changed.layers[2].units == 128
    assert (changed.augmentation.rotation, changed.augmentation.shift) == (5.5, 2)


def test_augmentation_is_on_or_off_as_a_whole():
    parse_space(BASE, {"augmentation": {"choices": [True, False]}})
    assert config_for(BASE, {"augmentation": True}) == BASE
    off = config_for(BASE, {"augmentation": False, "augmentation.rotation": 3.0})
    assert not any(amount for _, amount in off.augmentation)


def test_whole_numbers_stay_whole_and_others_become_fractions():
    found = parse_space(
        BASE,
        {
            "epochs": {"low": 1.0, "high": 9, "step": 2},
            "augmentation.shift": {"low": 0, "high": 4, "step": 1},
        },
    )
    assert all(type(end) is int for end in (found["epochs"].low, found["epochs"].step))
    assert all(type(end) is float for end in (found["augmentation.shift"].low,))
    assert space.parse_space(BASE, found) == found


def test_a_grid_has_every_combination():
    found = parse_space(
        BASE,
        {
            "epochs": {"low": 1, "high": 5, "step": 2},
            "optimizer": {"choices": ["adam", "sgd"]},
        },
    )
    points = list(space.grid(found))
    assert len(points) == space.grid_size(found) == 6
    assert points[0] == {"epochs": 1, "optimizer": "adam"}
    assert points[-1] == {"epochs": 5, "optimizer": "sgd"}
    assert starting_point(BASE, found) in points


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ({}, "1 to 20 settings can vary, not 0."),
        ({"speed": {"low": 1, "high": 2}}, "speed is not a setting: those of a configuration are"),
        ({"layers.1.units": {"low": 1, "high": 9}}, "those of layer 1 are filters, kernel"),
        ({"layers.9.units": {"low": 1, "high": 9}}, "the layers are 1 to 4, not 9."),
        ({"layers.x": {"choices": [True, False]}}, "the layers are 1 to 4, not x."),
        ({"layers.4.layer": {"choices": ["dense", "conv"]}}, "is not a setting: write"),
        ({"layers": {"choices": [1, 2]}}, "layers cannot vary: name one of them, such as layers.1"),
        ({"augmentation.blur": {"low": 0, "high": 1}}, "those of augmentation are rotation"),
        ({"a.b.c.d": {"low": 0, "high": 1}}, "'a.b.c.d' is not a setting: write learning_rate"),
        ({"seed": {"low": 0, "high": 9}}, "seed cannot vary: the best would only be the luckiest."),
        (
            {"validation_split": {"choices": [0.1, 0.2]}},
            "validation_split cannot vary: tries are compared on the same digits.",
        ),
        ({"epochs": {}}, "epochs: low must be a number"),
        ({"epochs": 5}, "epochs: give a range, as low and high"),
        ({"epochs": {"low": 1, "high": 9, "logarithm": True}}, "give a range, as low and high"),
        ({"epochs": {"low": "a", "high": 9}}, "epochs: low must be a number, not 'a'."),
        ({"epochs": {"low": 9, "high": 1}}, "epochs: low must be below high, not 9 and 1."),
        ({"epochs": {"low": 1.5, "high": 9}}, "epochs: low, high and step must be whole numbers."),
        ({"epochs": {"low": 1, "high": 8, "step": 2}}, "steps of 2 from 1 do not reach 8."),
        ({"epochs": {"low": 1, "high": 9, "step": -1}}, "step must be a number above 0, not -1."),
        (
            {"learning_rate": {"low": 0, "high": 0.1, "log": True}},
            "learning_rate: a range by logarithm begins above 0, not at 0.",
        ),
        (
            {"epochs": {"low": 1, "high": 9, "step": 2, "log": True}},
            "epochs: a range has steps or a logarithm, not both.",
        ),
        ({"optimizer": {"low": 1, "high": 2}}, "optimizer is not a number: give choices instead"),
        ({"optimizer": {"choices": ["adam"]}}, "optimizer: give 2 to 50 choices"),
        ({"optimizer": {"choices": ["adam", "adam"]}}, "a choice is there twice: leave one out."),
        ({"layers.2": {"choices": ["yes", "no"]}}, "layers.2 is on or off: give the choices true"),
        ({"augmentation": {"low": 0, "high": 1}}, "augmentation is on or off: give the choices"),
        (
            {"learning_rate": {"low": 0.01, "high": 0.1}},
            "learning_rate: the starting point has 0.001, which is not among the values to try",
        ),
        (
            {"epochs": {"low": 1, "high": 500}},
            "epochs: epochs must be a whole number from 1 to 200, not 500.",
        ),
        ({"optimizer": {"choices": ["adam", "lion"]}}, "optimizer must be one of adam, adamw"),
        ({"layers.4.units": {"low": 0, "high": 64}}, "units must be a whole number from 1"),
        ({"layers.3": {"choices": [True, False]}}, "layers.3: "),
    ],
)
def test_a_fault_is_one_sentence(vary, sentence):
    with pytest.raises(DigitLabError) as fault:
        parse_space(BASE, vary)
    assert sentence in str(fault.value)
    assert str(fault.value).endswith(".")
    assert "\n" not in str(fault.value)


def test_what_goes_only_with_another_value_of_another_setting_may_vary():
    """Label smoothing needs labels as one-hot vectors, which are a choice here."""
    smoothing = {"label_smoothing": {"low": 0, "high": 0.2}}
    with pytest.raises(DigitLabError, match="label_smoothing: label_smoothing must be"):
        parse_space(BASE, smoothing)
    losses = ["sparse_categorical_crossentropy", "categorical_crossentropy"]
    found = parse_space(BASE, smoothing | {"loss": {"choices": losses}})
    with pytest.raises(DigitLabError, match="above 0 only with one-hot labels"):
        config_for(BASE, {"label_smoothing": 0.1, "loss": losses[0]})
    assert set(found) == {"label_smoothing", "loss"}


@pytest.mark.parametrize("text", ["", "epochs", "=1..2", "epochs="])
def test_words_that_say_nothing_are_refused(text):
    with pytest.raises(DigitLabError, match=r"does not say what varies: write KEY=LOW\.\.HIGH"):
        parse_varied(text)


def test_words_of_the_shell():
    assert parse_varied("layers.2=on,off") == ("layers.2", {"choices": [True, False]})
    assert parse_varied("batch_size=32, 64") == ("batch_size", {"choices": [32, 64]})
    assert parse_varied("learning_rate=1e-4..0.1 : log")[1]["low"] == 1e-4
