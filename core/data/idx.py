"""IDX, the format that MNIST is published in: a magic number, the dimensions, the numbers.

Files are read plain or gzipped, regardless of their names. Every size is checked before memory is
allocated for it, and any fault is a `DigitLabError`. Format: http://yann.lecun.com/exdb/mnist/
"""

import gzip
import hashlib
import io
import math
import os
import struct
import zlib
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from core.errors import DigitLabError

FILES = {
    "x_train": "train-images{}idx3-ubyte",
    "y_train": "train-labels{}idx1-ubyte",
    "x_test": "t10k-images{}idx3-ubyte",
    "y_test": "t10k-labels{}idx1-ubyte",
}
_ENDINGS = ("", ".gz")
_UNSIGNED_BYTES = b"\x00\x00\x08"
BYTE, INT = np.dtype(np.uint8), np.dtype(">i4")
_STARTS = {BYTE: _UNSIGNED_BYTES, INT: b"\x00\x00\x0c"}
_KINDS = {BYTE: "unsigned bytes", INT: "integers"}
_GZIP = b"\x1f\x8b"
_DAMAGE = (OSError, EOFError, zlib.error, struct.error, MemoryError)


def read(source: Path | bytes, max_bytes: int, kind: np.dtype = BYTE) -> np.ndarray:
    """Read an IDX file of unsigned bytes or of integers.

    Parameters
    ----------
    source : pathlib.Path or bytes
        The file, or its content; plain or gzipped.
    max_bytes : int
        The largest size of the array in memory.
    kind : numpy.dtype
        `BYTE`, as MNIST has them, or `INT`, four bytes each, the first the most significant.

    Returns
    -------
    array of one to three dimensions, of this kind
        Read-only.

    Raises
    ------
    DigitLabError
        The file cannot be read, is not IDX, has more or fewer bytes than its dimensions require, or
        exceeds ``max_bytes``.
    """
    title = "The file" if isinstance(source, bytes) else source.name
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            with gzip.open(raw) if packed else nullcontext(raw) as stream:
                shape = _read_shape(stream, title, kind)
                size = math.prod(shape) * kind.itemsize
                if size > max_bytes:
                    raise DigitLabError(
                        f"{title} unpacks to {size / 1e6:,.0f} MB and at most"
                        f" {max_bytes / 1e6:,.0f} MB are read: use a file with fewer images."
                    )
                if not packed and _bytes_left(raw) != size:
                    raise EOFError
                # Asking for one more byte finds surplus bytes and makes gzip verify its checksum.
                content = stream.read(size + 1)
                if len(content) != size:
                    raise EOFError
    except _DAMAGE as fault:
        raise DigitLabError(
            f"{title} cannot be read or is not as long as its header says: copy or download it"
            " again."
        ) from fault
    return np.frombuffer(content, kind).reshape(shape)


def sha256(*arrays: np.ndarray) -> str:
    """Return the SHA-256 of the arrays' plain IDX files one after another, as hex digits."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(_header(array))
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def locate(folder: Path) -> dict[str, Path] | None:
    """Find MNIST's four files in a folder, in either common spelling, plain or gzipped.

    Returns
    -------
    dict or None
        The files of ``x_train``, ``y_train``, ``x_test`` and ``y_test``; ``None`` if any is
        missing.
    """
    found = {}
    for part, pattern in FILES.items():
        names = [pattern.format(mark) + ending for mark in "-." for ending in _ENDINGS]
        path = next((folder / name for name in names if (folder / name).is_file()), None)
        if path is None:
            return None
        found[part] = path
    return found


def _header(array: np.ndarray) -> bytes:
    if array.dtype != np.uint8:
        raise TypeError(f"IDX digests are taken of uint8 arrays, not of {array.dtype}")
    return _UNSIGNED_BYTES + struct.pack(f">B{array.ndim}I", array.ndim, *array.shape)


def _read_shape(stream: io.BufferedIOBase, title: str, kind: np.dtype) -> tuple[int, ...]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:3] != _STARTS[kind] or magic[3] not in (1, 2, 3):
        raise DigitLabError(
            f"{title} is not an IDX file of {_KINDS[kind]}: it should begin like MNIST's own files."
        )
    dimensions = magic[3]
    return struct.unpack(f">{dimensions}I", stream.read(4 * dimensions))


def _bytes_left(raw: io.BufferedIOBase) -> int:
    here = raw.tell()
    end = raw.seek(0, os.SEEK_END)
    raw.seek(here)
    return end - here
