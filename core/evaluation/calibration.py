"""Calibration: measure whether probabilities mean what they say, and correct them.

Of all answers with a probability of 90 %, 90 % should be right; `reliability` measures how far that
holds. A network trained with smoothed labels is less sure than its accuracy warrants, one trained
for long is more sure. A single number, the temperature that divides the logits, corrects most of
it; `fit_temperature` finds it.

Source: Guo, Pleiss, Sun and Weinberger 2017, https://arxiv.org/abs/1706.04599.
"""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from core.evaluation.intervals import wilson
from core.figures import Count, Figure

# Fewer validation images say too little about probabilities near 1 to justify a correction.
MIN_IMAGES = 200
BINS = 15
_RANGE = (0.2, 5.0)

Division = Literal["width", "count"]


class Bin(BaseModel):
    """The answers whose probability lies between ``low`` and ``high``; at least one.

    Attributes
    ----------
    low, high : float
        In [0, 1].
    count : int
        Number of answers.
    confidence : float
        Their mean probability, in [0, 1].
    accuracy : float
        Share of them that are right, in [0, 1].
    interval : tuple of float
        95 % Wilson score interval of the accuracy.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    low: Figure
    high: Figure
    count: Count
    confidence: Figure
    accuracy: Figure
    interval: tuple[Figure, Figure]


class Reliability(BaseModel):
    """Agreement of probabilities with the share of answers that are right.

    Attributes
    ----------
    bins : list of Bin
        By rising probability; empty bins are left out.
    calibration_error : float
        Expected calibration error: the mean distance of confidence and accuracy over the bins,
        weighted by their counts; in [0, 1].
    brier : float
        Mean squared distance of the ten probabilities from the truth (Brier 1950), in [0, 2].
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    bins: list[Bin]
    calibration_error: Figure
    brier: Figure


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS, equal: Division = "width"
) -> Reliability:
    """Compare the probabilities of answers with the share of them that are right.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), values 0 to 9
    probabilities : ndarray of float, shape (n, 10)
        Rows sum to 1; the answer is the column with the largest.
    bins : int
        Number of groups that answers are sorted into by their probability.
    equal : {'width', 'count'}
        Whether all bins have the same width, which is the usual measure, or the same number of
        answers, which resolves the range where most of them are.

    Returns
    -------
    Reliability

    Examples
    --------
    >>> labels = np.array([7, 2, 1])
    >>> probabilities = np.full((3, 10), 0.02)
    >>> probabilities[[0, 1, 2], [7, 2, 7]] = 0.82  # two of three are right
    >>> round(reliability(labels, probabilities).calibration_error, 3)
    0.153
    """
    confidence = probabilities.max(axis=1).astype(np.float64).clip(0, 1)
    right = probabilities.argmax(axis=1) == labels
    if equal == "width":
        edges = np.arange(bins + 1) / bins
        place = np.searchsorted(edges[1:-1], confidence)  # an edge belongs to the bin below it
    else:
        place = np.empty(len(labels), int)
        place[confidence.argsort(kind="stable")] = np.arange(len(labels)) * bins // len(labels)
    found = []
    for k in np.unique(place):
        inside = place == k
        sure, count, correct = confidence[inside], int(inside.sum()), int(right[inside].sum())
        low, high = (edges[k], edges[k + 1]) if equal == "width" else (sure.min(), sure.max())
        found.append(
            Bin(
                low=low,
                high=high,
                count=count,
                confidence=sure.mean(),
                accuracy=correct / count,
                interval=wilson(correct, count),
            )
        )
    error = sum(one.count * abs(one.confidence - one.accuracy) for one in found) / len(labels)
    truth = np.eye(probabilities.shape[1])[labels]  # (n, 10)
    brier = ((probabilities - truth) ** 2).sum(axis=1).mean()
    return Reliability(bins=found, calibration_error=error, brier=brier)


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Find the temperature with the smallest cross-entropy on validation labels.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), values 0 to 9
    probabilities : ndarray of float, shape (n, 10)
        Of a softmax; rows sum to 1.

    Returns
    -------
    float
        From 0.2 to 5; below 1 makes answers surer. 1 if there are fewer than `MIN_IMAGES`.
    """
    if len(labels) < MIN_IMAGES:
        return 1.0
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(labels))
    log_temperature = minimize_scalar(
        lambda x: -_log_probabilities(probabilities, np.exp(x))[rows, labels].mean(),
        bounds=np.log(_RANGE),
        method="bounded",
    ).x
    return float(np.exp(log_temperature))


def _log_probabilities(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    # The logs of probabilities are logits up to a constant for each row, which softmax ignores.
    smallest = np.finfo(np.float32).tiny
    logits = np.log(np.maximum(probabilities.astype(np.float64), smallest)) / temperature
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
