"""IDX files: read plain or gzipped, and refused before they take memory."""

import gzip
import hashlib
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.data import idx
from core.errors import DigitLabError

LIMIT = 10_000
SMALL = arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6))
PACKINGS = {"plain": bytes, "gzipped": gzip.compress}
packings = st.sampled_from(list(PACKINGS.values()))


def idx_bytes(array: np.ndarray) -> bytes:
    """Write IDX by the letter of its description."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def test_a_file_written_by_hand() -> None:
    content = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes([1, 2, 3, 4, 5, 6])
    array = idx.read(content, LIMIT)
    assert array.dtype == np.uint8
    assert array.tolist() == [[1, 2, 3], [4, 5, 6]]


@given(SMALL, packings)
def test_what_is_written_is_read_back(array: np.ndarray, pack: Callable[[bytes], bytes]) -> None:
    content = idx_bytes(array)
    np.testing.assert_array_equal(idx.read(pack(content), LIMIT), array)
    assert idx.sha256(array) == hashlib.sha256(content).hexdigest()


@given(st.binary(max_size=200), st.sampled_from([b"", b"\0\0\x08", b"\0\0\x08\x03", b"\x1f\x8b"]))
def test_any_bytes_are_read_or_refused_in_a_sentence(content: bytes, start: bytes) -> None:
    try:
        array = idx.read(start + content, LIMIT)
    except DigitLabError:
        return
    assert array.nbytes <= LIMIT


@given(SMALL, packings, st.data())
def test_a_file_cut_anywhere_is_refused(
    array: np.ndarray, pack: Callable[[bytes], bytes], data: st.DataObject
) -> None:
    whole = pack(idx_bytes(array))
    kept = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DigitLabError):
        idx.read(whole[:kept], LIMIT)


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_one_byte_too_many_is_refused(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DigitLabError, match="not as long as its header says"):
        idx.read(pack(idx_bytes(np.zeros((2, 3), np.uint8)) + b"\0"), LIMIT)


def test_a_damaged_gzip_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(idx_bytes(np.arange(50, dtype=np.uint8))))
    packed[-6] ^= 1
    with pytest.raises(DigitLabError, match="cannot be read"):
        idx.read(bytes(packed), LIMIT)


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_a_header_that_promises_too_much_is_refused(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DigitLabError, match="at most 0 MB are read"):
        idx.read(pack(b"\0\0\x08\x03" + b"\xff" * 12), LIMIT)


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_sizes_are_checked_before_memory_is_taken(pack: Callable[[bytes], bytes]) -> None:
    """Ten images announced; what follows unpacks to 30 MB, or is not there."""
    header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (10, 28, 28))
    content = pack(header + bytes(30_000_000))
    tracemalloc.start()
    with pytest.raises(DigitLabError):
        idx.read(content, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DigitLabError, match="nowhere"):
        idx.read(tmp_path / "nowhere", LIMIT)


def test_the_digest_is_that_of_the_files_one_after_another(
    fake: dict[str, np.ndarray], fake_idx: dict[str, bytes]
) -> None:
    expected = hashlib.sha256(b"".join(fake_idx.values())).hexdigest()
    assert idx.sha256(*fake.values()) == expected


def test_the_digest_does_not_depend_on_the_order_in_memory(fake: dict[str, np.ndarray]) -> None:
    images = fake["x_test"]
    assert idx.sha256(np.asfortranarray(images)) == idx.sha256(images)


def test_only_bytes_have_a_digest() -> None:
    with pytest.raises(TypeError, match="float64"):
        idx.sha256(np.zeros(3))


def test_three_files_of_four_are_no_data_set(
    tmp_path: Path, write_idx: Callable[..., Path]
) -> None:
    folder = write_idx(tmp_path)
    assert idx.locate(folder)["y_test"].name == "t10k-labels-idx1-ubyte"
    (folder / "t10k-labels-idx1-ubyte").unlink()
    assert idx.locate(folder) is None


def test_integers_are_four_bytes_the_first_the_most_significant():
    content = b"\0\0\x0c\x02" + b"\0\0\0\x02" + b"\0\0\0\x01" + b"\0\0\x01\0" + b"\xff\xff\xff\xfe"
    assert idx.read(content, LIMIT, idx.INT).tolist() == [[256], [-2]]
    with pytest.raises(DigitLabError, match="not an IDX file of unsigned bytes"):
        idx.read(content, LIMIT)
    with pytest.raises(DigitLabError, match="at most"):
        idx.read(b"\0\0\x0c\x01" + b"\0\0\1\0", 1023, idx.INT)
