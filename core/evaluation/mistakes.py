"""Mistakes: the misread images behind a score, as a table that is filtered and sorted."""

from typing import Literal, Protocol

import numpy as np
import pandas as pd

from core.evaluation.scores import cross_entropy

Order = Literal["confidence", "loss"]


class Answer(Protocol):
    """One row of `answers`, as ``itertuples`` yields it."""

    index: int
    label: int
    answer: int
    confidence: float
    loss: float


def answers(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Return one row for each image: its label, its answer and the probability of that answer.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), values 0 to 9
    probabilities : ndarray of float, shape (n, 10)

    Returns
    -------
    DataFrame
        Columns ``index`` (position in the set), ``label``, ``answer``, ``confidence`` (probability
        of the answer), ``loss`` (cross-entropy in nats).

    Examples
    --------
    >>> probabilities = np.full((2, 10), 0.02)
    >>> probabilities[[0, 1], [7, 7]] = 0.82
    >>> answers(np.array([7, 1]), probabilities)[["index", "label", "answer"]]
       index  label  answer
    0      0      7       7
    1      1      1       7
    """
    top = probabilities.argmax(axis=1)
    return pd.DataFrame(
        {
            "index": np.arange(len(labels)),
            "label": labels.astype(int),
            "answer": top.astype(int),
            "confidence": probabilities[np.arange(len(labels)), top].astype(float),
            "loss": cross_entropy(labels, probabilities),
        }
    )


def mistakes(
    rows: pd.DataFrame,
    label: int | None = None,
    answer: int | None = None,
    order: Order = "confidence",
) -> pd.DataFrame:
    """Return the misread images, the most informative first.

    Parameters
    ----------
    rows : DataFrame
        Made by `answers`.
    label, answer : int, optional
        Keep only this true digit, or only this answer.
    order : {'confidence', 'loss'}
        Sort by the probability of the wrong answer, or by the loss; largest first, ties by index.

    Examples
    --------
    >>> labels = np.array([7, 2, 1])
    >>> probabilities = np.full((3, 10), 0.02)
    >>> probabilities[[0, 1, 2], [7, 2, 7]] = 0.82
    >>> rows = answers(labels, probabilities)
    >>> mistakes(rows)[["index", "label", "answer"]].to_dict("records")
    [{'index': 2, 'label': 1, 'answer': 7}]
    """
    return _sorted(_filtered(rows[rows["label"] != rows["answer"]], label, answer), order)


def cell(rows: pd.DataFrame, label: int, answer: int, order: Order = "confidence") -> pd.DataFrame:
    """Return the images of one cell of the confusion matrix, correct answers included."""
    return _sorted(_filtered(rows, label, answer), order)


def _filtered(rows: pd.DataFrame, label: int | None, answer: int | None) -> pd.DataFrame:
    if label is not None:
        rows = rows[rows["label"] == label]
    if answer is not None:
        rows = rows[rows["answer"] == answer]
    return rows


def _sorted(rows: pd.DataFrame, order: Order) -> pd.DataFrame:
    return rows.sort_values([order, "index"], ascending=[False, True])
