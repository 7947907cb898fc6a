"""Validation of the user's own digits: the rules, and the sentence for breaking each."""

import numpy as np

from core.errors import DigitLabError
from core.wording import counted

MIN_IMAGES = 20  # fewer say nothing about a digit, and leave almost none for the test
MAX_IMAGES = 300_000  # room for EMNIST's 280,000 digits
_BLOCK = 10_000  # images converted at a time, which bounds the memory for it


def as_images(array: np.ndarray, field: str) -> np.ndarray:
    """Bring images to the form of all data sets.

    Parameters
    ----------
    array : array, shape (n, 28, 28) or (n, 28, 28, 1)
        uint8, or floats that lie in [0, 1] or in 0 to 255.
    field : str
        Their name in error messages.

    Returns
    -------
    uint8 array, shape (n, 28, 28)

    Raises
    ------
    DigitLabError
        Another shape or type, no image or too many, values outside the range, or hardly any ink.
    """
    if array.shape[1:] not in ((28, 28), (28, 28, 1)):
        raise DigitLabError(
            f"{field} has the shape {array.shape} and should have (n, 28, 28) or (n, 28, 28, 1):"
            " reshape or scale the images."
        )
    if not 1 <= len(array) <= MAX_IMAGES:
        raise DigitLabError(
            f"{field} holds {len(array):,} images and 1 to {MAX_IMAGES:,} are allowed: save"
            f" {'more' if len(array) == 0 else 'fewer'}."
        )
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise DigitLabError(
            f"{field} is of type {array.dtype.name} and should be uint8 or a float: convert it with"
            ' .astype("uint8").'
        )
    array = array.reshape(-1, 28, 28)
    images = array if array.dtype == np.uint8 else _from_float(array, field)
    if images.max() <= 1:
        raise DigitLabError(
            f"{field} holds no ink, its brightest value is {array.max():g}: save uint8 from 0 to"
            " 255, or floats from 0 to 1, with white ink on black."
        )
    return images


def as_labels(array: np.ndarray, field: str, count: int) -> np.ndarray:
    """Bring labels to the form of all data sets.

    Parameters
    ----------
    array : array of any integer type, shape (count,), 0 to 9
    field : str
        Their name in error messages.
    count : int
        Number of images.

    Returns
    -------
    uint8 array, shape (count,)

    Raises
    ------
    DigitLabError
        Another shape, length or type, or a label that is not a digit.
    """
    if array.shape != (count,):
        raise DigitLabError(
            f"{field} has the shape {array.shape} and should have ({count},): save one label for"
            " each image."
        )
    if array.dtype.kind not in "iu":
        raise DigitLabError(
            f"{field} is of type {array.dtype.name} and should be integers: convert it with"
            ' .astype("uint8").'
        )
    wrong = array[(array < 0) | (array > 9)]
    if wrong.size:
        raise DigitLabError(
            f"{field} holds {wrong[0]} and only 0 to 9 are allowed: leave out other classes."
        )
    return array.astype(np.uint8)


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


def _from_float(array: np.ndarray, field: str) -> np.ndarray:
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):  # in this form NaN is refused, too
        raise DigitLabError(
            f"{field} holds values from {low:g} to {high:g} and should lie in 0 to 1 or 0 to 255:"
            " remove what is not a number and scale the rest."
        )
    scale = 255 if high <= 1 else 1
    images = np.empty(array.shape, np.uint8)
    for start in range(0, len(array), _BLOCK):
        block = slice(start, start + _BLOCK)
        images[block] = np.rint(array[block].astype(np.float32) * scale)
    return images
