"""Scores of a model on one labelled set, computed from its labels and probabilities.

`evaluate` is called when a model is trained, evaluated or imported; pages read the `Scores` from a
model's card.
"""

from typing import Annotated, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from core.architecture import CLASSES
from core.evaluation.calibration import Reliability, reliability
from core.evaluation.intervals import wilson
from core.figures import Count, Figure, Share

T = TypeVar("T")
_OfEachDigit = Annotated[list[T], Field(min_length=CLASSES, max_length=CLASSES)]


class ClassScore(BaseModel):
    """Precision, recall and F1 in [0, 1] of one digit, and its number of images."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    digit: int = Field(ge=0, lt=CLASSES)
    precision: Share
    recall: Share
    f1: Share
    support: Count


class Scores(BaseModel):
    """Scores of one model on one labelled set.

    Attributes
    ----------
    n : int
        Number of images.
    accuracy : float
        Share read correctly, in [0, 1].
    interval : tuple of float
        95 % Wilson score interval of the accuracy (Wilson 1927).
    loss : float
        Mean cross-entropy in nats.
    classes : list of ClassScore
        One entry a digit, 0 to 9.
    confusion : list of list of int
        Row: true digit, column: answer; entries count images.
    reliability : Reliability, optional
        Agreement of its probabilities with its accuracy; ``None`` on cards that are older than this
        measurement.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    n: int = Field(ge=1, le=10**12)
    accuracy: Share
    interval: tuple[Figure, Figure]
    loss: Figure
    classes: _OfEachDigit[ClassScore]
    confusion: _OfEachDigit[_OfEachDigit[Count]]
    reliability: Reliability | None = None

    @property
    def correct(self) -> int:
        """Number of images read correctly."""
        return sum(self.confusion[digit][digit] for digit in range(CLASSES))


def evaluate(labels: np.ndarray, probabilities: np.ndarray) -> Scores:
    """Score answers against labels.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), values 0 to 9
    probabilities : ndarray of float, shape (n, 10)
        Rows sum to 1; the answer is the column with the largest.

    Returns
    -------
    Scores
        Precision, recall and F1 of a digit that never occurs are 0.

    Examples
    --------
    >>> labels = np.array([7, 2, 1])
    >>> probabilities = np.full((3, 10), 0.02)
    >>> probabilities[[0, 1, 2], [7, 2, 7]] = 0.82  # the 1 is read as a 7
    >>> scores = evaluate(labels, probabilities)
    >>> scores.correct, scores.n
    (2, 3)
    >>> scores.confusion[1][7]
    1
    >>> scores.classes[7].precision, scores.classes[7].recall
    (0.5, 1.0)
    """
    confusion = confusion_matrix(labels, probabilities.argmax(axis=1))
    correct = int(np.trace(confusion))
    return Scores(
        n=len(labels),
        accuracy=correct / len(labels),
        interval=wilson(correct, len(labels)),
        loss=float(cross_entropy(labels, probabilities).mean()),
        classes=_classes(confusion),
        confusion=confusion.tolist(),
        reliability=reliability(labels, probabilities),
    )


def confusion_matrix(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return how many of each digit (row) were read as which (column), int (10, 10).

    Parameters
    ----------
    labels, answers : ndarray of int, shape (n,), values 0 to 9

    Examples
    --------
    >>> counts = confusion_matrix(np.array([7, 2, 1]), np.array([7, 2, 7]))
    >>> int(counts[1, 7]), int(counts.trace())
    (1, 2)
    """
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (labels, answers), 1)
    return counts


def _classes(confusion: np.ndarray) -> list[ClassScore]:
    right, answered, there = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    precision = right / np.maximum(answered, 1)
    recall = right / np.maximum(there, 1)
    f1 = 2 * right / np.maximum(answered + there, 1)
    return [
        ClassScore(digit=digit, precision=p, recall=r, f1=f, support=n)
        for digit, (p, r, f, n) in enumerate(
            zip(precision.tolist(), recall.tolist(), f1.tolist(), there.tolist(), strict=True)
        )
    ]


def cross_entropy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of each image in nats, float64 (n,).

    A probability of exactly 0 counts as the smallest that float32 distinguishes from 0, so one very
    sure mistake does not make the mean infinite.
    """
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.maximum(given, np.finfo(np.float32).tiny))
