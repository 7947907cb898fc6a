"""Reading what people bring: which kind it is, and its images and labels by part."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np

from core.data.brought import (
    columns,
    containers,
    json_text,
    names,
    picture_folders,
    sparse,
    tables,
)
from core.data.brought.choice import Pair, choose
from core.data.brought.contents import Entry, contents
from core.data.brought.stored import Stored
from core.errors import DigitLabError

TAKEN = (
    "a CSV file with a label and pixels in each line, a folder or .zip of pictures in folders named"
    " 0 to 9, an .npz with images and labels, or IDX files as MNIST's"
)
_FEWEST_PICTURES = 2
_ARRAYS: dict[str, Callable[[Entry], list[Stored]]] = {
    "npy": containers.npy,
    "idx": containers.idx,
    "hdf5": containers.hdf5,
    "mat": containers.mat,
}
_WRITTEN = {"npy": "NPY", "idx": "IDX", "hdf5": "HDF5", "mat": "MATLAB"}
_REFUSED = {
    "pickle": "is a pickle, which can run code when it is read: save the arrays with"
    " numpy.savez_compressed",
    "arrow": "is a file of Arrow, which is not read: save it as Parquet, with to_parquet",
    "packed": "is packed in a way that is not read: unpack it, or pack it as .zip",
    "gzip": "is packed too often: unpack it first",
    "zip": "holds archives in archives in archives: unpack it first",
    "tar": "holds archives in archives in archives: unpack it first",
}
_NO_TABLE = re.compile(r"(^|/)(readme|licen[cs]e|changelog|sample_?submission)\b", re.IGNORECASE)
_PAGE = re.compile(rb"^\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_MOST_LISTS = 12  # text files that are tried as halves of a data set
_MOST_BESIDE = 1_000  # files in the folder of one that was named


def read(source: Path | list[tuple[str, bytes]], title: str) -> tuple[dict[str, Pair], str]:
    """Read images and labels from whatever holds them.

    Parameters
    ----------
    source : pathlib.Path or list of (name, content)
        A file or folder on the disk, or uploads.
    title : str
        Its name for errors.

    Returns
    -------
    pairs : dict of str to Pair
        ``train``, ``validation`` and ``test``, or ``all``.
    form : str
        What was recognised, such as "CSV, label in the first column".

    Raises
    ------
    DigitLabError
        Nothing in it is understood, or it breaks a rule; the sentence says what would help.
    """
    with contents(source) as entries:
        by_kind = _by_kind(entries)
        if isinstance(source, Path) and source.is_file() and not _are_packed(entries):
            kind = next(iter(by_kind))
            if kind in ("npy", "idx"):
                by_kind[kind] = _with_its_other_half(source, kind)
        return _read(by_kind, title)


def _are_packed(entries: list[Entry]) -> bool:
    """Return whether a file that was named is an archive, whatever it holds."""
    return len(entries) != 1 or "/" in entries[0].name


def _by_kind(entries: list[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.kind, []).append(entry)
    return found


def _read(by_kind: dict[str, list[Entry]], title: str) -> tuple[dict[str, Pair], str]:
    for kind, reader in _ARRAYS.items():
        if kind in by_kind:
            found = [one for entry in by_kind[kind] for one in reader(entry)]
            found = _one_set(found) if kind == "idx" else found
            lists = by_kind.get("text", [])
            pairs = _first_of(
                partial(choose, found, title),
                partial(_with_lists, found, lists, title),
                tried=bool(lists),
            )
            written = "NPZ" if title.lower().endswith(".npz") else _WRITTEN[kind]
            if "all" in pairs:
                written += (
                    f", images in '{pairs['all'].names[0]}', labels in '{pairs['all'].names[1]}'"
                )
            return pairs, written
    if "parquet" in by_kind:
        return _joined(by_kind["parquet"], columns.read, "Parquet", title)
    lists = by_kind.get("text", [])
    pictures = by_kind.get("picture", [])
    if len(pictures) >= _FEWEST_PICTURES:
        return picture_folders.read(pictures, lists, title)
    lists = [entry for entry in lists if not _NO_TABLE.search(entry.name)]
    if any("[Content_Types]" in entry.name for entry in lists):
        raise DigitLabError(f"{title} is a workbook or a document: save its table as CSV.")
    if lists and all(sparse.is_sparse(entry) for entry in lists):
        return _joined(lists, sparse.read, "LIBSVM", title)
    if records := [entry for entry in lists if json_text.is_json(entry)]:
        rest = [entry for entry in lists if entry not in records]
        return _first_of(
            lambda: (choose(_in_json(records, title), title), "JSON"),
            lambda: _of_text(rest, title),
            tried=bool(rest),
        )
    if lists:
        return _of_text(lists, title)
    raise _refusal(by_kind, title)


def _of_text(lists: list[Entry], title: str) -> tuple[dict[str, Pair], str]:
    return _first_of(
        lambda: _joined(lists, tables.read, "CSV", title),
        lambda: (choose(_matrices(lists), title), "CSV, labels in a file of their own"),
        tried=len(lists) > 1,
    )


def _in_json(records: list[Entry], title: str) -> list[Stored]:
    return [
        one for entry in records for one in json_text.arrays(entry, _name(entry, records, title))
    ]


Result = TypeVar("Result")


def _first_of(one: Callable[[], Result], other: Callable[[], Result], *, tried: bool) -> Result:
    """Read one way, and if that is refused another; the first refusal is said."""
    try:
        return one()
    except DigitLabError:
        if not tried:
            raise
        with suppress(DigitLabError):
            return other()
        raise


def _with_lists(found: list[Stored], lists: list[Entry], title: str) -> dict[str, Pair]:
    return choose([*found, *_matrices(lists)], title)


def _matrices(lists: list[Entry]) -> list[Stored]:
    """Return the text files that hold numbers or labels alone."""
    found = []
    for entry in lists[:_MOST_LISTS]:
        with suppress(DigitLabError):
            if json_text.is_json(entry):
                found += json_text.arrays(entry, entry.name)
            else:
                found.append(tables.matrix(entry, entry.name))
    return found


def _refusal(by_kind: dict[str, list[Entry]], title: str) -> DigitLabError:
    for kind, why in _REFUSED.items():
        if kind in by_kind:
            return DigitLabError(f"{title} {why}.")
    if "picture" in by_kind:
        return DigitLabError(
            f"{title} is a single picture, and a data set has at least 20: read it on the Draw"
            " page, or bring a folder of pictures as .zip."
        )
    known = "is of a kind that is not known" if any(by_kind) else "is empty"
    what = "holds no files" if not by_kind else known
    return DigitLabError(f"{title} {what}: bring {TAKEN}.")


def _joined(
    entries: list[Entry],
    reader: Callable[[Entry, str], tuple[np.ndarray, np.ndarray, str]],
    form: str,
    title: str,
) -> tuple[dict[str, Pair], str]:
    """Read tables, several of one part one after another; those without labels are left out."""
    read: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    said, faults = "", []
    for entry in entries:
        name = _name(entry, entries, title)
        try:
            _check_kind(entry, title)
            pixels, labels, said = reader(entry, name)
        except DigitLabError as fault:
            faults.append(fault)
        else:
            part = names.part_of(entry.name) or "all"
            read.setdefault(part, []).append((pixels, labels))
    if not read:
        raise faults[0]
    if "all" in read and "train" in read:
        raise DigitLabError(
            f"{title} has tables in which training and test are not told apart: name them train.csv"
            " and test.csv, or bring one."
        )
    field = f"the pixels in {title}"
    pairs = {}
    for part, tables_read in read.items():
        if len({(one.shape[1:], its.shape[1:]) for one, its in tables_read}) > 1:
            raise DigitLabError(
                f"{title} has tables with images of different sizes: bring one of them."
            )
        images = np.concatenate([one for one, _ in tables_read])
        labels = np.concatenate([its for _, its in tables_read])
        pairs[part] = Pair(images, labels, (field, f"the labels in {title}"))
    left_out = f"; {len(faults)} without labels left out" if faults else ""
    return pairs, f"{form}, {said}{left_out}"


def _name(entry: Entry, entries: list[Entry], title: str) -> str:
    """Return what one of several files is called in errors."""
    return PurePosixPath(entry.name).name if len(entries) > 1 else title


def _check_kind(entry: Entry, title: str) -> None:
    head = entry.head()[:200]
    if _PAGE.match(head):
        raise DigitLabError(
            f"{title} is a web page, not a file of digits: download the file itself."
        )
    if head.startswith(b"version https://git-lfs"):
        raise DigitLabError(
            f"{title} is a pointer of Git LFS, not the file itself: run `git lfs pull`."
        )


def _one_set(found: list[Stored]) -> list[Stored]:
    """Leave out copies, and of several data sets all but the one of digits.

    torchvision keeps files packed and unpacked, Kaggle in and beside a folder, and EMNIST comes
    with letters.
    """
    different = {(_said(one), one.shape): one for one in reversed(found)}
    sets: dict[tuple[str, ...], list[Stored]] = {}
    for one in reversed(different.values()):
        sets.setdefault(_set_of(one), []).append(one)
    complete = [some for some in sets.values() if len(some) > 1]
    if len(complete) > 1:
        for wanted in ("digits", "mnist"):
            named = [some for key, some in sets.items() if wanted in key and some in complete]
            if len(named) == 1:
                return named[0]
    return [one for some in sets.values() for one in some]


def _said(one: Stored) -> tuple[str, ...]:
    return tuple(names.words(PurePosixPath(one.name).name))


def _set_of(one: Stored) -> tuple[str, ...]:
    """Return the words of a name that say neither part nor content nor format."""
    known = {*names.LABEL_WORDS, *names.IMAGE_WORDS, "idx", "ubyte", "gz"} - {"digits"}
    parts = {word for words in names.PARTS.values() for word in words}
    return tuple(word for word in _said(one) if word not in known | parts and not word.isdecimal())


def _with_its_other_half(path: Path, kind: str) -> list[Entry]:
    """Return a file of images and the file of labels beside it, or the other way round."""
    here = Stored(path.name, (), np.dtype("u1"), lambda: np.empty(0))
    beside = sorted(path.parent.iterdir())[:_MOST_BESIDE]
    with contents(path) as entries:
        found = entries
    for other in beside:
        its = Stored(other.name, (), np.dtype("u1"), lambda: np.empty(0))
        alike = _set_of(its) == _set_of(here) and names.part_of(its.name) == names.part_of(
            here.name
        )
        if other != path and other.is_file() and alike and _said(its) != _said(here):
            with contents(other) as entries:
                if not _are_packed(entries):
                    found = [*found, *(entry for entry in entries if entry.kind == kind)]
    return found
