"""Which labels of a data set are probably wrong, by confident learning.

A model that has not seen the images is its own judge here: where it is surer of another digit than
it usually is of that digit's own images, the label is suspected. On the test set of a model its
answers are such, on its training images they would not be.

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
        How sure the model is of a digit, on average over the images that are labelled so; NaN for
        a digit that no image is labelled with.
    joint : ndarray of int, shape (10, 10)
        The confident joint. Row: label, column: the digit that the model confidently holds the
        image for; entries count images. Images that it is confident of nothing in are in none.
    places : ndarray of int, shape (k,)
        Places of the images in the set: all that another digit is likelier for than their label.
    digits : ndarray of int, shape (k,)
        The likeliest other digit of each.
    confident : ndarray of bool, shape (k,)
        Which of them lie off the joint's diagonal: those that confident learning calls errors. The
        better a model, the surer it has to be, and the fewer there are.
    scores : ndarray of float, shape (k,)
        What they are ranked by, lowest first.
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
        As they were given.
    probabilities : ndarray of float, shape (n, 10)
        Of a model that was not trained on these images.
    rank : {'margin', 'self-confidence'}
        By the probability of the label less that of the likeliest other digit (from -1, surely
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
    # Comparing with NaN is never true: what no image is labelled with is not suggested either.
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
    """Estimate how many labels of the set are wrong.

    The confident joint, with its rows scaled to how many images have each label, since some are in
    no cell of it: what then lies off the diagonal.

    Parameters
    ----------
    found : LabelErrors
    labels : ndarray of int, shape (n,), values 0 to 9
        Those it was found with.
    """
    rows = found.joint.sum(axis=1)
    wrong = rows - np.diagonal(found.joint)
    counts = np.bincount(labels.astype(int), minlength=CLASSES)
    return float((counts * wrong / np.maximum(rows, 1)).sum())
