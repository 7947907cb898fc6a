"""Safe reading of untrusted ``.npz`` files.

Everything is checked before memory is allocated for it: the sizes that the archive declares, each
array's header, its type. Objects (pickles) are never read. Any fault is a `DigitLabError`.
"""

import math
import tokenize
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from core import paths
from core.disk import zip_entries
from core.errors import DigitLabError

_NUMBERS = "biuf"  # dtype kinds: boolean, signed, unsigned, floating point
DAMAGE = (
    *zip_entries.DAMAGE,
    TypeError,
    SyntaxError,
    tokenize.TokenError,  # NumPy raises it, too, for a header that is not a Python literal
    OverflowError,
    RecursionError,
)
_HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_arrays(
    source: str | Path | bytes, names: Collection[str], max_bytes: int, title: str = ""
) -> dict[str, np.ndarray]:
    """Read the named arrays of an ``.npz`` file, as far as it has them.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or its content.
    names : collection of str
        The arrays to read. All others are ignored.
    max_bytes : int
        The largest size of all these arrays together in memory.
    title : str, optional
        The file's name in errors; default: its own name, or "The file" if that is unknown.

    Returns
    -------
    dict of str to array
        Arrays of numbers in native byte order. Missing names are left out.

    Raises
    ------
    DigitLabError
        The file is missing, not an ``.npz`` or damaged, a requested array contains anything but
        numbers, or the arrays exceed ``max_bytes``.
    """
    title = title or ("The file" if isinstance(source, bytes) else Path(source).name)
    try:
        if not isinstance(source, bytes):
            paths.version(source)  # else it is not a file, and could be waited for
        with zip_entries.archive(source) as archive:
            members = _members(archive, names)
            size = sum(member.file_size for member in members.values())
            if size > max_bytes:
                raise DigitLabError(
                    f"{title} unpacks to {size / 1e6:,.0f} MB and at most {max_bytes / 1e6:,.0f} MB"
                    " are read: save fewer or smaller arrays."
                )
            return {name: _read(archive, member, title) for name, member in members.items()}
    except FileNotFoundError as fault:
        raise DigitLabError(
            f"There is no file {fault.filename}: check its name and folder."
        ) from None
    except DAMAGE as fault:
        raise DigitLabError(
            f"{title} is not a readable .npz file: write it with numpy.savez or"
            " numpy.savez_compressed."
        ) from fault


def _members(archive: zipfile.ZipFile, names: Collection[str]) -> dict[str, zipfile.ZipInfo]:
    entries = {entry.filename: entry for entry in archive.infolist()}
    return {name: entries[f"{name}.npy"] for name in names if f"{name}.npy" in entries}


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str) -> np.ndarray:
    with zip_entries.opened(archive, member) as stream:
        header = read_header(stream)
        name = member.filename.removesuffix(".npy")
        return read_body(stream, header, member.file_size, f"{title} has {name}")


class Header(NamedTuple):
    """What stands before an array's numbers in an ``.npy`` file."""

    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype
    length: int  # of the header itself, in bytes


def read_header(stream: IO[bytes]) -> Header:
    """Read the header of an ``.npy`` file; raises one of ``DAMAGE`` if it has none."""
    read = _HEADER_READERS[np.lib.format.read_magic(stream)]
    shape, fortran_order, dtype = read(stream)
    return Header(shape, fortran_order, dtype, stream.tell())


def read_body(
    stream: IO[bytes], header: Header, size: int, subject: str, kinds: str = _NUMBERS
) -> np.ndarray:
    """Read the numbers that follow a header.

    Parameters
    ----------
    stream : file
        Stands behind the header.
    header : Header
    size : int
        Bytes of the whole file.
    subject : str
        The beginning of the sentence that refuses the array.
    kinds : str
        The dtype kinds that are read. Objects never are.

    Raises
    ------
    DigitLabError
        The array is of another kind.
    """
    dtype = header.dtype
    if dtype.kind not in kinds or dtype.hasobject:
        raise DigitLabError(
            f"{subject} of type {dtype.name} and only numbers are read: save it as integers or"
            " floats."
        )
    count = math.prod(header.shape)
    if min(header.shape, default=0) < 0 or header.length + count * dtype.itemsize != size:
        raise ValueError("an array's header does not match its length")
    array = np.empty(count, dtype)
    zip_entries.fill(array.view(np.uint8).data, stream)
    array = array.reshape(header.shape, order="F" if header.fortran_order else "C")
    return array.astype(dtype.newbyteorder("="), copy=False)
