"""Text with tables: CSV and TSV with any common separator, with or without a header, and ARFF.

ARFF is CSV with another header. Lines and columns are bounded before pandas parses them.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from core.data.brought import names
from core.data.brought.contents import MAX_BYTES, Entry, too_large, torn
from core.data.validate import MAX_IMAGES
from core.disk import zip_entries
from core.errors import DigitLabError

MAX_LINE = 400_000  # characters: room for 64 x 64 pixels in colour, each as a long number
MAX_COLUMNS = 64 * 64 * 3 + 16
_ROWS = 4_000  # read at a time
_SEPARATORS = (",", ";", "\t", "|", " ")
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


def read(entry: Entry, title: str, fewest: int) -> Rows:
    """Read the rows of a CSV, TSV or ARFF file.

    Parameters
    ----------
    entry : Entry
    title : str
        Its name for errors.
    fewest : int
        Columns that it has at least.

    Raises
    ------
    DigitLabError
        It is no text, no table, or too large.
    """
    try:
        with _text(entry, title) as text:
            start = _start(text, title, fewest)
        with _text(entry, title) as text:
            for _ in range(start.line):
                text.readline()
            return _read_rows(text, start, title)
    except (UnicodeError, csv.Error, OSError) as fault:
        raise DigitLabError(f"{title} cannot be read as text: save it as CSV in UTF-8.") from fault


@contextmanager
def _text(entry: Entry, title: str) -> Iterator[io.TextIOWrapper]:
    head = entry.head()
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "utf-8")
    with entry.opened() as file:
        yield io.TextIOWrapper(
            io.BufferedReader(_Lines(file, title)), encoding, errors="replace", newline=None
        )


class _Lines(io.RawIOBase):
    """A file whose lines end: an endless one is refused before it fills the memory.

    It may be an entry of a damaged archive, which shows only where it is read.
    """

    def __init__(self, file: BinaryIO, title: str) -> None:
        self._file, self._title = file, title
        self._since, self._total = 0, 0  # bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._file.read(min(len(buffer), MAX_LINE))
        except zip_entries.DAMAGE as fault:
            raise torn(self._title) from fault
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
