"""Tables: a row an image, its label in one column or ten, its pixels in the others.

Their text is read by `core.data.brought.table_text`; those of Parquet and JSON are told apart here,
too.
"""

import math
import re

import numpy as np

from core.data.brought import names, table_text
from core.data.brought.contents import Entry
from core.data.brought.stored import Stored, in_memory
from core.data.brought.table_text import Rows
from core.errors import DigitLabError

_INDEX_NAMES = ("", "unnamed: 0", "id", "index", "idx", "row", "imageid", "image_id", "no")
_SMALLEST = 64  # pixels: fewer than 8 x 8 hold no digit


def read(entry: Entry, title: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Read a CSV, TSV or ARFF file.

    Returns
    -------
    pixels : uint8 or float32 array, shape (n, p)
    labels : array, shape (n,) or (n, 10)
    form : str
        What was recognised, such as "label in the first column".

    Raises
    ------
    DigitLabError
        It is no table of images, too large, or has a cell that is no number.
    """
    return split_rows(table_text.read(entry, title, _SMALLEST), title)


def matrix(entry: Entry, title: str) -> Stored:
    """Read a file of numbers or labels alone, whose other half lies in another file.

    Raises
    ------
    DigitLabError
        It is no table.
    """
    rows = table_text.read(entry, title, fewest=1)
    keep = [k for k in range(rows.numbers.shape[1]) if not _is_empty(rows, k)]
    keep = _without_index(rows, keep) if len(keep) > 1 else keep
    if len(keep) == 1 and keep[0] in rows.words:
        return in_memory(entry.name, np.array(rows.words[keep[0]]))
    _check_numbers(rows, keep, title)
    return in_memory(entry.name, rows.numbers[:, _in_order(rows.columns, keep)])


def label_columns(columns: int) -> tuple[int, int] | None:
    """Return how many of a table's columns are pixels and how many labels, if they can be both."""
    for labels in (1, 10):
        pixels = columns - labels
        if pixels >= _SMALLEST and math.isqrt(pixels) ** 2 == pixels:
            return pixels, labels
    return None


def split_array(array: np.ndarray, title: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Split an array (n, p + 1) or (n, p + 10) into pixels and labels, as `read` does."""
    return split_rows(Rows(None, array, {}), title)


def split_rows(rows: Rows, title: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Tell pixels from labels in a table, as `read` does."""
    numbers = rows.numbers
    keep = [k for k in range(numbers.shape[1]) if not _is_empty(rows, k)]
    # A word among numbers is a slip; a column of words may be the labels.
    _check_numbers(rows, [k for k in rows.words if np.isnan(numbers[:, k]).mean() < 0.5], title)
    found = _by_name(rows, keep)
    if found is None:
        keep = _without_index(rows, keep)
        found = _by_place(rows, keep)
    if found is None:
        raise _no_labels(rows, keep, title)
    labels, pixels, form = found
    pixels = _in_order(rows.columns, pixels)
    _check_numbers(rows, pixels, title)
    if len(labels) == 1 and labels[0] in rows.words:
        return numbers[:, pixels], np.array(rows.words[labels[0]]), form
    values = numbers[:, labels]
    return numbers[:, pixels], values[:, 0] if len(labels) == 1 else values, form


def _is_empty(rows: Rows, column: int) -> bool:
    """Return whether every cell is empty: what a separator at the end of the lines leaves."""
    return column not in rows.words and bool(np.isnan(rows.numbers[:, column]).all())


def _by_name(rows: Rows, keep: list[int]) -> tuple[list[int], list[int], str] | None:
    if rows.columns is None:
        return None
    named = [k for k in keep if rows.columns[k].strip().lower() in names.LABEL_WORDS]
    if not named:
        named = [k for k in keep if names.says_labels(rows.columns[k])]
    if len(named) not in (1, 10):
        return None
    pixels = [k for k in keep if k not in named]
    if not is_square(len(pixels)):
        pixels = [k for k in pixels if k not in rows.words]
    pixels = _without_index(rows, pixels)
    if not is_square(len(pixels)):
        return None
    what = "label" if len(named) == 1 else "labels"
    place = f"in the column '{rows.columns[named[0]][:30]}'" if len(named) == 1 else "by name"
    if named == keep[:1]:
        place = "in the first column"
    elif named == keep[-1:]:
        place = "in the last column"
    return named, pixels, f"{what} {place}"


def _without_index(rows: Rows, columns: list[int]) -> list[int]:
    """Leave out the numbers of the rows, which pandas writes before them unasked."""
    if not columns:
        return columns
    first = columns[0]
    values = rows.numbers[:, first].astype(float)
    counts = len(values) > 12 and first not in rows.words and bool((np.diff(values) == 1).all())
    named = rows.columns is not None and rows.columns[first].strip().lower() in _INDEX_NAMES
    return columns[1:] if counts or (named and len(columns) > 1) else columns


def is_square(pixels: int) -> bool:
    """Return whether a number of pixels is that of a square image, grey or in colour."""
    return pixels >= _SMALLEST and any(
        pixels % colours == 0 and math.isqrt(pixels // colours) ** 2 * colours == pixels
        for colours in (1, 3)
    )


def _by_place(rows: Rows, keep: list[int]) -> tuple[list[int], list[int], str] | None:
    wordy = [k for k in keep if k in rows.words]
    if len(wordy) == 1 and is_square(len(keep) - 1):
        others = [k for k in keep if k not in wordy]
        place = "first" if wordy[0] == keep[0] else "last" if wordy[0] == keep[-1] else "only"
        return wordy, others, f"label in the {place} column{' of words' if place == 'only' else ''}"
    if wordy:
        return None
    if is_square(len(keep) - 1):
        ends = {"first": keep[0], "last": keep[-1]}
        digits = {end: _variety(rows.numbers[:, k]) for end, k in ends.items()}
        end = "first" if digits["first"] >= digits["last"] else "last"
        if digits[end] >= 2:
            return [ends[end]], [k for k in keep if k != ends[end]], f"label in the {end} column"
    if is_square(len(keep) - 10):
        for end, ten, others in (
            ("first", keep[:10], keep[10:]),
            ("last", keep[-10:], keep[:-10]),
        ):
            block = rows.numbers[:, ten]
            if ((block == 0) | (block == 1)).all() and (block.sum(axis=1) == 1).all():
                return ten, others, f"labels in the {end} ten columns, one for each digit"
    return None


def _variety(values: np.ndarray) -> int:
    """Return how many labels a column seems to hold: none if it holds other numbers.

    The border of images is blank: there, a column of pixels has hardly more than one value.
    """
    if not np.isfinite(values).all() or (values != np.rint(values)).any() or values.min() < 0:
        return 0
    different = np.unique(values)
    return len(different) if different.max() <= 61 else 0  # of EMNIST's classes: refused later


def _in_order(columns: list[str] | None, pixels: list[int]) -> list[int]:
    """Put columns with numbers, as in ``pixel12`` or ``3x7``, into the order of the numbers."""
    if columns is None:
        return pixels
    numbers = [tuple(map(int, re.findall(r"\d{1,6}", columns[k][:60]))) for k in pixels]
    if len({len(number) for number in numbers}) != 1 or len(set(numbers)) != len(numbers):
        return pixels
    if len({re.sub(r"\d+", "", columns[k]) for k in pixels}) != 1 or not numbers[0]:
        return pixels
    return [pixels[k] for k in sorted(range(len(pixels)), key=numbers.__getitem__)]


def _check_numbers(rows: Rows, pixels: list[int], title: str) -> None:
    for column in pixels:
        wrong = np.flatnonzero(np.isnan(rows.numbers[:, column]))
        if wrong.size:
            row = int(wrong[0])
            cell = rows.words[column][row][:20] if column in rows.words else ""
            raise DigitLabError(
                f"{title} has {repr(cell) if cell else 'no number'} as a pixel in line"
                f" {row + 1 + (rows.columns is not None):,}, column {column + 1:,}: save numbers"
                " only, with one column for each pixel."
            )


def _no_labels(rows: Rows, keep: list[int], title: str) -> DigitLabError:
    if is_square(len(keep)):
        return DigitLabError(
            f"{title} has {len(keep):,} pixels in each line and no label: bring the file with"
            " labels (of Kaggle's two files, train.csv)."
        )
    return DigitLabError(
        f"{title} has {len(keep):,} columns, and a label and pixels were expected, as 1 + 784:"
        " save one line for each image, with its label first or last."
    )
