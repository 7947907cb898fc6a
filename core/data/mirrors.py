"""The mirrors of MNIST, and downloads from servers of data sets through pooch into memory.

Nothing is written to disk here, so an interrupted download leaves nothing behind. Downloads are
untrusted until the caller has checked their digests.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import DigitLabError

Progress = Callable[[int, int], object]  # bytes done, bytes in total

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 30  # between two packets: school networks stall and recover
_CHUNK = 64 * 1024
_TOO_MUCH = 128_000_000  # unpacked, MNIST takes 55 MB, and no other data set here takes more


@dataclass(frozen=True)
class Mirror:
    """One server that has a data set.

    Attributes
    ----------
    base : str
        Address to which the file names are appended.
    files : dict of str to int
        File names and their sizes in bytes, which are used only for progress. Of MNIST: either one
        ``.npz``, or four IDX files in the order ``x_train y_train x_test y_test``.
    """

    base: str
    files: dict[str, int]


_AS_PUBLISHED = {
    "train-images-idx3-ubyte.gz": 9_912_422,
    "train-labels-idx1-ubyte.gz": 28_881,
    "t10k-images-idx3-ubyte.gz": 1_648_877,
    "t10k-labels-idx1-ubyte.gz": 4_542,
}
MIRRORS = (
    # Keras's own, PyTorch's, and the Common Visual Data Foundation's.
    Mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", {"mnist.npz": 11490434}),
    Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/", _AS_PUBLISHED),
    Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/", _AS_PUBLISHED),
)


def download(mirror: Mirror, progress: Progress) -> list[bytes]:
    """Download all files of a mirror.

    Parameters
    ----------
    mirror : Mirror
    progress : callable
        Called with the bytes done and the bytes of all files.

    Returns
    -------
    list of bytes
        One item for each file, in the mirror's order.

    Raises
    ------
    OSError, ValueError
        The network or the server failed; every exception of requests is one of these.
    DigitLabError
        The server sends far more than any data set here has.
    """
    from pooch import HTTPDownloader  # here: importing it takes 0.1 s

    total = sum(mirror.files.values())
    done = 0
    contents = []
    for name in mirror.files:
        buffer = io.BytesIO()
        fetch = HTTPDownloader(
            progressbar=_Bar(buffer, done, total, progress),
            chunk_size=_CHUNK,
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        )
        fetch(mirror.base + name, buffer, None)
        contents.append(buffer.getvalue())
        done += len(contents[-1])
    return contents


class _Bar:
    """The progress bar that pooch expects: counts over all files of a mirror, and sets a limit."""

    total = 0  # pooch stores the size of the current file here

    def __init__(self, buffer: io.BytesIO, before: int, whole: int, progress: Progress) -> None:
        self._buffer, self._before, self._whole = buffer, before, whole
        self._progress = progress

    def update(self, _: int) -> None:
        done = self._before + self._buffer.tell()
        if done > _TOO_MUCH:
            raise DigitLabError("The server sends far more than these data: try again later.")
        self._progress(min(done, self._whole), self._whole)

    def reset(self) -> None:
        """Nothing to undo: the bytes in the buffer are what is counted."""

    def close(self) -> None:
        """Nothing to release."""
