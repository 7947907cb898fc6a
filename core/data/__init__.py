"""Digits to learn from and to be tested on: MNIST, the offline sample, files of the user's.

The front door. A source is ``"mnist"``, ``"sample"``, or a file or folder of the user's: its path,
or of an imported file its name, which is all that a run or a link from elsewhere knows. Whichever
it is, what comes back has one form, checked, with a digest of its content. `load_test`
reads the test part alone, so that the app stays small. Nothing here downloads by itself: that is
`mnist.fetch`.
"""

import os
from pathlib import Path

from core.data import files, mnist, sample
from core.data.dataset import Dataset, TestSet
from core.errors import DigitLabError

__all__ = ["Dataset", "TestSet", "default_source", "load", "load_test"]

_BUILT_IN = {"mnist": mnist, "sample": sample}


def default_source() -> str:
    """Return ``"mnist"`` if it is on this machine, by a look without reading, else ``"sample"``."""
    return "sample" if mnist.find() is None else "mnist"


def load(source: str | os.PathLike[str]) -> Dataset:
    """Read a whole data set.

    Parameters
    ----------
    source : {"mnist", "sample"}, path or name
        A path is that of an ``.npz``, of an IDX file of images, or of a folder with four IDX files;
        a name is that of an imported file (`core.data.files.own_file`), which comes first.

    Returns
    -------
    Dataset
        Its ``name`` is the path that a name stands for.

    Raises
    ------
    DigitLabError
        The source is not there, or its content is not what it should be.

    Examples
    --------
    >>> digits = load("sample")
    >>> digits.x_train.shape, digits.x_test.shape, str(digits.x_train.dtype)
    ((1415, 28, 28), (382, 28, 28), 'uint8')
    """
    if source in _BUILT_IN:
        return _BUILT_IN[source].load()
    return files.load(_existing(source))


def load_test(source: str | os.PathLike[str]) -> TestSet:
    """Read the test images of a data set and, where its format permits, nothing else.

    Parameters
    ----------
    source : {"mnist", "sample"}, path or name
        As for `load`.

    Returns
    -------
    TestSet
        Its ``digest`` equals the ``test_digest`` of the whole data set.

    Raises
    ------
    DigitLabError
        The source is not there, or its test part is not what it should be.

    Examples
    --------
    >>> test = load_test("sample")
    >>> test.x.shape, test.y.shape
    ((382, 28, 28), (382,))
    >>> test.digest == load("sample").test_digest
    True
    """
    if source in _BUILT_IN:
        return _BUILT_IN[source].load_test()
    return files.load_test(_existing(source))


def _existing(source: str | os.PathLike[str]) -> Path:
    # First: a folder may be called like it wherever the program happens to run.
    own = files.own_file(os.fspath(source))
    if own is not None:
        return own
    try:
        path = Path(source).expanduser()
        if path.exists():
            return path
    except (OSError, ValueError, RuntimeError):  # a name that no file can have
        pass
    raise DigitLabError(
        f"There is no data set '{source}': name mnist, sample, or a file or folder that exists."
    )
