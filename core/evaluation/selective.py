"""Selective prediction: accept only answers that are sure enough, and count the wrong ones.

A person reads the rest. Source: El-Yaniv and Wiener 2010,
https://www.jmlr.org/papers/v11/el-yaniv10a.html; the area under the curve as in Geifman, Uziel and
El-Yaniv 2019, https://arxiv.org/abs/1805.08206.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson


@dataclass(frozen=True)
class Accepted:
    """The outcome of accepting only answers with a probability of at least ``threshold``.

    Attributes
    ----------
    threshold : float
        In [0, 1].
    n, accepted, wrong : int
        Number of answers, of accepted answers, and of wrong accepted answers.
    all_wrong : int
        Number of wrong answers, accepted or not.
    """

    threshold: float
    n: int
    accepted: int
    wrong: int
    all_wrong: int

    @property
    def coverage(self) -> float:
        """Return the share of answers that are accepted, in [0, 1]."""
        return self.accepted / self.n

    @property
    def handed(self) -> int:
        """Return the number of digits left to a person."""
        return self.n - self.accepted

    @property
    def accuracy(self) -> float | None:
        """Return the share of accepted answers that are right; ``None`` if none is accepted."""
        return 1 - self.wrong / self.accepted if self.accepted else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % Wilson interval of the accuracy."""
        if not self.accepted:
            return None
        low, high = wilson(self.accepted - self.wrong, self.accepted)
        return float(low), float(high)


def accept(confidence: np.ndarray, right: np.ndarray, threshold: float) -> Accepted:
    """Accept the answers with a probability of at least ``threshold``.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,), n at least 1
        Probability of each answer.
    right : ndarray of bool, shape (n,)
    threshold : float
        In [0, 1].

    Examples
    --------
    >>> confidence, right = np.array([0.99, 0.8, 0.6]), np.array([True, True, False])
    >>> found = accept(confidence, right, 0.7)
    >>> found.accepted, found.wrong, found.handed
    (2, 0, 1)
    """
    taken = confidence >= threshold
    return Accepted(
        threshold=threshold,
        n=len(right),
        accepted=int(taken.sum()),
        wrong=int((taken & ~right).sum()),
        all_wrong=int((~right).sum()),
    )


@dataclass(frozen=True, eq=False)
class Curve:
    """Coverage and accuracy at every distinct threshold, from the strictest to accepting all.

    Attributes
    ----------
    thresholds, coverage, accuracy : ndarray of float, shape (k,)
        Thresholds fall and coverage rises to 1, where the accuracy is that of all answers.
    """

    thresholds: np.ndarray
    coverage: np.ndarray
    accuracy: np.ndarray

    @property
    def area(self) -> float:
        """Return the area under the risk-coverage curve (AURC): the mean of 1 - accuracy over it.

        0 is perfect. A model whose probabilities say nothing about its answers has its error rate.
        """
        before = np.concatenate([[0.0], self.coverage[:-1]])
        return float(((1 - self.accuracy) * (self.coverage - before)).sum())


def curve(confidence: np.ndarray, right: np.ndarray) -> Curve:
    """Return coverage and accuracy at every threshold; parameters as for `accept`."""
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    # Equally sure answers are accepted together.
    last = np.flatnonzero(np.append(np.diff(sorted_confidence) != 0, True))
    accepted = last + 1
    return Curve(
        thresholds=sorted_confidence[last],
        coverage=accepted / len(right),
        accuracy=right[order].cumsum()[last] / accepted,
    )


def lowest_without_mistakes(found: Curve) -> float | None:
    """Return the lowest threshold that lets no mistake through; ``None`` if there is none."""
    clean = np.flatnonzero(np.minimum.accumulate(found.accuracy) == 1)
    return float(found.thresholds[clean[-1]]) if len(clean) else None


def percent_without_mistakes(found: Curve) -> float | None:
    """Return the percentage from which no accepted answer is wrong, rounded so that it holds.

    Answers are shown with one decimal place, and above 99.9 % with none. The percentage therefore
    also lies above the surest mistake as it is shown.

    Returns
    -------
    float or None
        In (0, 100), with one or two decimal places; ``None`` if none below 100 will do.
    """
    clean = lowest_without_mistakes(found)
    if clean is None:
        return None
    surest = found.thresholds[found.accuracy < 1][:1]
    shown = round(100 * float(surest[0]), 1) if len(surest) else 0.0
    percent = max(math.ceil(1000 * clean) / 10, round(shown + 0.1, 1))
    if percent >= 100:
        percent = max(99.95, math.ceil(10_000 * clean) / 100)
    return percent if percent < 100 else None
