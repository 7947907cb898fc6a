"""`core.config`: good values pass unchanged, bad ones get a sentence that helps."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import parse, parse_setting, with_changes
from core.errors import DigitLabError
from core.recipes.shipped import RECIPES

GOOD = RECIPES["cnn-classic"].config


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_recipe_survives_a_json_file(recipe):
    assert parse(json.loads(recipe.config.model_dump_json())) == recipe.config


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"epochs": 0}, "epochs must be a whole number from 1 to 200, not 0."),
        ({"epochs": 2.5}, "epochs must be a whole number from 1 to 200, not 2.5."),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0 and up to 10,"),
        ({"optimizer": "lion"}, "optimizer must be one of adam, adamw, sgd, rmsprop, not 'lion'."),
        ({"validation_split": 0.9}, "validation_split must be a share"),
        (
            {"label_smoothing": 0.1, "loss": "sparse_categorical_crossentropy"},
            "label_smoothing must be a number from 0 to 0.5, and above 0 only with one-hot labels",
        ),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"recipe": "../x"}, "recipe must be a name of at most 40 lower-case letters"),
        ({"epoch": 3}, "epoch is not a setting: the settings are recipe, data, layers"),
        ({"layers": 3}, "layers must be a list of at most 60 layers, not 3."),
        (
            {"layers": [{"layer": "lstm"}]},
            "layer 1 is not a known layer: the kinds are dense, conv",
        ),
        ({"layers": ["conv"]}, "layer 1 is not a known layer"),
        (
            {"layers": [{"layer": "flatten"}, {"layer": "dense", "units": 0}]},
            "layer 2 (dense): units must be a whole number from 1 to 4096, not 0.",
        ),
        ({"layers": [{"layer": "conv"}]}, "layer 1 (conv): filters is missing: it must be a whole"),
        (
            {"layers": [{"layer": "conv", "filters": 8, "size": 3}]},
            "layer 1 (conv): size is not a setting: the settings are layer, filters, kernel",
        ),
        (
            {"augmentation": {"rotation": 90}},
            "augmentation: rotation must be degrees from 0 to 45, not 90.",
        ),
        ({"augmentation": {"flip": 1}}, "augmentation: flip is not a setting: the settings are"),
        ({"augmentation": "much"}, "augmentation must be amounts of rotation, shift"),
    ],
)
def test_a_bad_value_names_the_field_the_value_and_what_is_allowed(changes, sentence):
    with pytest.raises(DigitLabError) as refusal:
        with_changes(GOOD, changes)
    assert str(refusal.value).startswith(sentence)


def test_settling_is_a_stage_of_its_own_at_the_end():
    plain = with_changes(GOOD, {"epochs": 10, "augmentation": {"rotation": 20, "shift": 3}})
    assert plain.stages() == [plain]
    first, last = with_changes(plain, {"settling": 0.2}).stages()
    assert (first.epochs, last.epochs) == (8, 2)
    assert (first.learning_rate, first.augmentation) == (plain.learning_rate, plain.augmentation)
    assert last.learning_rate == plain.learning_rate / 4
    assert (last.augmentation.rotation, last.augmentation.shift) == (10, 1.5)


def test_settling_of_less_than_half_an_epoch_is_none():
    assert len(with_changes(GOOD, {"epochs": 1, "settling": 0.4}).stages()) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*type(GOOD).model_fields, "layer", "?"]), inner)
        ),
        max_leaves=12,
    )
)
def test_no_json_value_raises_anything_but_a_sentence(value):
    for values in ({**GOOD.model_dump(), "layers": value}, value):
        if isinstance(values, dict):
            with contextlib.suppress(DigitLabError):
                parse(values)


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("epochs=3", ("epochs", 3)),
        ("learning_rate=1e-3", ("learning_rate", 0.001)),
        ("seed=" + "9" * 5000, ("seed", "9" * 5000)),
        ("optimizer=sgd", ("optimizer", "sgd")),
        ('layers=[{"layer": "flatten"}]', ("layers", [{"layer": "flatten"}])),
        ("train_images=null", ("train_images", None)),
    ],
)
def test_settings_of_the_command_line(text, setting):
    assert parse_setting(text) == setting


@pytest.mark.parametrize("text", ["epochs", "=3", ""])
def test_a_setting_without_key_and_value_is_refused(text):
    with pytest.raises(DigitLabError, match="KEY=VALUE"):
        parse_setting(text)


@pytest.mark.parametrize("depth", [50, 900, 60_000])
@pytest.mark.parametrize("key", ["layers", "epochs"])
def test_a_setting_nested_thousands_deep_is_refused(key, depth):
    """Python's own limit of recursion ended in a trace."""
    for value in ("[" * depth, "[" * depth + "]" * depth):
        with pytest.raises(DigitLabError, match=rf"{key} must be|layer 1 is not a known layer"):
            with_changes(GOOD, dict([parse_setting(f"{key}={value}")]))
