"""The user's own data sets: untrusted files, of which everything is checked.

Supported are

- an ``.npz`` with ``x_train y_train x_test y_test``, or with ``images`` and ``labels``;
- a folder with four IDX files named as MNIST's, plain or gzipped;
- one IDX file of images with its file of labels beside it.

A file without a test part is split by a fixed rule (`validate.split`). Every fault is a
`DigitLabError` of one sentence. An upload is checked as a whole and kept in one form under ``own/``
in the data folder.
"""

import re
from pathlib import Path, PureWindowsPath

import numpy as np

from core.data import idx
from core.data.dataset import Dataset, TestSet, make_dataset, make_test_set
from core.data.validate import as_images, as_labels, check_extent, split
from core.disk.atomic import keeping, locked, replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.paths import data_folder

MAX_BYTES = 512 * 1024**2  # unpacked; enough for MNIST in float64
_FOUR = ("x_train", "y_train", "x_test", "y_test")
_TRAIN, _TEST = _FOUR[:2], _FOUR[2:]
_PAIR = ("images", "labels")
_ZIP = b"PK"
_LOCK = ".lock"  # in the folder of imported data sets, held while one of them is placed
_NO_FILES = ("mnist", "sample")  # sources that a file's name must not be mistaken for
MOST = 50  # imported data sets that are kept
_STEM_LENGTH = 40  # characters; at four bytes each, every file system accepts the name
_NAME_LENGTH = 100  # characters
# Parts of paths, Markdown, HTML, and characters that cannot be seen or written.
_NO_NAME = re.compile(
    r"[/\\:~*?\"<>|`$\[\]\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

Arrays = dict[str, np.ndarray]


def load(path: Path) -> Dataset:
    """Read and check one of the user's own data sets.

    Parameters
    ----------
    path : pathlib.Path
        An ``.npz``, an IDX file of images, or a folder with four IDX files.

    Returns
    -------
    Dataset
        Its name is the path, its title the file's name (`name_of`).

    Raises
    ------
    DigitLabError
        The file cannot be read, or breaks a rule of `core.data.validate`.
    """
    title = _unlike_built_in(plain(path.stem))
    return make_dataset(str(path), title, **_checked(_read(path), path.name))


def load_test(path: Path) -> TestSet:
    """Read and check the test part; if the file stores it separately, nothing else is read.

    Parameters
    ----------
    path : pathlib.Path
        As for `load`.

    Returns
    -------
    TestSet

    Raises
    ------
    DigitLabError
        The file cannot be read, or its test part breaks a rule of `core.data.validate`.
    """
    arrays = _read_test(path)
    if arrays:
        return make_test_set(*_pair(arrays, _TEST, path.name))
    whole = load(path)
    # Copies, so that the memory of the training images can be freed.
    return make_test_set(whole.x_test.copy(), whole.y_test.copy())


def import_upload(name: str, data: bytes) -> Path:
    """Check an uploaded ``.npz`` and add it to the user's own data sets.

    Parameters
    ----------
    name : str
        Its name on the user's machine. It decides the data set's name, never its place on disk.
    data : bytes
        The file.

    Returns
    -------
    pathlib.Path
        An ``.npz`` of four uint8 arrays. A different data set of the same name is not replaced: the
        new one gets a number.

    Raises
    ------
    DigitLabError
        As for `load`, `MOST` are kept already, or the file cannot be saved.
    """
    title = PureWindowsPath(name).name  # accepts both kinds of slashes
    if not data.startswith(_ZIP):
        raise DigitLabError(
            f"{title} is not an .npz file: save images and labels with numpy.savez_compressed."
        )
    arrays = _checked(_read_npz(data, title), title)
    digest = idx.sha256(*(arrays[part] for part in _FOUR))
    # If two people upload at once, neither takes the name that the other has found free.
    with keeping(title, _own_folder(), "DIGIT_LAB_DATA"), locked(_own_folder() / _LOCK):
        path = _place_for(_safe_stem(title), digest)
        if not path.exists():
            if len(own_files()) >= MOST:
                raise DigitLabError(
                    f"{MOST} data sets are kept already, the most that can be: delete some in "
                    f"'{_own_folder()}' and try again."
                )
            with replacing(path) as temporary:
                np.savez(temporary, allow_pickle=False, **arrays)
    return path


def own_files() -> list[Path]:
    """List the imported data sets, by name."""
    return sorted(_own_folder().glob("[!.]*.npz"))  # a leading dot: still being written


def name_of(source: str) -> str:
    """Return a source's name for other machines, where its path means nothing.

    A file goes by its stem, made `plain`. If that is the name of MNIST or the offline sample, it is
    prefixed with ``own-``, so that nobody mistakes one for the other.
    """
    # PureWindowsPath accepts both kinds of slashes.
    return source if source in _NO_FILES else _unlike_built_in(plain(PureWindowsPath(source).stem))


def plain(name: str) -> str:
    """Return a name that is safe to pass on: at most 100 characters, no path, Markdown or HTML.

    A name that is plain already is not changed.
    """
    return _NO_NAME.sub("-", name).lstrip(" .")[:_NAME_LENGTH] or "own-digits"


def own_file(name: str) -> Path | None:
    """Return the imported data set with this name, as `name_of` gives it, if there is one."""
    return next((path for path in own_files() if name_of(str(path)) == name), None)


def _unlike_built_in(stem: str) -> str:
    return f"own-{stem}" if stem.lower() in _NO_FILES else stem


def _read(path: Path) -> Arrays:
    """Return the arrays by name as they are in the file: ``_FOUR`` or ``_PAIR``."""
    if path.is_dir():
        return {part: idx.read(file, MAX_BYTES) for part, file in _located(path).items()}
    if _is_npz(path):
        return _read_npz(path)
    labels = idx.labels_beside(path)
    if labels is None:
        raise DigitLabError(
            f"{path.name} is neither an .npz nor an IDX file of images with its labels beside it:"
            " name an .npz, or a pair like a-images-idx3-ubyte and a-labels-idx1-ubyte."
        )
    return {"images": idx.read(path, MAX_BYTES), "labels": idx.read(labels, MAX_BYTES)}


def _read_test(path: Path) -> Arrays:
    """Return the test part as it is in the file; empty if the file has none."""
    if path.is_dir():
        located = _located(path)
        return {part: idx.read(located[part], MAX_BYTES) for part in _TEST}
    return read_arrays(path, _TEST, MAX_BYTES) if _is_npz(path) else {}


def _read_npz(source: Path | bytes, title: str = "") -> Arrays:
    four = read_arrays(source, _FOUR, MAX_BYTES, title)
    return four or read_arrays(source, _PAIR, MAX_BYTES, title)


def _is_npz(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ZIP)) == _ZIP or path.suffix == ".npz"
    except OSError as fault:
        raise DigitLabError(
            f"{path} cannot be read ({fault.strerror}): check its name and permissions."
        ) from fault


def _located(folder: Path) -> dict[str, Path]:
    found = idx.locate(folder)
    if found is None:
        names = ", ".join(pattern.format("-") for pattern in idx.FILES.values())
        raise DigitLabError(f"{folder} should hold four IDX files: {names}, plain or as .gz.")
    return found


def _checked(arrays: Arrays, title: str) -> Arrays:
    """Return ``_FOUR`` in the form of every data set."""
    if not arrays:
        raise DigitLabError(
            f"{title} has none of the expected arrays: name them images and labels, or"
            " x_train, y_train, x_test and y_test."
        )
    if arrays.keys() <= set(_PAIR):
        images, labels = _pair(arrays, _PAIR, title)
        train, test = split(labels)
        parts = (images[train], labels[train], images[test], labels[test])
    else:
        parts = (*_pair(arrays, _TRAIN, title), *_pair(arrays, _TEST, title))
    checked = dict(zip(_FOUR, parts, strict=True))
    check_extent(checked["y_train"], checked["y_test"], title)
    return checked


def _pair(arrays: Arrays, names: tuple[str, ...], title: str) -> tuple[np.ndarray, np.ndarray]:
    """Return checked images and their labels."""
    for name in names:
        if name not in arrays:
            raise DigitLabError(f"{title} lacks {name}: save it beside {', '.join(arrays)}.")
    fields = [f"{name} in {title}" for name in names]
    images = as_images(arrays[names[0]], fields[0])
    return images, as_labels(arrays[names[1]], fields[1], len(images))


def _own_folder() -> Path:
    return data_folder() / "own"


def _safe_stem(title: str) -> str:
    stem = re.sub(r"[^\w-]+", "-", Path(title).stem)[:_STEM_LENGTH].strip("-_")
    return _unlike_built_in(stem) or "digits"


def _place_for(stem: str, digest: str) -> Path:
    """Return the first path with that name that is free or holds the same digits."""
    number = 1
    while True:
        path = _own_folder() / f"{stem}{'' if number == 1 else f'-{number}'}.npz"
        if not path.exists() or _digest(path) == digest:
            return path
        number += 1


def _digest(path: Path) -> str | None:
    try:
        return load(path).digest
    except DigitLabError:  # somebody else's file, or a damaged one: not ours to replace
        return None
