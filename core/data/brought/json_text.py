"""JSON and JSON lines: records with an image and a label, lists of them by name, or a table.

Containers without others in them are parsed by `json`, at most ``_LONGEST`` bytes at a time. What
holds them is followed without recursion, no deeper than ``_DEEPEST``, and becomes one array as soon
as it ends.
"""

import base64
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.data.brought import names, tables
from core.data.brought.contents import Entry
from core.data.brought.picture_folders import grey_pictures
from core.data.brought.stored import Stored, in_memory
from core.data.brought.table_text import MAX_COLUMNS, Rows
from core.errors import DigitLabError

_DEEPEST = 8  # containers within containers
_LONGEST = 32_000_000  # bytes of a container without others in it
_MOST_NUMBERS = 80_000_000  # in a file; MNIST has 55 million
_MOST_PARTS = 3_000_000  # containers in a file; MNIST in rows of 28 has two million
_MOST_WORDS = 4_000_000  # keys and values that are not numbers in a file
_MOST_KEYS = 1_000  # different rows of a table
_LONGEST_WORD = 32  # characters of a label
_TABLE = 16  # numbers in an object, at least, that is a row of a table
_MOST_BESIDE = 4  # values in a list that is one record
_USUAL = 28 * 28  # pixels
# A container without others in it; any other bracket; a word, a number or a string.
_TOKEN = re.compile(
    rb'[\s,]*+(?:([\[{](?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+[\]}])'
    rb'|([\[\]{}])|("(?:[^"\\]++|\\.)*+"|[^\s,:\[\]{}"]++)\s*+(:?))',
    re.DOTALL,
)
_BEGINNING = re.compile(rb"\s*[\[{]")
_PICTURES = ("iVBOR", "/9j/", "data:image/", "R0lGOD", "Qk")  # PNG, JPEG, any, GIF and BMP


class _Row:
    """An object of numbers alone: a row of a table, or a column as pandas writes it."""

    def __init__(self, keys: tuple[str, ...], numbers: np.ndarray) -> None:
        self.keys, self.numbers = keys, numbers


def arrays(entry: Entry, title: str) -> list[Stored]:
    """Read the arrays of a JSON file.

    Parameters
    ----------
    entry : Entry
    title : str
        Its name for errors.

    Returns
    -------
    list of Stored
        Numbers, or words; named by the keys that lead to them.

    Raises
    ------
    DigitLabError
        It is no JSON, too large or nested too deeply, or its records differ.
    """
    content = _utf8(entry.read())
    if content.count(b",") > _MOST_NUMBERS:
        raise _too_much(title, _MOST_NUMBERS, "numbers")
    try:
        parser = _Parser(title)
        values = list(parser.values(content))
        whole = values[0] if len(values) == 1 else parser.joined(values)
    except (ValueError, OverflowError, RecursionError) as fault:
        raise DigitLabError(
            f"{title} is not whole JSON: copy or download it again, or save it as CSV."
        ) from fault
    return list(_named(entry.name.rsplit(".", 1)[0], whole, title))


def is_json(entry: Entry) -> bool:
    """Return whether a text file begins as JSON's objects and lists do."""
    return _BEGINNING.match(_utf8(entry.head()[:200])) is not None


def _utf8(content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")


def _too_much(title: str, most: int, what: str) -> DigitLabError:
    return DigitLabError(
        f"{title} has more than {most:,} {what}, the most that are read from JSON: save an .npz, or"
        " fewer images."
    )


class _Parser:
    """One file's values, and how much of what takes memory they have been so far."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts = self._words = 0
        self._keys: dict[tuple[str, ...], tuple[str, ...]] = {}

    def values(self, content: bytes) -> Iterator[Any]:
        """Parse the values that follow each other in a file: one, or one a line."""
        open_: list[tuple[list[str], list[Any]]] = []  # keys and values of what has not ended
        place, end = 0, len(content.rstrip(b" \r\n\t,"))
        while place < end:
            token = _TOKEN.match(content, place)
            if token is None:
                raise ValueError("torn")
            place = token.end()
            whole, bracket, scalar, colon = token.groups()
            if colon and not open_:
                raise ValueError("a key outside of an object")
            if colon:
                open_[-1][0].append(str(json.loads(scalar)))
                continue
            if bracket in (b"[", b"{"):
                open_.append(([], []))
                if len(open_) > _DEEPEST:
                    raise DigitLabError(
                        f"{self._title} is nested more than {_DEEPEST} deep: save a list of images"
                        " and one of labels."
                    )
                continue
            if bracket:
                if not open_:
                    raise ValueError("more ends than beginnings")
                keys, values = open_.pop()
                value = self._object(keys, values) if bracket == b"}" else self.joined(values)
            else:
                value = self._parsed(whole or scalar)
            if open_:
                open_[-1][1].append(value)
            else:
                yield value
        if open_:
            raise ValueError("it ends too soon")

    def _parsed(self, piece: bytes) -> Any:
        """Parse a scalar, or a container without others in it."""
        if len(piece) > _LONGEST:
            raise DigitLabError(
                f"{self._title} has a list of more than {_LONGEST / 1e6:,.0f} MB: save a list for"
                " each image, or an .npz."
            )
        value = json.loads(piece)
        if isinstance(value, list):
            return self.joined(value)
        return self._object([*value], [*value.values()]) if isinstance(value, dict) else value

    def _object(self, keys: list[str], values: list[Any]) -> Any:
        if len(keys) != len(values):
            raise ValueError("a key without a value")
        if len(keys) >= _TABLE and all(isinstance(one, int | float) for one in values):
            self._count(parts=1)
            alike = tuple(keys)
            alike = self._keys.setdefault(alike, alike)  # once for all rows
            if len(self._keys) > _MOST_KEYS:
                raise _different(self._title)
            return _Row(alike, _compact(np.array(values, float)))
        self._count(parts=1, words=len(keys))
        return dict(zip(keys, values, strict=True))

    def joined(self, values: list[Any]) -> Any:
        """Return a list as one array if all of it is numbers, arrays of one shape, or words."""
        kinds = {type(one) for one in values}
        if kinds and kinds <= {int, float, bool}:
            self._count(parts=1)
            return _compact(np.array(values, float))
        self._count(parts=1, words=len(values))
        if kinds == {np.ndarray} and len({one.shape for one in values}) == 1:
            return np.stack(values)
        if kinds == {str} and max(map(len, values)) <= _LONGEST_WORD:
            return np.array(values)
        return values

    def _count(self, parts: int, words: int = 0) -> None:
        self._parts += parts
        self._words += words
        if self._parts > _MOST_PARTS:
            raise _too_much(self._title, _MOST_PARTS, "lists")
        if self._words > _MOST_WORDS:
            raise _too_much(self._title, _MOST_WORDS, "names and words")


def _compact(numbers: np.ndarray) -> np.ndarray:
    """Return numbers as uint8 or float32, if that is enough for pixels."""
    low, high = numbers.min(), numbers.max()
    if low >= 0 and high <= 255 and (numbers == np.rint(numbers)).all():
        return numbers.astype(np.uint8)
    with np.errstate(over="ignore"):  # infinite numbers are refused with all others
        return numbers.astype(np.float32)


def _different(title: str) -> DigitLabError:
    return DigitLabError(
        f"{title} has records of different keys: save the same numbers for each image."
    )


def _named(name: str, value: Any, title: str) -> Iterator[Stored]:
    """Name the arrays within a value by what leads to them."""
    if isinstance(value, np.ndarray):
        yield from _halves(name, value, title)
    elif isinstance(value, dict):
        if value and all(isinstance(one, _Row) for one in value.values()):
            rows = [*value.values()]
            if any(names.says_labels(key) for key in rows[0].keys):
                yield from _table(name, [*rows[0].keys], rows, title)
            else:  # as pandas writes a table: its columns, each with the names of its rows
                yield from _table(name, [*value], rows, title, across=True)
        elif isinstance(value.get("data"), np.ndarray) and _is_split(value):
            columns = [str(one) for one in value["columns"]]
            yield from _table(name, columns, [*value["data"]], title)
        else:
            for key, one in value.items():
                yield from _named(f"{name}/{key}", one, title)
    elif isinstance(value, list) and value:
        if isinstance(value[0], _Row):
            yield from _table(name, [*value[0].keys], value, title)
        elif isinstance(value[0], dict):
            for key in value[0]:
                column = [one.get(key) if isinstance(one, dict) else None for one in value]
                yield from _named(f"{name}/{key}", _column(key, column, title), title)
        elif isinstance(value[0], list):  # an image and its label beside each other
            width = len(value[0])
            if width <= _MOST_BESIDE and all(
                isinstance(one, list) and len(one) == width for one in value
            ):
                for place in range(width):
                    column = [one[place] for one in value]
                    yield from _named(f"{name}/{place}", _column(str(place), column, title), title)
        elif isinstance(value[0], str) and value[0].startswith(_PICTURES):
            yield in_memory(name, _pictures(value, title))


def _is_split(value: dict) -> bool:
    """Return whether an object is a table as pandas writes it in parts: columns and data."""
    return value["data"].ndim == 2 and len(value.get("columns", ())) == value["data"].shape[1]


def _halves(name: str, array: np.ndarray, title: str) -> Iterator[Stored]:
    """Return an array, or images and labels if it is a table of both."""
    if array.ndim == 2 and tables.label_columns(array.shape[1]) and not names.says_images(name):
        yield from _split(name, Rows(None, array, {}), title)
    elif array.ndim == 1 and len(array) > _USUAL and len(array) % _USUAL == 0:
        # Image after image; a list of as many labels has another name.
        flat = names.says_images(name)
        yield in_memory(name, array.reshape(-1, _USUAL) if flat else array)
    else:
        yield in_memory(name, array)


def _column(key: str, values: list[Any], title: str) -> Any:
    """Return what the records have under one key as one array, if it is one."""
    if values and isinstance(values[0], dict):  # as Hugging Face saves pictures
        inner = [one.get("bytes") if isinstance(one, dict) else None for one in values]
        return inner if isinstance(inner[0], str) else None
    joined = _Parser(title).joined(values)
    if isinstance(joined, list) and isinstance(joined[0], np.ndarray):
        odd = next(
            k
            for k, one in enumerate(joined)
            if not isinstance(one, np.ndarray) or one.shape != joined[0].shape
        )
        raise DigitLabError(
            f"{title} has another form of '{key[:30]}' in record {odd + 1:,} than in the first:"
            " save all images in one size."
        )
    return joined


def _pictures(values: list[Any], title: str) -> np.ndarray:
    """Decode picture files that are written in base64."""
    files: list[bytes | None] = []
    for place, one in enumerate(values):
        try:
            files.append(base64.b64decode(one.partition(";base64,")[2] or one, validate=True))
        except (ValueError, AttributeError) as fault:
            raise DigitLabError(
                f"{title} has no picture in record {place + 1:,}: leave it out."
            ) from fault
    return grey_pictures(files, title)


def _table(
    name: str, columns: list[str], rows: list[Any], title: str, *, across: bool = False
) -> Iterator[Stored]:
    numbers = [one.numbers if isinstance(one, _Row) else one for one in rows]
    keys = {one.keys for one in rows if isinstance(one, _Row)}
    if len(keys) > 1 or len({one.shape for one in numbers if isinstance(one, np.ndarray)}) > 1:
        raise _different(title)
    table = np.stack(numbers, axis=1 if across else 0)  # (n, columns)
    yield from _split(name, Rows(columns, table, {}), title)


def _split(name: str, rows: Rows, title: str) -> Iterator[Stored]:
    if rows.numbers.shape[1] > MAX_COLUMNS or math.prod(rows.numbers.shape) == 0:
        raise DigitLabError(
            f"{title} has {rows.numbers.shape[1]:,} numbers in a record and at most"
            f" {MAX_COLUMNS:,} are read: save smaller images."
        )
    pixels, labels, _ = tables.split_rows(rows, title)
    yield in_memory(f"{name}/images", pixels)
    yield in_memory(f"{name}/labels", labels)
