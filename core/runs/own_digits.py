"""The user's own digits in a run: a copy of the corrections, ``own_digits.npz`` in its folder.

A run keeps a copy, because corrections can be changed and removed while it trains. If there are
enough, some are held back from training. The model's accuracy on those predicts that on the
person's next digits.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.disk.atomic import replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.people import corrections

FILE = "own_digits.npz"
# With fewer, all are needed for training.
HELD_BACK_FROM = 12
_ONE_IN = 4  # is held back
_MAX_BYTES = 100_000_000


@dataclass(frozen=True)
class OwnDigits:
    """The user's own digits, with their labels.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of uint8, shape (n,)
        Given by the person.
    trained_on : ndarray of bool, shape (n,)
        True for digits in the training, False for those held back.
    """

    images: np.ndarray
    labels: np.ndarray
    trained_on: np.ndarray


def keep(folder: Path) -> None:
    """Copy all corrections into a run's folder.

    Raises
    ------
    DigitLabError
        There are none.
    """
    found = corrections.everything()[::-1]  # oldest first: later ones then change nothing before
    if not found:
        raise DigitLabError(
            "There are no corrected digits yet: correct some on Draw, or set own_digits to 0."
        )
    images, labels = corrections.arrays(found)
    with replacing(folder / FILE) as temporary:
        np.savez_compressed(temporary, images=images, labels=labels)


def read(folder: Path) -> OwnDigits:
    """Return the digits that a run was given.

    Raises
    ------
    DigitLabError
        They are missing or damaged.
    """
    found = read_arrays(folder / FILE, ("images", "labels"), _MAX_BYTES)
    images, labels = found.get("images"), found.get("labels")
    if images is None or labels is None or not _fit(images, labels):
        raise DigitLabError(f"{FILE} of this run is damaged: start the training again.")
    return OwnDigits(images, labels, trained_on(images))


def _fit(images: np.ndarray, labels: np.ndarray) -> bool:
    return (
        images.dtype == labels.dtype == np.uint8
        and labels.ndim == 1
        and labels.size > 0
        and images.shape == (len(labels), 28, 28)
        and bool((labels < 10).all())
    )


def trained_on(images: np.ndarray) -> np.ndarray:
    """Return which digits are trained on, bool (n,): all of a few, else about three in four.

    The picture alone decides, so a digit is still held back when others are added or removed.
    """
    few = len(images) < HELD_BACK_FROM
    return np.array([few or int(name[:2], 16) % _ONE_IN > 0 for name in names(images)], bool)


def names(images: np.ndarray) -> list[str]:
    """Return a name for each digit that no other has: the beginning of its SHA-256, in hex."""
    return [hashlib.sha256(image.tobytes()).hexdigest()[:16] for image in images]
