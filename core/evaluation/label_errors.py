"""Label errors: the labels of a data set that are probably wrong, by confident learning.

A label is suspected where the model is surer of another digit than it usually is on images with
that digit's label. The model must not have been trained on these images: its answers on its test
set qualify, those on its training images do not.

Source: Northcutt, Jiang and Chuang 2021, https://arxiv.org/abs/1911.00068.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.architecture import CLASSES
from core.evaluation.scores import confusion_matrix

Rank = Literal["margin", "self-confidence"]


@dataclass(frozen=True, eq=False)
class LabelErrors:
    """Labels in doubt, the most probable errors first.

    Attributes
    ----------
    thresholds : ndarray of float, shape (10,)
        Mean probability of a digit over the images with its label; NaN for a digit that labels no
        image.
    joint : ndarray of int, shape (10, 10)
        The confident joint. Row: label; column: the digit that the model is confident of; entries
        count images. An image without any confident digit is in no cell.
    places : ndarray of int, shape (k,)
        Positions in the set of all images with another digit more probable than their label.
    digits : ndarray of int, shape (k,)
        The most probable other digit of each.
    confident : ndarray of bool, shape (k,)
        Which of them lie off the joint's diagonal: the errors of confident learning. A better model
        has higher thresholds, and so finds fewer.
    scores : ndarray of float, shape (k,)
        The values that they are ranked by, lowest first.
    """

    thresholds: np.ndarray
    joint: np.ndarray
    places: np.ndarray
    digits: np.ndarray
    confident: np.ndarray
    scores: np.ndarray


def find(labels: np.ndarray, probabilities: np.ndarray, rank: Rank = "margin") -> LabelErrors:
    """Find labels that are probably wrong.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), values 0 to 9
        The labels in question.
    probabilities : ndarray of float, shape (n, 10)
        Of a model that was not trained on these images.
    rank : {'margin', 'self-confidence'}
        By the probability of the label minus that of the most probable other digit (from -1, surely
        wrong, to 1), or by the probability of the label alone.

    Returns
    -------
    LabelErrors

    Examples
    --------
    >>> labels = np.array([7, 2, 1])
    >>> probabilities = np.full((3, 10), 0.02)
    >>> probabilities[[0, 1, 2], [7, 2, 7]] = 0.82
    >>> found = find(labels, probabilities)
    >>> found.places, found.digits  # the third looks like a 7
    (array([2]), array([7]))
    """
    labels = labels.astype(int)
    every = np.arange(len(labels))
    own = probabilities[every, labels].astype(np.float64)  # the "self-confidence"
    counts = np.bincount(labels, minlength=CLASSES)
    sums = np.bincount(labels, own, minlength=CLASSES)
    thresholds = np.divide(sums, counts, out=np.full(CLASSES, np.nan), where=counts > 0)
    # Comparing with NaN is never true, so a digit that labels no image is never suggested.
    confident = probabilities >= thresholds
    likeliest = np.where(confident, probabilities, -1).argmax(axis=1)
    counted = confident.any(axis=1)

    others = probabilities.astype(np.float64)
    others[every, labels] = -1
    margins = own - others.max(axis=1)
    doubted = np.flatnonzero(margins < 0)
    scores = (margins if rank == "margin" else own)[doubted]
    order = np.argsort(scores, kind="stable")
    doubted = doubted[order]
    return LabelErrors(
        thresholds=thresholds,
        joint=confusion_matrix(labels[counted], likeliest[counted]),
        places=doubted,
        digits=others[doubted].argmax(axis=1),
        confident=(counted & (likeliest != labels))[doubted],
        scores=scores[order],
    )


def expected_errors(found: LabelErrors, labels: np.ndarray) -> float:
    """Estimate the number of wrong labels in the set.

    The confident joint leaves some images out, so its rows are scaled to the number of images with
    each label. The estimate is the sum off its diagonal.

    Parameters
    ----------
    found : LabelErrors
    labels : ndarray of int, shape (n,), values 0 to 9
        The labels that it was found with.
    """
    rows = found.joint.sum(axis=1)
    wrong = rows - np.diagonal(found.joint)
    counts = np.bincount(labels.astype(int), minlength=CLASSES)
    return float((counts * wrong / np.maximum(rows, 1)).sum())
