"""Files that hold arrays: NPY (and so NPZ), IDX, HDF5 and MATLAB's MAT.

Each reader lists arrays as `Stored`, with their sizes, before it reads one.
"""

import io
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from core.data.brought.contents import MAX_BYTES, Entry, too_large
from core.data.brought.stored import NUMBERS, WORDS, Stored, in_memory
from core.disk import npz
from core.errors import DigitLabError

_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_ARRAYS = 1_000  # of an HDF5 file
_COMPRESSED = 15  # MATLAB's word for an element that zlib has packed


def npy(entry: Entry) -> list[Stored]:
    """List the array of an ``.npy`` file, which may be an entry of an ``.npz``."""
    with _damage_said(entry.name, "an array as numpy.save writes it"), entry.opened() as stream:
        header = npz.read_header(stream)
    name = entry.name.removesuffix(".npy")

    def load() -> np.ndarray:
        with _damage_said(entry.name, "an array as numpy.save writes it"), entry.opened() as file:
            again = npz.read_header(file)
            size = again.length + math.prod(again.shape) * again.dtype.itemsize
            stated = size if entry.size is None else entry.size
            return npz.read_body(
                file, again, stated, f"{PurePosixPath(name).name} is", NUMBERS + WORDS
            )

    return [Stored(name, header.shape, header.dtype, load)]


def idx(entry: Entry) -> list[Stored]:
    """List the array of an IDX file of any of its six types of numbers."""
    with _damage_said(entry.name, "an IDX file like MNIST's own"), entry.opened() as stream:
        shape, dtype = _idx_header(stream)

    def load() -> np.ndarray:
        with _damage_said(entry.name, "an IDX file like MNIST's own"), entry.opened() as file:
            _idx_header(file)
            size = math.prod(shape) * dtype.itemsize
            content = file.read(size + 1)  # one byte more finds surplus bytes
            if len(content) != size:
                raise EOFError
            return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))

    if "qmnist" in entry.name.lower() and len(shape) == 2:  # the label, and seven more columns
        return [Stored(entry.name, shape[:1], dtype, lambda: load()[:, 0])]
    return [Stored(entry.name, shape, dtype, load)]


def _idx_header(stream: Any) -> tuple[tuple[int, ...], np.dtype]:
    magic = stream.read(4)
    dimensions = magic[3]
    if not 1 <= dimensions <= 4:
        raise ValueError("more dimensions than images have")
    return struct.unpack(f">{dimensions}I", stream.read(4 * dimensions)), np.dtype(
        _IDX_TYPES[magic[2]]
    )


def hdf5(entry: Entry) -> list[Stored]:
    """List the arrays of an HDF5 file; links to other files are never followed."""
    h5py = _library("h5py", "HDF5 files")
    found: list[Stored] = []
    content = io.BytesIO(entry.read())

    def visit(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset) or len(found) >= _MOST_ARRAYS:
            return
        # Their numbers lie in other files. MATLAB keeps what structures hold under "#refs#".
        if name.startswith("#") or item.external or item.is_virtual or item.shape is None:
            return
        if item.dtype.kind in NUMBERS + WORDS or h5py.check_string_dtype(item.dtype):
            found.append(
                Stored(name, item.shape, _plain(item.dtype), _hdf5_array(h5py, content, name))
            )

    with _damage_said(entry.name, "a whole HDF5 file"), h5py.File(content, "r") as file:
        file.visititems(visit)
    return found


def _plain(dtype: np.dtype) -> np.dtype:
    return dtype if dtype.kind in NUMBERS + WORDS else np.dtype("S16")


def _hdf5_array(h5py: Any, content: io.BytesIO, name: str) -> Callable[[], np.ndarray]:
    def load() -> np.ndarray:
        with _damage_said(name, "a whole HDF5 file"), h5py.File(content, "r") as file:
            array = file[name][()]
        return array if array.dtype.kind in NUMBERS + WORDS else array.astype("S16")

    return load


def mat(entry: Entry) -> list[Stored]:
    """List the arrays of a MATLAB file of version 5 to 7, those in structures included."""
    scipy = _library("scipy.io", "MATLAB files")
    content = entry.read()
    _check_unpacked(content, entry.name)
    # Structures are NumPy records here; MATLAB's objects and functions are left as bytes.
    with _damage_said(entry.name, "a whole MATLAB file"):
        variables = scipy.loadmat(io.BytesIO(content), struct_as_record=True)
        return [
            in_memory(name, np.asarray(array))
            for key, value in variables.items()
            if not key.startswith("__")
            for name, array in _within_structure(key, value, 0)
        ]


def _within_structure(name: str, value: Any, depth: int) -> Iterator[tuple[str, np.ndarray]]:
    if not isinstance(value, np.ndarray) or depth > 4:
        return
    if value.dtype.kind in NUMBERS + WORDS:
        yield name, value
    elif value.dtype.names and value.size == 1:
        for field in value.dtype.names:
            yield from _within_structure(f"{name}/{field}", value.flat[0][field], depth + 1)
    elif value.dtype.kind == "O" and value.size == 1:
        yield from _within_structure(name, value.flat[0], depth + 1)


def _check_unpacked(content: bytes, name: str) -> None:
    """Refuse a MATLAB file whose packed elements unpack to too much, without keeping them."""
    order = "<" if content[126:128] == b"IM" else ">"
    place, total = 128, 0
    while place + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, place)
        place += 8
        if kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            left = content[place : place + size]
            while left:
                try:
                    total += len(unpacker.decompress(left, 1 << 20))
                except zlib.error:
                    break  # said when it is read
                left = unpacker.unconsumed_tail
                if total > MAX_BYTES:
                    raise too_large(name)
        place += size if kind == _COMPRESSED else -(-size // 8) * 8


def _library(name: str, reads: str) -> Any:
    try:
        return import_module(name)
    except ImportError as fault:
        package = name.split(".")[0]
        raise DigitLabError(
            f"{reads} are read with {package}, which is not installed: run `pip install {package}`."
        ) from fault


@contextmanager
def _damage_said(name: str, expected: str) -> Iterator[None]:
    """Turn whatever a damaged file makes a reader raise into a sentence."""
    try:
        yield
    except DigitLabError:
        raise
    except Exception as fault:  # readers of damaged files raise nearly anything
        raise DigitLabError(
            f"{PurePosixPath(name).name} cannot be read to its end, or is not {expected}: copy or"
            " download it again, or save it again."
        ) from fault
