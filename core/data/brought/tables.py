"""Tables: a row an image, its label in one column or ten, its pixels in the others.

CSV and TSV with any common separator, with or without a header; ARFF, which is CSV with another
header; and Parquet, whose images may be pixels, lists or picture files.
"""

import csv
import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from core.data.brought import names
from core.data.brought.contents import MAX_BYTES, Entry, too_large
from core.data.brought.stored import Stored, in_memory
from core.data.validate import MAX_IMAGES
from core.errors import DigitLabError

MAX_LINE = 400_000  # characters: room for 64 x 64 pixels in colour, each as a long number
MAX_COLUMNS = 64 * 64 * 3 + 16
_ROWS = 4_000  # read at a time
_SEPARATORS = (",", ";", "\t", "|", " ")
_INDEX_NAMES = ("", "unnamed: 0", "id", "index", "idx", "row", "imageid", "image_id", "no")
_SMALLEST = 64  # pixels: fewer than 8 x 8 hold no digit
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class Rows:
    """A table as it was read.

    Attributes
    ----------
    columns : list of str or None
        Their names, or ``None`` if there is no header.
    numbers : uint8 or float32 array, shape (n, p)
        NaN where a cell holds no number.
    words : dict of int to list of str
        Columns that hold words, as written.
    """

    def __init__(
        self, columns: list[str] | None, numbers: np.ndarray, words: dict[int, list[str]]
    ) -> None:
        self.columns, self.numbers, self.words = columns, numbers, words


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
    return split_rows(_rows(entry, title), title)


def matrix(entry: Entry, title: str) -> Stored:
    """Read a file of numbers or labels alone, whose other half lies in another file.

    Raises
    ------
    DigitLabError
        It is no table.
    """
    rows = _rows(entry, title, fewest=1)
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


def _rows(entry: Entry, title: str, fewest: int = _SMALLEST) -> Rows:
    try:
        with _text(entry, title) as text:
            start = _start(text, title, fewest)
        with _text(entry, title) as text:
            for _ in range(start.line):
                text.readline()
            return _read_rows(text, start, title)
    except (UnicodeError, csv.Error, EOFError, OSError) as fault:
        raise DigitLabError(f"{title} cannot be read as text: save it as CSV in UTF-8.") from fault


@contextmanager
def _text(entry: Entry, title: str) -> Iterator[io.TextIOWrapper]:
    with entry.opened() as file:
        head = file.read(4)
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "utf-8")
    with entry.opened() as file:
        yield io.TextIOWrapper(
            io.BufferedReader(_Lines(file, title)), encoding, errors="replace", newline=None
        )


class _Lines(io.RawIOBase):
    """A file whose lines end: an endless one is refused before it fills the memory."""

    def __init__(self, file: BinaryIO, title: str) -> None:
        self._file, self._title = file, title
        self._since, self._total = 0, 0  # bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(min(len(buffer), MAX_LINE))
        self._total += len(piece)
        if self._total > MAX_BYTES:
            raise too_large(self._title)
        first, last = _line_end(piece)
        longest = self._since + (len(piece) if first < 0 else first)
        if longest > 2 * MAX_LINE:
            raise DigitLabError(
                f"{self._title} has a line of more than {2 * MAX_LINE:,} characters: save one line"
                " for each image."
            )
        self._since = longest if first < 0 else len(piece) - last
        buffer[: len(piece)] = piece
        return len(piece)


def _line_end(piece: bytes) -> tuple[int, int]:
    mark = b"\n" if b"\n" in piece else b"\r"
    return piece.find(mark), piece.rfind(mark)


class _Start(NamedTuple):
    """Where a table begins, and how it is written."""

    line: int  # of the first row, from 0
    separator: str
    columns: list[str] | None


def _start(text: io.TextIOWrapper, title: str, fewest: int) -> _Start:
    """Find the first row of a table, behind its header, comments and ARFF's names of columns."""
    attributes: list[str] = []
    for number, line in enumerate(iter(text.readline, "")):
        stripped = line.strip(" \r\n")
        small = stripped[:12].lower()
        if small.startswith("@attribute"):
            attributes.append("".join(stripped.split(None, 2)[1:2]).strip("'\"")[:60])
            if len(attributes) > MAX_COLUMNS:
                break
        elif stripped and not stripped.startswith(("#", "%", "@")) and not small.startswith("sep="):
            separator = _separator(stripped, fewest)
            cells = _cells(stripped, separator)
            if len(cells) > MAX_COLUMNS:
                raise DigitLabError(
                    f"{title} has {len(cells):,} columns and at most {MAX_COLUMNS:,} are read: save"
                    " smaller images."
                )
            if len(cells) < fewest:
                raise _too_few(stripped, title)
            if attributes or not _is_header(cells):
                return _Start(number, separator, attributes or None)
            return _Start(number + 1, separator, cells)
    raise DigitLabError(f"{title} holds no table: save one line for each image as CSV.")


def _too_few(line: str, title: str) -> DigitLabError:
    columns = len(re.split(r"[,;\t|]|\s+", line))
    return DigitLabError(
        f"{title} has {columns} columns, too few for images: save a label and one column for each"
        " pixel in each line, as 1 + 784."
    )


def _separator(line: str, fewest: int) -> str:
    counts = {mark: line.count(mark) for mark in _SEPARATORS}
    # A decimal comma beside semicolons or tabs separates nothing.
    for mark in (";", "\t", "|", ","):
        if counts[mark] >= max(fewest - 1, 1):
            return mark
    return " "


def _is_header(cells: list[str]) -> bool:
    """Return whether the first line names the columns, if only with their numbers."""
    if {cells[0].lower(), cells[-1].lower()} & {*names.LABEL_WORDS}:
        return True
    inner = cells[1:-1] or cells
    if not all(_is_number(cell) for cell in inner):
        return True
    # As pandas writes columns without names: 0, 1, 2 and so on.
    first = int(inner[0]) if re.fullmatch(r"\d{1,2}", inner[0]) else -1
    return len(inner) > 2 and inner == [str(first + k) for k in range(len(inner))]


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".") or "0")
    except ValueError:
        return False
    return True


def _read_rows(text: io.TextIOWrapper, start: _Start, title: str) -> Rows:
    import pandas as pd

    parts: list[np.ndarray] = []
    words: dict[int, list[str]] = {}
    seen = 0
    try:
        reader = pd.read_csv(
            text,
            header=None,
            sep=r"\s+" if start.separator == " " else start.separator,
            chunksize=_ROWS,
            skipinitialspace=True,
            decimal="," if start.separator == ";" else ".",
            low_memory=False,
            na_values=["?"],
        )
        for chunk in reader:
            seen += len(chunk)
            if seen > MAX_IMAGES:
                raise DigitLabError(
                    f"{title} has more than {MAX_IMAGES:,} lines, the most that are read: save"
                    " fewer images."
                )
            parts.append(_as_numbers(chunk, words, seen - len(chunk)))
    except pd.errors.EmptyDataError as fault:
        raise DigitLabError(
            f"{title} has a header and no images: save one line for each."
        ) from fault
    except (pd.errors.ParserError, ValueError) as fault:
        place = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(fault))
        detail = f"it has lines of {place[1]} and of {place[3]} cells" if place else "it is torn"
        raise DigitLabError(
            f"{title} is not a table that can be read ({detail}): save it again as CSV."
        ) from fault
    numbers = np.concatenate(parts)
    return Rows(_fitting(start.columns, numbers.shape[1]), numbers, words)


def _fitting(columns: list[str] | None, count: int) -> list[str] | None:
    """Return as many names as columns: the one of the rows' numbers is left out by some."""
    if columns is None or len(columns) == count:
        return columns
    return ["", *columns] if len(columns) == count - 1 else [str(k) for k in range(count)]


def _as_numbers(chunk: Any, words: dict[int, list[str]], before: int) -> np.ndarray:
    """Return a chunk as uint8 or float32; words become NaN, and their columns are kept."""
    import pandas as pd

    if not words and all(pd.api.types.is_numeric_dtype(kind) for kind in chunk.dtypes):
        whole = chunk.to_numpy()
        if whole.dtype.kind in "iu" and whole.min() >= 0 and whole.max() <= 255:
            return whole.astype(np.uint8)  # a quarter of the memory, for all of a large table
        return whole.astype(np.float32)
    numbers = np.empty(chunk.shape, np.float32)
    for place, (column, values) in enumerate(chunk.items()):
        is_number = pd.api.types.is_numeric_dtype(values)
        if not is_number or column in words:
            said = values.fillna("").astype(str).tolist()
            words[column] = words.get(column, [""] * before) + said
        numbers[:, place] = (
            values.to_numpy(np.float32, na_value=np.nan)
            if is_number
            else pd.to_numeric(values, errors="coerce")
        )
    return numbers
