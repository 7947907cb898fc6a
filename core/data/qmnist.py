"""QMNIST's recovered test digits: a second test set, which nothing is trained or chosen on.

MNIST's test images are the first 10,000 of the 60,000 that its authors made. Yadav and Bottou made
the other 50,000 again from NIST's originals, and noted who wrote each digit. The two published
files are fetched with ``python -m core data --fetch qmnist``, kept as they are, and used only if
their SHA-256 is right. Training refuses the name.

C. Yadav and L. Bottou: Cold Case: The Lost MNIST Digits, NeurIPS 2019,
https://arxiv.org/abs/1905.10498.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from core.data import idx
from core.data.dataset import TestSet, make_test_set
from core.data.mirrors import Mirror, Progress, download
from core.disk.atomic import check_can_write, write_record
from core.errors import DigitLabError
from core.paths import data_folder

NAME = "qmnist"
ONLY_TESTED = (
    "QMNIST is a test set that nothing is trained or chosen on: train on other data, and score the "
    "model with `python -m core evaluate MODEL --data qmnist`."
)
_SETTING = "DIGIT_LAB_DATA"
_SUB_FOLDERS = (".", "qmnist", "QMNIST", "QMNIST/raw")  # the last is torchvision's
_MAX_FILE = 64_000_000  # each takes less than 10 MB
_SIDE = 28
_COLUMNS = 8  # of the labels: class, NIST's series, writer, and five that are not used here


@dataclass(frozen=True)
class Published:
    """The published files.

    Attributes
    ----------
    mirror : Mirror
        Has the images and the labels, in this order.
    sha256 : tuple of str
        Digests of the two files, packed.
    images : int
        Number of images.
    known : int
        How many of them, the first, are MNIST's test images.
    """

    mirror: Mirror
    sha256: tuple[str, str]
    images: int
    known: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the two files."""
        return tuple(self.mirror.files)


PUBLISHED = Published(
    Mirror(
        "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
        {
            "qmnist-test-images-idx3-ubyte.gz": 9_742_279,
            "qmnist-test-labels-idx2-int.gz": 526_800,
        },
    ),
    (
        "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
        "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
    ),
    images=60_000,
    known=10_000,
)


def find(published: Published = PUBLISHED) -> Path | None:
    """Return the folder of the two files, unread; ``None`` if there is none."""
    return next(_copies(published), None)


def load() -> NoReturn:
    """Refuse: there is nothing to train on.

    Raises
    ------
    DigitLabError
        Always.
    """
    raise DigitLabError(ONLY_TESTED)


def load_test(published: Published = PUBLISHED) -> TestSet:
    """Read and verify the recovered digits, with their writers.

    Raises
    ------
    DigitLabError
        They are not on this machine, or differ from the published files.
    """
    folder = find(published)
    if folder is None:
        raise DigitLabError(
            "QMNIST is not on this machine: get it with `python -m core data --fetch qmnist`, or "
            f"put {' and '.join(published.names)} into {data_folder()}."
        )
    try:
        contents = [_content(folder / name) for name in published.names]
        return _read(contents, published)
    except (DigitLabError, OSError) as fault:
        raise DigitLabError(
            f"{folder} does not hold QMNIST as it was published ({fault}): remove its files and "
            "get them again with `python -m core data --fetch qmnist`."
        ) from fault


def fetch(progress: Progress, published: Published = PUBLISHED) -> Path:
    """Download the two files into the data folder.

    Parameters
    ----------
    progress : callable
        Called with the bytes done and the bytes in total.
    published : Published

    Returns
    -------
    pathlib.Path
        The folder. Each file appears verified and whole, or not at all.

    Raises
    ------
    DigitLabError
        The server did not deliver them, or the folder cannot be written. Can be tried again.
    """
    folder = data_folder()
    check_can_write("QMNIST", folder, _SETTING)
    try:
        contents = download(published.mirror, progress)
        _read(contents, published)
    except (DigitLabError, OSError, ValueError) as fault:
        raise DigitLabError(
            f"QMNIST could not be downloaded from {published.mirror.base}: nothing was lost; check "
            f"the network connection and try again, or put {' and '.join(published.names)} into "
            f"{folder}."
        ) from fault
    for name, content in zip(published.names, contents, strict=True):
        write_record(folder / name, content, "QMNIST was downloaded but", setting=_SETTING)
    return folder


def _copies(published: Published) -> Iterator[Path]:
    for folder in (data_folder() / name for name in _SUB_FOLDERS):
        if all((folder / name).is_file() for name in published.names):
            yield folder


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_FILE)


def _read(contents: list[bytes], published: Published) -> TestSet:
    """Verify and unpack the files; raises DigitLabError if they are others."""
    for content, expected in zip(contents, published.sha256, strict=True):
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise DigitLabError(f"its SHA-256 is {found[:12]}..., not {expected[:12]}...")
    n = published.images
    images = idx.read(contents[0], n * _SIDE * _SIDE)
    labels = idx.read(contents[1], n * _COLUMNS * 4, idx.INT)
    if images.shape != (n, _SIDE, _SIDE) or labels.shape != (n, _COLUMNS):
        raise DigitLabError(f"it has images {images.shape} and labels {labels.shape}")
    classes = labels[published.known :, 0]
    if classes.min() < 0 or classes.max() > 9:
        raise DigitLabError("it has labels that are no digits")
    _, writers = np.unique(labels[published.known :, 1:3], axis=0, return_inverse=True)
    return make_test_set(
        images[published.known :],
        classes.astype(np.uint8),
        writers=writers.reshape(-1).astype(np.int64),
    )
