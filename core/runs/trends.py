"""Trends of a training: the accuracy on each digit after each epoch, from the run's records."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.runs import playback

_NUMBER = re.compile(r"[0-9]{4,9}")


@dataclass(frozen=True, eq=False)
class Trends:
    """The share of each digit that was read correctly, epoch by epoch.

    Attributes
    ----------
    epochs : ndarray of int, shape (k,)
        From 1, rising; epochs without a record are left out.
    recall : ndarray of float, shape (k, 10)
        Share of each digit's validation images that was read correctly, in [0, 1]; NaN for a digit
        without any.
    counts : ndarray of int, shape (10,)
        Validation images of each digit.
    """

    epochs: np.ndarray
    recall: np.ndarray
    counts: np.ndarray


def by_digit(run: Path) -> Trends | None:
    """Return the trends of a run, or ``None`` if they are not known.

    Parameters
    ----------
    run : Path
        The run's folder. Damaged epochs are left out.
    """
    files = (run / playback.EPOCHS).glob("*.npz")
    numbers = sorted(int(file.stem) for file in files if _NUMBER.fullmatch(file.stem))
    seen = [(number, playback.read_epoch(run, number)) for number in numbers]
    matrices = {
        number: epoch.confusion
        for number, epoch in seen
        if epoch is not None and epoch.confusion.shape == (10, 10) and epoch.confusion.sum() > 0
    }
    if not matrices:
        return None
    confusion = np.stack(list(matrices.values())).astype(float)  # (k, 10, 10)
    counts = confusion.sum(axis=2)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    recall = np.divide(right, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return Trends(np.array(list(matrices)), recall, counts[-1].astype(int))
