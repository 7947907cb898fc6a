"""Only what an honest ``numpy.savez`` of numbers would write is read; the rest is refused early."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.disk.npz import read_arrays
from core.errors import DigitLabError

MEGABYTE = 1_000_000


def npz(compressed: bool = False, **arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


GOOD = npz(x=np.arange(12, dtype=np.uint8).reshape(3, 4), y=np.linspace(0, 1, 5))


@given(
    hnp.arrays(
        st.sampled_from(["?", "u1", "<i4", ">i4", "<f4", ">f8"]), hnp.array_shapes(min_side=0)
    ),
    st.booleans(),
    st.sampled_from("CF"),
)
def test_what_numpy_writes_is_read(array, compressed, order):
    written = np.asarray(array, order=order)
    found = read_arrays(npz(compressed, x=written), ["x"], MEGABYTE)["x"]
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative


def test_only_the_names_wanted_and_there(tmp_path):
    path = tmp_path / "good.npz"
    path.write_bytes(GOOD)
    assert list(read_arrays(path, ["x", "z"], MEGABYTE)) == ["x"]
    assert list(read_arrays(str(path), ["y"], MEGABYTE)) == ["y"]


def test_arrays_not_wanted_are_not_looked_at():
    with_object = npz(x=np.zeros(3), bad=np.array([{}], dtype=object))
    assert list(read_arrays(with_object, ["x"], MEGABYTE)) == ["x"]


@pytest.mark.parametrize(
    "array",
    [np.array([{}, []], dtype=object), np.array(["a"]), np.zeros(2, [("a", "u1")]), np.array([1j])],
    ids=["object", "text", "structured", "complex"],
)
def test_anything_but_numbers_is_refused(array):
    with pytest.raises(DigitLabError, match="only numbers"):
        read_arrays(npz(x=array), ["x"], MEGABYTE)


def test_too_large_is_refused_before_memory_is_taken():
    bomb = npz(compressed=True, x=np.zeros(50_000_000, np.uint8))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(DigitLabError, match="unpacks to 50 MB and at most 1 MB"):
            read_arrays(bomb, ["x"], MEGABYTE)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_all_at_once_is_refused(method):
    """A file of 1 MB took 1.6 GB: what it declared was not what it unpacked to."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("x.npy", npy(np.zeros(5, np.uint8)))
    with pytest.raises(DigitLabError, match=r"numpy\.savez"):
        read_arrays(file.getvalue(), ["x"], MEGABYTE)


def test_a_header_that_promises_more_than_the_file_holds_is_refused_before_memory_is_taken():
    array = npy(np.zeros((1000, 1000), np.uint8))
    tracemalloc.start()
    try:
        with pytest.raises(DigitLabError, match="not a readable"):
            read_arrays(zipped("x.npy", array[:200]), ["x"], 10 * MEGABYTE)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE // 2
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -3)}",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': 3}",
        b"{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
        b"{'descr': 'nonsense', 'fortran_order': False, 'shape': (3,)}",
        b"__import__('os').getpid()",
        b"(" * 5000,
        b"\xff\xfe",
    ],
)
def test_hostile_headers_are_refused(header):
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"abc"
    with pytest.raises(DigitLabError):
        read_arrays(zipped("x.npy", content), ["x"], MEGABYTE)


def test_a_wrong_byte_is_noticed_by_its_checksum():
    at = GOOD.index(bytes(range(12)))
    damaged = GOOD[:at] + b"\x07" + GOOD[at + 1 :]
    with pytest.raises(DigitLabError, match="not a readable"):
        read_arrays(damaged, ["x"], MEGABYTE)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(DigitLabError, match=r"no file .*nowhere\.npz"):
        read_arrays(tmp_path / "nowhere.npz", ["x"], MEGABYTE)
    with pytest.raises(DigitLabError):
        read_arrays(tmp_path, ["x"], MEGABYTE)


@given(st.data())
def test_damage_anywhere_raises_nothing_but_our_error(data):
    damaged = bytearray(GOOD[: data.draw(st.integers(0, len(GOOD)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_arrays(bytes(damaged), ["x", "y"], MEGABYTE)
    except DigitLabError:
        return
    assert set(found) <= {"x", "y"}


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_our_error(content):
    with pytest.raises(DigitLabError):
        read_arrays(content, ["x"], MEGABYTE)
    with pytest.raises(DigitLabError):
        read_arrays(zipped("x.npy", content), ["x"], MEGABYTE)
