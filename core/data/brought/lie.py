"""The lie of digits: the model that ships reads a few hundred of them, turned in every way.

Black on white, rows and columns exchanged, quarter turns, mirrored: all look alike to a program
and spoil a data set. A model that reads MNIST tells them apart, since where its answers agree with
the labels far better another way round, they were saved that way round. It also tells labels that
belong to other images, and images that are no digits.
"""

from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np

from core.data.brought.images import is_bright
from core.errors import DigitLabError
from core.paths import PROJECT
from core.wording import a_digit

LOOKED_AT = 300  # images
# It reads 99 % of MNIST, three digits in a millisecond.
_MODEL = PROJECT / "models" / "sprint" / "model.onnx"
_ENOUGH = 0.8  # of the answers agree: nothing more is asked
_BETTER = 0.2  # by which another way must agree better, and by a chance that falls with n
_RELIABLE = 0.5  # of the answers must agree, the other way
_ONE_TO_ONE = 0.75  # of the answers fit labels that were exchanged for one another
_HARDLY = 0.3  # of the answers agree with labels of images that are no digits
_NO_DIGITS = 0.8  # of the images are digits, by the gate, in a set of digits; letters reach 0.6
_FOR_EXCHANGES = 60  # images
_TO_REFUSE = 100  # images: fewer are taken, with a remark


@dataclass(frozen=True)
class Way:
    """What sets images and labels right: turned over first, then turned and mirrored.

    Attributes
    ----------
    inverted : bool
        Black on white becomes white on black.
    turns : int
        Quarter turns anticlockwise, 0 to 3.
    transposed : bool
        Rows and columns are exchanged, before the turns.
    shift : int
        Subtracted from each label, modulo 10.
    """

    inverted: bool = False
    turns: int = 0
    transposed: bool = False
    shift: int = 0

    def images(self, images: np.ndarray) -> np.ndarray:
        """Set images right, uint8 (n, 28, 28)."""
        if self == Way(shift=self.shift):
            return images
        turned = images.transpose(0, 2, 1) if self.transposed else images
        turned = np.rot90(turned, self.turns, axes=(1, 2))
        return np.ascontiguousarray(255 - turned if self.inverted else turned)

    def labels(self, labels: np.ndarray) -> np.ndarray:
        """Set labels right, uint8 (n,)."""
        return ((labels.astype(np.int16) - self.shift) % 10).astype(np.uint8)

    def fault(self) -> str:
        """Say how digits lie that this way sets right; empty if they lie right."""
        faults = [
            "black on white" if self.inverted else "",
            _FAULTS[self.transposed, self.turns],
            f"labelled {abs(self.shift)} too {'high' if self.shift > 0 else 'low'}"
            if self.shift
            else "",
        ]
        return " and ".join(fault for fault in faults if fault)


_FAULTS = {
    (False, 0): "",
    (False, 1): "turned a quarter clockwise",
    (False, 2): "upside down",
    (False, 3): "turned a quarter anticlockwise",
    (True, 0): "transposed, with rows and columns exchanged",
    (True, 1): "mirrored top to bottom",
    (True, 2): "mirrored at the diagonal from the bottom left",
    (True, 3): "mirrored left to right",
}
RIGHT = Way()
WAYS = [
    Way(inverted, turns, transposed)
    for inverted, transposed, turns in product((False, True), (False, True), range(4))
]


@dataclass(frozen=True)
class Finding:
    """What the model says of a data set.

    Attributes
    ----------
    way : Way
        What sets it right; `RIGHT` if it lies right or no other way is far better.
    agreement : float or None
        The share of answers that agree with the labels, set right; ``None`` if nothing was asked.
    remarks : tuple of str
        What else looks wrong, each a sentence.
    refusal : str
        Why these are no digits; empty if they are.
    """

    way: Way = RIGHT
    agreement: float | None = None
    remarks: tuple[str, ...] = ()
    refusal: str = ""


def look(images: np.ndarray, labels: np.ndarray) -> Finding:
    """Ask the model that ships how digits lie.

    Parameters
    ----------
    images : uint8 array, shape (n, 28, 28)
    labels : uint8 array, shape (n,), 0 to 9
        In the order of the file: labels of neighbours are compared as well.

    Returns
    -------
    Finding
        Always the same for the same digits. An empty one if the model is missing.
    """
    model = _model()
    if model is None or not len(images):
        return Finding()
    chosen = _chosen(len(images))
    some, truth = images[chosen], labels[chosen]
    answers = model(some)
    agreement = float((answers == truth).mean())
    if agreement >= _ENOUGH:
        return Finding(RIGHT, agreement)
    by_way = {way: model(way.images(some)) if way != RIGHT else answers for way in WAYS}
    shares = {way: float((found == truth).mean()) for way, found in by_way.items()}
    best = max(WAYS, key=lambda way: shares[way])
    exchange = _exchanged(by_way, truth, shares[best])
    if exchange is not None and _are_digits(exchange.way.images(some)):
        return exchange
    margin = _BETTER + 1 / len(some) ** 0.5
    if shares[best] >= _RELIABLE and (best == RIGHT or shares[best] - agreement >= margin):
        return Finding(best, shares[best], _unsure(shares[best]))
    finding = _labels_or_no_digits(some, labels, chosen, by_way, agreement)
    if finding.way == RIGHT and is_bright(images):  # nobody can read them, but paper is paper
        return replace(finding, way=Way(inverted=True))
    return finding


def _labels_or_no_digits(
    some: np.ndarray,
    labels: np.ndarray,
    chosen: np.ndarray,
    by_way: dict[Way, np.ndarray],
    agreement: float,
) -> Finding:
    """Tell labels of other images, and other names for the digits, from images that are none."""
    moved = [
        (float((found == labels[(chosen + step) % len(labels)]).mean()), step, way)
        for step in (1, -1)
        for way, found in by_way.items()
    ]
    share, step, way = max(moved, key=lambda one: one[0])
    if share >= _ONE_TO_ONE:
        return Finding(
            way,
            agreement,
            (
                f"The labels look shifted: {100 * share:.0f} % of the images read as the label"
                f" of the image {'after' if step > 0 else 'before'} them.",
            ),
        )
    best, digits = _most_digits(some)
    if digits is None or digits >= _NO_DIGITS:
        if len(some) < 40:
            return Finding(RIGHT, agreement)
        shuffled = (
            f"The labels look shuffled: the images read as digits, but only"
            f" {100 * agreement:.0f} % of them as the digit that they are labelled."
        )
        return Finding(best, agreement, (shuffled,) if agreement < _HARDLY else _unsure(agreement))
    if agreement < _HARDLY and len(some) >= _TO_REFUSE:
        return Finding(
            RIGHT,
            agreement,
            refusal=(
                "looks like something other than handwritten digits, such as letters, clothes or"
                f" another script (the model that ships reads {100 * agreement:.0f} % of the images"
                " as their label, whichever way they are turned)"
            ),
        )
    return Finding(RIGHT, agreement, _unsure(agreement))


def _exchanged(
    by_way: dict[Way, np.ndarray], truth: np.ndarray, agreement: float
) -> Finding | None:
    """Tell labels of exchanged digits, or all too high or too low; ``None`` if neither."""
    exchanges = [(*_exchange(found, truth), way) for way, found in by_way.items()]
    share, answer_of, way = max(exchanges, key=lambda one: one[0])
    # A few images fit some exchange by chance.
    if share < max(_ONE_TO_ONE, agreement + _BETTER) or len(truth) < _FOR_EXCHANGES:
        return None
    shift = _shift(answer_of)
    if shift:
        return Finding(Way(way.inverted, way.turns, way.transposed, shift), share)
    label = next(label for label, answer in answer_of.items() if label != answer)
    return Finding(
        way,
        agreement,
        (
            f"The labels look exchanged: what is labelled {label} reads as"
            f" {a_digit(answer_of[label])}.",
        ),
    )


def _unsure(agreement: float) -> tuple[str, ...]:
    if agreement >= _ENOUGH:
        return ()
    return (
        f"Only {100 * agreement:.0f} % of the images are read as their label by the model that"
        " ships: look at them and their labels before you train on them.",
    )


def _exchange(answers: np.ndarray, truth: np.ndarray) -> tuple[float, dict[int, int]]:
    """Return the share of answers that fit the best exchange of labels, and that exchange."""
    from scipy.optimize import linear_sum_assignment

    counts = np.zeros((10, 10), int)
    np.add.at(counts, (truth, answers), 1)
    rows, columns = linear_sum_assignment(-counts)
    there = {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if counts[row].sum()
    }
    return float(counts[rows, columns].sum() / len(truth)), there


def _shift(answer_of: dict[int, int]) -> int:
    """Return by how much all labels are too high, from -1 to 1; 0 if they are not."""
    for shift in (1, -1):
        if all((label - shift) % 10 == answer for label, answer in answer_of.items()):
            return shift
    return 0


def _are_digits(some: np.ndarray) -> bool:
    gate = _gate()
    return gate is None or float(gate(some).mean()) >= _NO_DIGITS


def _most_digits(some: np.ndarray) -> tuple[Way, float | None]:
    """Return the way in which most images are digits by the gate, and their share."""
    gate = _gate()
    if gate is None:
        return RIGHT, None
    shares = {way: float((gate(way.images(some))).mean()) for way in WAYS}
    best = max(WAYS, key=lambda way: shares[way])
    # Digits turned around look like digits, too: only polarity is told without labels.
    return Way(inverted=best.inverted), shares[best]


def _chosen(count: int) -> np.ndarray:
    if count <= LOOKED_AT:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, LOOKED_AT, replace=False))


@cache
def _model():  # type: ignore[no-untyped-def]
    from core.reading.normalise import as_floats
    from core.reading.predictor import Predictor

    try:
        predictor = Predictor(_MODEL)
    except DigitLabError:
        return None
    return lambda images: predictor.predict(as_floats(images)).probabilities.argmax(axis=1)


@cache
def _gate():  # type: ignore[no-untyped-def]
    from core.reading import gate
    from core.reading.normalise import as_floats

    judge = gate.load_if_there()
    return judge and (lambda images: judge(as_floats(images)) >= gate.REFUSE_BELOW)
