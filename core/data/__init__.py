"""Data: digits to train and test on, from MNIST, the offline sample or the user's own files.

The single entry point. A source is ``"mnist"``, ``"sample"``, or the path of the user's file or
folder; ``"qmnist"`` is only tested on. An imported file also goes by its name, which is all that a
run or a link from elsewhere knows. Every source gives the same checked form, with a digest of its
content. `load_test` reads the test part alone, which keeps the app small. Only `fetch` of `mnist`,
`qmnist` and `pendigits` downloads anything; `first_fetch` calls the first one unasked.
"""

import os
from pathlib import Path

from core.data import files, mnist, qmnist, sample
from core.data.dataset import Dataset, TestSet
from core.errors import DigitLabError

__all__ = ["Dataset", "TestSet", "default_source", "existing", "load", "load_test"]

_BUILT_IN = {"mnist": mnist, "sample": sample, qmnist.NAME: qmnist}


def default_source() -> str:
    """Return ``"mnist"`` if it is found on this machine, unread, else ``"sample"``."""
    return "sample" if mnist.find() is None else "mnist"


def load(source: str | os.PathLike[str], *, as_is: bool = False) -> Dataset:
    """Read a whole data set.

    Parameters
    ----------
    source : {"mnist", "sample"}, path or name
        The path of whatever holds digits: a CSV file, a folder or archive of pictures, arrays, IDX
        files; or the name of an imported file (`core.data.files.own_file`), which takes precedence.
    as_is : bool
        Leave digits as they lie, and take what does not look like digits; see `Dataset.remarks`.

    Returns
    -------
    Dataset
        Its ``name`` is the path, also for a source given by name.

    Raises
    ------
    DigitLabError
        The source is missing, or its content is not valid.

    Examples
    --------
    >>> digits = load("sample")
    >>> digits.x_train.shape, digits.x_test.shape, str(digits.x_train.dtype)
    ((1415, 28, 28), (382, 28, 28), 'uint8')
    """
    if source in _BUILT_IN:
        return _BUILT_IN[source].load()
    return files.load(existing(source), as_is=as_is)


def load_test(source: str | os.PathLike[str], *, as_is: bool = False) -> TestSet:
    """Read the test images of a data set and, if its format permits, nothing else.

    Parameters
    ----------
    source : {"mnist", "sample", "qmnist"}, path or name
    as_is : bool
        As for `load`.

    Returns
    -------
    TestSet
        Its ``digest`` equals the ``test_digest`` of the whole data set.

    Raises
    ------
    DigitLabError
        The source is missing, or its test part is not valid.

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
    return files.load_test(existing(source), as_is=as_is)


def existing(source: str | os.PathLike[str]) -> Path:
    """Return the path of a source that is a file or a folder; raises DigitLabError if none is."""
    # First: the current folder may contain an entry of the same name.
    own = files.own_file(os.fspath(source))
    if own is not None:
        return own
    try:
        path = Path(source).expanduser()
        if path.exists():
            return path
    except (OSError, ValueError, RuntimeError):  # not a possible file name
        pass
    raise DigitLabError(
        f"There is no data set '{source}': name mnist, sample, or a file or folder that exists."
    )
