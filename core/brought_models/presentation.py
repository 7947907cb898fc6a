"""Presentation: how a network wants its pictures, found by trying it on digits with known labels.

Nothing in a file tells whether pixels go from 0 to 1 or from 0 to 255, or whether ink is white or
black. A network that is given the wrong kind reads next to nothing, and says so to nobody. Every
usual kind is tried on a few hundred digits, never on the test set. The one with the smallest
cross-entropy is taken, after the best temperature for each, since some networks read as many
digits whatever the pixels, but far too surely.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from core.architecture import CLASSES
from core.brought_models.adapter import PLAIN, Adapter, Pixels, turned
from core.errors import DigitLabError

# Gives the network's outputs that are ten wide, each (n, 10), for what an adapter has prepared.
Run = Callable[[np.ndarray], list[np.ndarray]]

READS = 0.6  # share of digits from which on a network is taken to read digits
_BY_FAR = 0.03  # by which an accuracy is higher
_FAR_WORSE = 0.1  # by which an accuracy is so much lower that a person would say it
_FAR_LESS_SURE = 1.25  # times the cross-entropy
_EQUAL = 1.05
_FIRST, _FINALISTS = 300, 3  # images for all ways, and ways that all images decide between
_FEW = 100  # images for what is tried only if nothing else reads
_PATIENCE_S = 20.0
_TEMPERATURES = np.geomspace(0.2, 5, 9)


def _both_ways(words: str, factor: float, summand: float) -> list[Pixels]:
    return [
        Pixels(words, (factor,), (summand,)),
        Pixels(f"{words}, black on white", (-factor,), (factor + summand,)),
    ]


_BYTES = _both_ways("from 0 to 255", 255.0, 0.0)
_KINDS = [
    PLAIN,
    Pixels("from 0 to 1, black on white", (-1.0,), (1.0,)),
    *_BYTES,
    *_both_ways("from -1 to 1", 2.0, -1.0),
    *_both_ways("from -0.5 to 0.5", 1.0, -0.5),
    Pixels("standardised (mean 0.1307, deviation 0.3081)", (1 / 0.3081,), (-0.1307 / 0.3081,)),
    Pixels("standardised, black on white", (-1 / 0.3081,), (0.1307 / 0.3081,)),
]
_OF_PHOTOGRAPHS = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])  # means, deviations
_COLOURS = Pixels(
    "standardised as photographs are (ImageNet)",
    tuple((1 / _OF_PHOTOGRAPHS[1]).tolist()),
    tuple((-_OF_PHOTOGRAPHS[0] / _OF_PHOTOGRAPHS[1]).tolist()),
)
_SIXTEENTHS = Pixels("from 0 to 16", (16.0,), (0.0,))  # scikit-learn's digits of 8x8 pixels


@dataclass(frozen=True, eq=False)
class Trial:
    """One way to present pictures, and how well the network read them.

    Attributes
    ----------
    adapter : Adapter
    output : int
        Which of the outputs that are ten wide was looked at.
    accuracy : float
        In [0, 1].
    loss : float
        Mean cross-entropy with the best temperature, in nats.
    """

    adapter: Adapter
    output: int
    accuracy: float
    loss: float


@dataclass(frozen=True, eq=False)
class Presentation:
    """The best way to present pictures to a network.

    Attributes
    ----------
    best : Trial
    second : Trial or None
        The next best, with other numbers for the pixels.
    n : int
        Number of digits that it was tried on.
    """

    best: Trial
    second: Trial | None
    n: int

    @property
    def is_clear(self) -> bool:
        """Whether the best is better by far than with other numbers for the pixels."""
        best, second = self.best, self.second
        return (
            second is None
            or best.accuracy - second.accuracy >= _BY_FAR
            or second.loss >= _FAR_LESS_SURE * best.loss
        )

    def words(self, digits: str) -> str:
        """Say what was found, in one or two sentences.

        Parameters
        ----------
        digits : str
            What it was tried on, as in "training digits of MNIST".
        """
        on = f"of {self.n:,} {digits}"
        share, used = f"{100 * self.best.accuracy:.1f} %", self.best.adapter.pixels.words
        if self.best.accuracy < READS:
            return (
                f"It reads only {share} {on} correctly, however they are presented (pixels {used} "
                "were best). It may have been trained for something else."
            )
        if self.second is None:
            return f"Pixels {used}: {share} {on} are read correctly."
        other = f"{100 * self.second.accuracy:.1f} %"
        if self.is_clear:
            far = self.best.accuracy - self.second.accuracy >= _FAR_WORSE
            return (
                f"Pixels {used}: {share} {on} are read correctly. Other pixels fit "
                f"{'far worse' if far else 'less well'} "
                f"({self.second.adapter.pixels.words}: {other})."
            )
        return (
            f"Pixels {used} fit best, but not by far: {share} {on} are read correctly, and {other} "
            f"with pixels {self.second.adapter.pixels.words}."
        )


def find(
    run: Run,
    adapters: list[Adapter],
    images: np.ndarray,
    labels: np.ndarray,
    whole_numbers: bool = False,
) -> Presentation:
    """Find how a network wants its pictures.

    Parameters
    ----------
    run : callable
        May raise DigitLabError for an input that the network cannot take.
    adapters : list of Adapter
        The ways in which a picture fits its input; not empty.
    images : ndarray of float32, shape (n, 28, 28), in [0, 1]
    labels : ndarray of int, shape (n,)
    whole_numbers : bool
        Whether it takes whole numbers alone, which can only be pixels from 0 to 255.

    Raises
    ------
    DigitLabError
        The network cannot read pictures of any of these forms.
    """
    ways = [replace(one, pixels=kind) for one in adapters for kind in _kinds(one, whole_numbers)]
    few = slice(0, _FIRST)
    trials, fault = _all(run, ways, images[few], labels[few])
    if not trials:
        raise fault or DigitLabError("it answers with numbers that are not finite.")
    if max(trial.accuracy for trial in trials) < READS:
        trials = _otherwise(run, ways, images[few], labels[few]) or trials
    trials.sort(key=lambda trial: trial.loss)
    final = sorted(
        (_again(run, trial, images, labels) for trial in trials[:_FINALISTS]),
        key=lambda trial: trial.loss,
    )
    plain = [trial for trial in final if trial.adapter.pixels.is_plain]
    # Between equals, a network takes the usual pixels.
    best = plain[0] if plain and plain[0].loss <= final[0].loss * _EQUAL else final[0]
    rivals = [trial for trial in final if trial.adapter.pixels is not best.adapter.pixels]
    return Presentation(best, rivals[0] if rivals else None, len(images))


def _again(run: Run, trial: Trial, images: np.ndarray, labels: np.ndarray) -> Trial:
    outputs = run(trial.adapter.prepare(images))
    return _judged(trial.adapter, trial.output, outputs[trial.output], labels)


def _all(
    run: Run, ways: list[Adapter], images: np.ndarray, labels: np.ndarray
) -> tuple[list[Trial], DigitLabError | None]:
    """Try all ways; return the trials, and the fault of a way that the network cannot take."""
    began = time.monotonic()
    trials, fault = [], None
    for way in ways:
        # A slow network is tried on fewer, rather than making a person wait.
        n = _FEW if time.monotonic() - began > _PATIENCE_S else len(images)
        try:
            trials += _try(run, way, images[:n], labels[:n])
        except DigitLabError as reason:
            fault = reason
    return trials, fault


def _kinds(adapter: Adapter, whole_numbers: bool) -> list[Pixels]:
    small = [_SIXTEENTHS] if len(adapter.frame.rows) == 8 else []
    if whole_numbers:
        return [*_BYTES, *small]
    return [*_KINDS, *small, *([_COLOURS] if adapter.channels == 3 else [])]


def _try(run: Run, way: Adapter, images: np.ndarray, labels: np.ndarray) -> list[Trial]:
    return [
        _judged(replace(way, answer=answer_kind(given)), place, given, labels)
        for place, given in enumerate(run(way.prepare(images)))
        if not (np.isnan(given) | np.isposinf(given)).any()  # a logarithm of 0 is allowed
    ]


def _judged(way: Adapter, place: int, given: np.ndarray, labels: np.ndarray) -> Trial:
    logits = np.maximum(way.logits(given), -1e9)
    right = float((logits.argmax(axis=1) == labels).mean())
    return Trial(way, place, right, min(_loss(logits / t, labels) for t in _TEMPERATURES))


def _loss(logits: np.ndarray, labels: np.ndarray) -> float:
    logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return float(-logs[np.arange(len(labels)), labels].mean())


def answer_kind(given: np.ndarray) -> str:
    """Return what ten outputs for n pictures are, as `Adapter.answer` names it."""
    rows = given.reshape(-1, CLASSES).astype(np.float64)
    if (rows >= 0).all() and (rows <= 1 + 1e-3).all():
        sums_to_one = np.allclose(rows.sum(axis=1), 1, atol=2e-3)
        return "probabilities" if sums_to_one else "ten probabilities"
    if (rows <= 1e-6).all() and np.allclose(np.exp(rows).sum(axis=1), 1, atol=2e-3):
        return "log probabilities"
    return "logits"


def _otherwise(
    run: Run, ways: list[Adapter], images: np.ndarray, labels: np.ndarray
) -> list[Trial]:
    """Return trials with turned pictures or outputs in another order, if it then reads."""
    for turn in product((False, True), repeat=3):
        otherwise = [turned(way, *turn) for way in ways]
        few, _ = _all(run, otherwise, images[:_FEW], labels[:_FEW]) if any(turn) else ([], None)
        if any(trial.accuracy >= READS for trial in few):
            return _all(run, otherwise, images, labels)[0]
    ordered = [
        _in_order(way, place, given, labels)
        for way in ways
        for place, given in enumerate(_outputs(run, way, images))
    ]
    return ordered if any(trial.accuracy >= READS for trial in ordered) else []


def _outputs(run: Run, way: Adapter, images: np.ndarray) -> list[np.ndarray]:
    try:
        return [given for given in run(way.prepare(images)) if np.isfinite(given).all()]
    except DigitLabError:
        return []


def _in_order(way: Adapter, place: int, given: np.ndarray, labels: np.ndarray) -> Trial:
    """Return a trial with the outputs in the order that fits the labels best."""
    from scipy.optimize import linear_sum_assignment

    way = replace(way, answer=answer_kind(given))
    answers = way.logits(given).argmax(axis=1)
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (labels, answers), 1)
    _, order = linear_sum_assignment(-counts)
    return _judged(replace(way, order=tuple(order.tolist())), place, given, labels)
