"""The user's own data sets: untrusted files, of which everything is checked.

Whatever holds digits is understood (`core.data.brought`): tables, folders and archives of pictures,
arrays of any names, IDX files. How the digits lie is looked at, and what lies the wrong way is set
right and said. Every fault is a `DigitLabError` of one sentence. An upload is kept in one form
under ``own/`` in the data folder; what lies there was looked at before, and stays as it is.
"""

import re
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import numpy as np

from core.data import idx
from core.data.dataset import Dataset, TestSet, make_dataset, make_test_set
from core.disk.atomic import keeping, locked, replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.paths import own_data_folder

if TYPE_CHECKING:
    from core.data.brought.digits import Brought

MAX_BYTES = 512 * 1024**2  # unpacked, of a file in the form that is kept
_FOUR = ("x_train", "y_train", "x_test", "y_test")
_TEST = _FOUR[2:]
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
Uploads = list[tuple[str, bytes]]


def load(path: Path, *, as_is: bool = False) -> Dataset:
    """Read and check one of the user's own data sets.

    Parameters
    ----------
    path : pathlib.Path
        Whatever holds digits: a file, a folder or an archive.
    as_is : bool
        Leave digits as they lie, and take what does not look like digits.

    Returns
    -------
    Dataset
        Its name is the path, its title the file's name (`name_of`), its remarks what was set right.

    Raises
    ------
    DigitLabError
        The file cannot be read, breaks a rule of `core.data.validate`, or shows no digits.
    """
    title = _unlike_built_in(plain(path.stem))
    kept = _kept(path, _FOUR)
    if kept is not None:
        return make_dataset(str(path), title, *kept.values())
    found = look(path, as_is=as_is)
    remarks = found.remarks if as_is else [*found.set_right(), *found.remarks]
    return make_dataset(str(path), title, *found.arrays(as_is).values(), remarks=tuple(remarks))


def load_test(path: Path, *, as_is: bool = False) -> TestSet:
    """Read and check the test part; if it is kept in the form of a data set, nothing else is read.

    Parameters
    ----------
    path : pathlib.Path
    as_is : bool
        As for `load`.

    Returns
    -------
    TestSet

    Raises
    ------
    DigitLabError
        The file cannot be read, or its test part breaks a rule of `core.data.validate`.
    """
    kept = _kept(path, _TEST)
    if kept is not None:
        return make_test_set(kept["x_test"], kept["y_test"])
    whole = load(path, as_is=as_is)
    # Copies, so that the memory of the training images can be freed.
    return make_test_set(whole.x_test.copy(), whole.y_test.copy(), remarks=whole.remarks)


def look(source: Path | Uploads, *, as_is: bool = False) -> "Brought":
    """Read digits and see how they lie, before anything is kept.

    Parameters
    ----------
    source : pathlib.Path or list of (name, content)
        A file, a folder, or uploaded files, which stand for a folder if there are several.
    as_is : bool
        Ask no model how the digits lie, nor whether they are digits.

    Raises
    ------
    DigitLabError
        As for `load`.
    """
    from core.data.brought import digits

    if isinstance(source, Path):
        return digits.look(source, source.name or str(source), judged=not as_is)
    # Names decide what is in a file, never a place on the disk. Both kinds of slashes are accepted.
    uploads = [(PureWindowsPath(name).name, content) for name, content in source]
    title = uploads[0][0] if len(uploads) == 1 else "The files"
    return digits.look(uploads, title, judged=not as_is)


def import_upload(name: str, data: bytes) -> Path:
    """Look at an uploaded file, and add it to the user's own data sets: `look` and `keep`."""
    return keep(look([(name, data)]), name)


def keep(found: "Brought", name: str, *, as_is: bool = False) -> Path:
    """Add digits that were looked at to the user's own data sets.

    Parameters
    ----------
    found : Brought
    name : str
        Of the file on the user's machine. It decides the data set's name, never its place on disk.
    as_is : bool
        Keep the digits as they lie instead of setting them right.

    Returns
    -------
    pathlib.Path
        An ``.npz`` of four uint8 arrays. A different data set of the same name is not replaced: the
        new one gets a number.

    Raises
    ------
    DigitLabError
        `MOST` are kept already, or the file cannot be saved.
    """
    title = PureWindowsPath(name).name  # accepts both kinds of slashes
    arrays = found.arrays(as_is)
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


def _kept(path: Path, parts: tuple[str, ...]) -> Arrays | None:
    """Return arrays that lie in the folder of imported data sets, in the form of every data set.

    ``None`` if the file lies elsewhere or has another form: then it is looked at.
    """
    if path.parent != _own_folder() or path.suffix != ".npz":
        return None
    arrays = read_arrays(path, parts, MAX_BYTES)
    images, labels = parts[::2], parts[1::2]
    if len(arrays) < len(parts) or any(array.dtype != np.uint8 for array in arrays.values()):
        return None
    for x, y in zip(images, labels, strict=True):
        whole = arrays[x].shape == (len(arrays[y]), 28, 28) and arrays[y].ndim == 1
        if not whole or not len(arrays[y]) or arrays[y].max() > 9:
            return None
    return arrays


def _own_folder() -> Path:
    return own_data_folder()


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
