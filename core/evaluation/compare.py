"""Comparison of models: their answers on the same images, and their configurations.

Called by the Runs page and ``python -m core runs compare``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from core.architecture import Layer
from core.config import TrainConfig

LEAST, MOST = 2, 8  # models that are compared at a time
LEVEL = 0.05
_SIZES = ("filters", "units", "rate", "function")  # settings that distinguish layers of one kind


@dataclass(frozen=True)
class Pair:
    """Two models on the same images.

    Attributes
    ----------
    first, second : int
        Positions of the two among the compared models.
    only_first, only_second : int
        Images that only the first, or only the second, reads correctly.
    p_value : float, in [0, 1]
        Of McNemar's exact test: the probability of a difference at least this large by chance, if
        both are equally good.
    adjusted : float, in [0, 1]
        The p-value adjusted for the number of pairs tested (Holm 1979).
    """

    first: int
    second: int
    only_first: int
    only_second: int
    p_value: float
    adjusted: float


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test.

    McNemar 1947, https://doi.org/10.1007/BF02295996, in its exact form: an image that only one of
    two models reads correctly is either's with probability one half.

    Parameters
    ----------
    only_first, only_second : int
        Images that only the first, or only the second, reads correctly.

    Examples
    --------
    >>> round(mcnemar(3, 12), 3)
    0.035
    >>> mcnemar(5, 5)
    1.0
    """
    # The same as scipy.stats.binomtest, whose import would cost the app 50 MB and half a second.
    from scipy.special import bdtr

    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5))) if n else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979), in the order they were given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def pairs(right: Sequence[np.ndarray]) -> list[Pair]:
    """Test every pair of models.

    Parameters
    ----------
    right : sequence of ndarray of bool, shape (n,)
        For each model, which of the same n images it reads correctly.
    """
    counts = [
        (a, b, int((right[a] & ~right[b]).sum()), int((right[b] & ~right[a]).sum()))
        for a, b in combinations(range(len(right)), 2)
    ]
    p_values = [mcnemar(only_a, only_b) for _, _, only_a, only_b in counts]
    return [
        Pair(*count, p_value, adjusted)
        for count, p_value, adjusted in zip(counts, p_values, holm(p_values), strict=True)
    ]


def p_in_words(p_value: float) -> str:
    """Write a p-value; it is never written as 0."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def p_formula(p_value: float) -> str:
    """Write a p-value with the letter p, as in running text."""
    value = p_in_words(p_value)
    return f"p {value}" if value.startswith("<") else f"p = {value}"


def in_words(pair: Pair, names: Sequence[str], n_pairs: int = 1) -> str:
    """Say in two sentences what a pair's difference means.

    Parameters
    ----------
    pair : Pair
    names : sequence of str
        Names of the compared models.
    n_pairs : int
        Number of pairs tested.
    """
    first, second = names[pair.first], names[pair.second]
    images = "image" if pair.only_first == 1 else "images"
    alone = (
        f"{first} alone reads {pair.only_first:,} {images} correctly, {second} {pair.only_second:,}"
    )
    if pair.only_first == pair.only_second:
        return f"{alone}. Neither is ahead."
    better, worse = (first, second) if pair.only_first > pair.only_second else (second, first)
    chance = p_formula(pair.adjusted)
    chance += f", corrected for {n_pairs} pairs" if n_pairs > 1 else ""
    if pair.adjusted < LEVEL:
        return (
            f"{alone}. {better} is better than {worse}: chance alone hardly explains it ({chance})."
        )
    return f"{alone}. The difference may well be chance ({chance})."


def disagreements(answers: Sequence[np.ndarray]) -> np.ndarray:
    """Return the positions of the images on which the models' answers differ.

    Parameters
    ----------
    answers : sequence of ndarray of int, shape (n,)
    """
    stacked = np.stack(answers)  # (models, n)
    return np.flatnonzero((stacked != stacked[0]).any(axis=0))


def differences(configs: Sequence[TrainConfig]) -> dict[str, list[Any]]:
    """Return the settings that differ between configurations, each with its value in every one.

    Augmentation is split into its parts. A network is written as a row of layers; all of their
    settings are written only if kinds and sizes do not distinguish the networks.
    """
    brief = [_flat(config, _brief) for config in configs]
    if len({config.model_dump_json(include={"layers"}) for config in configs}) > len(
        {values["layers"] for values in brief}
    ):
        brief = [_flat(config, _full) for config in configs]
    return {
        name: [values[name] for values in brief]
        for name in brief[0]
        if any(values[name] != brief[0][name] for values in brief)
    }


def _flat(config: TrainConfig, write: Callable[[Layer], str]) -> dict[str, Any]:
    values = config.model_dump(mode="json", exclude={"augmentation", "layers"})
    named = {f"augmentation: {name}": amount for name, amount in config.augmentation}
    return values | named | {"layers": ", ".join(write(layer) for layer in config.layers)}


def _brief(layer: Layer) -> str:
    size = next((getattr(layer, name) for name in _SIZES if hasattr(layer, name)), None)
    kind = layer.layer.replace("_", " ")
    return kind if size is None else f"{kind} {size}"


def _full(layer: Layer) -> str:
    changed = layer.model_dump(mode="json", exclude={"layer"}, exclude_defaults=True)
    settings = "; ".join(f"{name} {value}" for name, value in changed.items())
    return f"{layer.layer} ({settings})" if settings else layer.layer
