"""Labels of any form, brought to that of all data sets: uint8, 0 to 9."""

import numpy as np

from core.data.brought.names import digit_in
from core.errors import DigitLabError

LETTERS_FROM = 10  # EMNIST numbers A from here on


def bring(array: np.ndarray, field: str, count: int) -> tuple[np.ndarray, list[str]]:
    """Bring labels to the form of all data sets.

    Parameters
    ----------
    array : array
        Integers, floats, words such as "7" or "seven", of shape (count,), (count, 1) or
        (1, count); or one-hot, (count, 10) or (10, count).
    field : str
        Their name in errors.
    count : int
        Number of images.

    Returns
    -------
    labels : uint8 array, shape (count,), 0 to 9
    remarks : list of str
        What was recognised beyond plain labels.

    Raises
    ------
    DigitLabError
        Another shape, length or type, or a label that is not a digit.
    """
    array = np.squeeze(array) if array.ndim > 1 and array.size > 1 else array
    if array.ndim == 0:
        array = array.reshape(1)
    remarks = []
    if array.ndim == 2 and array.shape == (10, count) and array.shape[0] != count:
        array = array.T
    if array.ndim == 2 and array.shape == (count, 10):
        array = _from_one_hot(array, field)
        remarks.append("labels one-hot")
    if array.shape != (count,):
        raise DigitLabError(
            f"{field} has the shape {array.shape} and should have ({count},): save one label for"
            " each image."
        )
    if array.dtype.kind in "USO":
        array = _from_words(array, field)
    values = _whole(array, field)
    if values.size and values.min() >= 1 and values.max() == 10:
        values = values % 10
        remarks.append("labels 1 to 10, where 10 is the digit 0")
    _check_digits(values, field)
    return values.astype(np.uint8), remarks


def _from_one_hot(array: np.ndarray, field: str) -> np.ndarray:
    low, high = array.min(), array.max()
    if array.dtype.kind not in "biuf" or not ((array == low) | (array == high)).all():
        raise DigitLabError(
            f"{field} should have a 1 for the digit and 0 for the other nine in each row: save the"
            " digits themselves."
        )
    marked = array == high
    if low == high or (marked.sum(axis=1) != 1).any():
        raise DigitLabError(
            f"{field} should have a single 1 in each row of ten: save the digits themselves."
        )
    return marked.argmax(axis=1)


def _from_words(array: np.ndarray, field: str) -> np.ndarray:
    said = [
        word.decode("latin-1") if isinstance(word, bytes) else str(word) for word in array.tolist()
    ]
    known: dict[str, float] = {}
    for word in sorted(set(said)):
        bare = word.strip().strip("b'\"")
        try:
            known[word] = float(bare)
        except ValueError:
            digit = digit_in(bare)
            if digit is None:
                raise DigitLabError(
                    f"{field} holds '{bare[:20]}' and only the digits 0 to 9 are allowed: leave"
                    " out other classes."
                ) from None
            known[word] = digit
    return np.array([known[word] for word in said])


def _whole(array: np.ndarray, field: str) -> np.ndarray:
    if array.dtype.kind == "b":
        raise DigitLabError(
            f"{field} is of type bool and should be the digits themselves: save 0 to 9."
        )
    if array.dtype.kind == "f":
        if not (np.isfinite(array) & (array == np.rint(array))).all():
            wrong = array[~(np.isfinite(array) & (array == np.rint(array)))][0]
            raise DigitLabError(
                f"{field} holds {wrong:g} and only the whole numbers 0 to 9 are allowed: save the"
                " digits themselves."
            )
        array = array.astype(np.float64).clip(-1e15, 1e15).astype(np.int64)
    return array


def _check_digits(values: np.ndarray, field: str) -> None:
    wrong = values[(values < 0) | (values > 9)]
    if not wrong.size:
        return
    low, high = values.min(), values.max()
    # EMNIST numbers letters 1 to 26, or after the digits from 10 on.
    like = (
        " (it runs up to {high}, as labels of letters do)" if 10 < high <= 61 and low >= 0 else ""
    )
    raise DigitLabError(
        f"{field} holds {wrong[0]}{like.format(high=high)} and only 0 to 9 are allowed: leave out"
        " other classes."
    )
