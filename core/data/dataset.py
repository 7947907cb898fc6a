"""`Dataset` and `TestSet`: the one form of all digits once they are loaded.

Arrays are read-only, since caches share them between sessions. A digest is the SHA-256 of the
arrays' IDX files one after another, so it does not depend on the container. ``cat`` and
``sha256sum`` over MNIST's four unpacked files give the same.
"""

from dataclasses import dataclass

import numpy as np

from core.data import idx


@dataclass(frozen=True, eq=False)
class TestSet:
    """Images that no model was trained on.

    Attributes
    ----------
    x : uint8 array, shape (n, 28, 28)
        White ink (255) on black (0).
    y : uint8 array, shape (n,), 0 to 9
    digest : str
        SHA-256 of ``x`` and ``y``.
    remarks : tuple of str
        As for `Dataset`.
    writers : int array, shape (n,), or None
        Who wrote each digit, if that is known: equal numbers are the same person.
    """

    __test__ = False  # pytest would collect a class with this name

    x: np.ndarray
    y: np.ndarray
    digest: str
    remarks: tuple[str, ...] = ()
    writers: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to train on, and images to test on once, at the end.

    Attributes
    ----------
    name : str
        The source it was loaded from.
    title : str
        Its name for people.
    x_train, x_test : uint8 array, shape (n, 28, 28)
        White ink (255) on black (0).
    y_train, y_test : uint8 array, shape (n,), 0 to 9
    digest, test_digest : str
        SHA-256 of all four arrays, and of the test pair.
    remarks : tuple of str
        What was set right in digits that lay the wrong way, and what looks wrong, in sentences.
    """

    name: str
    title: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    digest: str
    test_digest: str
    remarks: tuple[str, ...] = ()


def make_test_set(
    x: np.ndarray,
    y: np.ndarray,
    *,
    remarks: tuple[str, ...] = (),
    writers: np.ndarray | None = None,
) -> TestSet:
    """Compute the digest of test arrays, which become read-only."""
    _freeze(x, y, *([] if writers is None else [writers]))
    return TestSet(x, y, idx.sha256(x, y), remarks, writers)


def make_dataset(
    name: str,
    title: str,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    *,
    remarks: tuple[str, ...] = (),
) -> Dataset:
    """Compute the digests of the four arrays, which become read-only."""
    arrays = (x_train, y_train, x_test, y_test)
    _freeze(*arrays)
    return Dataset(name, title, *arrays, idx.sha256(*arrays), idx.sha256(x_test, y_test), remarks)


def _freeze(*arrays: np.ndarray) -> None:
    for array in arrays:
        array.flags.writeable = False
