"""Suggestions: for each setting of a configuration that can vary, what it is called and over what.

Each goes with the configuration by itself and contains its value, so that any may be chosen.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_args

from core.architecture import Conv, Dense, Dropout, Layer
from core.config import Optimizer, Schedule, TrainConfig
from core.data.augment import NO_CHANGES, Augmentation
from core.errors import DigitLabError
from core.sweeps.space import Dimension, parse_space

_BATCHES = (16, 32, 64, 128, 256, 512)
# As far as each amount leaves digits legible.
_AMOUNTS = {
    "rotation": 20.0,
    "shift": 4.0,
    "scale": 0.2,
    "shear": 0.3,
    "elastic": 1.0,
    "thickness": 1.0,
    "noise": 0.2,
}


class Suggestion(NamedTuple):
    """A setting that can vary.

    Attributes
    ----------
    title : str
        What it is called, in words.
    values : Range or Choices
    """

    title: str
    values: Dimension


def suggestions(base: TrainConfig) -> dict[str, Suggestion]:
    """Return what could vary around a configuration, by the name of the setting.

    Parameters
    ----------
    base : TrainConfig

    Examples
    --------
    >>> from core.recipes.shipped import RECIPES
    >>> found = suggestions(RECIPES["dense-starter"].config)
    >>> found["learning_rate"].title, found["learning_rate"].values.log
    ('Learning rate', True)
    """
    found = {}
    for name, title, values in _all(base):
        try:
            found[name] = Suggestion(title, parse_space(base, {name: values})[name])
        except DigitLabError:
            continue  # It does not go with the other settings, as a schedule with a plateau.
    return found


def titles(base: TrainConfig, names: Iterable[str]) -> dict[str, str]:
    """Return what settings are called, in words."""
    known = {name: title for name, title, _ in _all(base)}
    return {name: known.get(name) or _in_words(name) for name in names}


def _all(base: TrainConfig) -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield from _learning(base)
    yield from _network(base.layers)
    yield from _changes(base)


def _learning(base: TrainConfig) -> Iterator[tuple[str, str, dict[str, Any]]]:
    rate = base.learning_rate
    yield (
        "learning_rate",
        "Learning rate",
        {"low": rate / 10, "high": min(10 * rate, 10.0), "log": True},
    )
    yield "batch_size", "Batch size", {"choices": sorted({*_BATCHES, base.batch_size})}
    yield "optimizer", "Optimiser", {"choices": list(get_args(Optimizer))}
    yield "schedule", "Learning-rate schedule", {"choices": list(get_args(Schedule))}
    yield "epochs", "Epochs", {"low": max(base.epochs // 2, 1), "high": min(2 * base.epochs, 200)}
    yield "label_smoothing", "Label smoothing", _up_to(0.2, base.label_smoothing)
    if base.optimizer == "adamw":
        decay = max(base.weight_decay, 1e-4)
        yield (
            "weight_decay",
            "Weight decay",
            {"low": decay / 10, "high": min(10 * decay, 1.0), "log": True},
        )
    yield "ema", "Weight averaging", {"choices": sorted({0.0, 0.9, 0.99, 0.999, base.ema})}


def _network(layers: list[Layer]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for place, layer in enumerate(layers, 1):
        name, called = f"layers.{place}", f"layer {place}"
        match layer:
            case Dense(units=units):
                yield f"{name}.units", f"Units of {called} (dense)", _around(units, 4096)
            case Conv(filters=filters):
                yield f"{name}.filters", f"Filters of {called} (conv)", _around(filters, 512)
                sizes = sorted({3, 5, layer.kernel})
                yield f"{name}.kernel", f"Kernel of {called} (conv)", {"choices": sizes}
            case Dropout(rate=rate):
                yield f"{name}.rate", f"Rate of {called} (dropout)", _up_to(0.6, rate)
        if layer.layer in ("dropout", "batch_norm"):
            kind = layer.layer.replace("_", " ")
            yield name, f"{called.capitalize()} ({kind}), on or off", {"choices": [True, False]}


def _changes(base: TrainConfig) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if base.augmentation != NO_CHANGES:
        yield "augmentation", "Random changes, on or off", {"choices": [True, False]}
    for name in Augmentation.model_fields:
        if name in _AMOUNTS:
            values = _up_to(_AMOUNTS[name], getattr(base.augmentation, name))
            yield f"augmentation.{name}", f"Random changes: {name}", values


def _around(count: int, most: int) -> dict[str, Any]:
    return {"low": max(count // 2, 1), "high": min(2 * count, most), "log": True}


def _up_to(usual: float, now: float) -> dict[str, Any]:
    return {"low": 0.0, "high": max(usual, float(now))}


def _in_words(name: str) -> str:
    first, *rest = name.replace("_", " ").split(".")
    return ", ".join([first.capitalize(), *rest])
