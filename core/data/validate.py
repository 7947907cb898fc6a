"""Validation of the user's own digits: how many there may be, and which of them are the test."""

import numpy as np

from core.errors import DigitLabError
from core.wording import counted

MIN_IMAGES = 20  # fewer say nothing about a digit, and leave almost none for the test
MAX_IMAGES = 300_000  # room for EMNIST's 280,000 digits


def check_extent(y_train: np.ndarray, y_test: np.ndarray, title: str) -> None:
    """Refuse a data set that is too small or too large, or has fewer than two kinds of digits."""
    count = len(y_train) + len(y_test)
    if not MIN_IMAGES <= count <= MAX_IMAGES:
        raise DigitLabError(
            f"{title} holds {counted(count, 'image')} and {MIN_IMAGES} to"
            f" {MAX_IMAGES:,} are allowed: save {'more' if count < MIN_IMAGES else 'fewer'}."
        )
    if np.unique(y_train).size < 2:
        raise DigitLabError(
            f"{title} has training images of one digit only, {y_train[0]}: save at least two"
            " different digits."
        )


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose the fifth of the images that becomes the test part of a file without one.

    Every fifth image, counted with the digits in order and each digit as in the file. So each digit
    is represented, whether the file is sorted, shuffled or cycles from 0 to 9. The same file is
    always split alike.

    Returns
    -------
    train, test : int array
        Positions in the file, ascending.
    """
    order = np.argsort(labels, kind="stable")
    for_test = np.zeros(len(labels), bool)
    for_test[order[4::5]] = True
    return np.flatnonzero(~for_test), np.flatnonzero(for_test)
