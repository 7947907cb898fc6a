"""Validation of data: each rule, and the sentence for breaking it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.validate import as_images, as_labels, check_extent, split
from core.errors import DigitLabError

SHADES = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)  # each of 0 to 255 at least thrice


@pytest.mark.parametrize(
    "saved",
    [
        SHADES,
        SHADES[..., None],
        SHADES.astype(np.float64),
        SHADES.astype(np.float32) / 255,
        SHADES.astype(np.float64) / 255,
        SHADES.astype(np.float16) / np.float16(255),
        np.asfortranarray(SHADES),
    ],
    ids=["uint8", "with a channel", "0..255", "float32", "float64", "float16", "Fortran"],
)
def test_images_come_out_alike_however_they_were_saved(saved: np.ndarray) -> None:
    images = as_images(saved, "images")
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, SHADES)


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (np.zeros((5, 784), np.uint8), r"images has the shape \(5, 784\) and should have \(n, 28"),
        (np.zeros((28, 28), np.uint8), r"shape \(28, 28\)"),
        (np.zeros((5, 28, 28, 3), np.uint8), r"shape \(5, 28, 28, 3\)"),
        (np.uint8(3), r"shape \(\)"),
        (np.zeros((0, 28, 28), np.uint8), "holds 0 images .*: save more"),
        (np.broadcast_to(np.uint8(9), (300_001, 28, 28)), "holds 300,001 images .*: save fewer"),
        (SHADES.astype(np.int64), "is of type int64 and should be uint8 or a float"),
        (SHADES > 3, "is of type bool"),
        (SHADES - 1.0, "holds values from -1 to 254"),
        (SHADES * 2.0, "holds values from 0 to 510"),
        (np.where(SHADES == 4, np.nan, SHADES), "holds values from nan to nan"),
        (np.where(SHADES == 4, np.inf, SHADES), "to inf"),
        (SHADES // 128, "holds no ink, its brightest value is 1"),
        (np.zeros((5, 28, 28)), "holds no ink"),
    ],
)
def test_other_images_are_refused(saved: np.ndarray, message: str) -> None:
    with pytest.raises(DigitLabError, match=message):
        as_images(saved, "images")


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64, np.uint64, ">i4"])
def test_labels_of_every_integer_type(kind: type) -> None:
    labels = as_labels(np.arange(10).astype(kind), "labels", 10)
    assert labels.dtype == np.uint8
    assert labels.tolist() == list(range(10))


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (np.arange(9), r"labels has the shape \(9,\) and should have \(10,\)"),
        (np.eye(10, dtype=int), r"shape \(10, 10\)"),
        (np.arange(10.0), "is of type float64 and should be integers"),
        (np.zeros(10, bool), "is of type bool"),
        (np.arange(10) - 1, "holds -1 and only 0 to 9 are allowed"),
        (np.arange(10) + 1, "holds 10 and only"),
        (np.arange(10, dtype=np.uint64) + 2**63, "holds 9223372036854775808"),
    ],
)
def test_other_labels_are_refused(saved: np.ndarray, message: str) -> None:
    with pytest.raises(DigitLabError, match=message):
        as_labels(saved, "labels", 10)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ([0, 1] * 9, [1], "digits holds 19 images and 20 to 300,000 are allowed: save more"),
        ([], [1], "digits holds 1 image and 20 to 300,000"),
        ([0, 1] * 150_000, [1], "digits holds 300,001 images .*: save fewer"),
        ([3] * 30, [3, 4], "one digit only, 3"),
    ],
)
def test_a_set_too_small_too_large_or_too_plain_is_refused(
    train: list[int], test: list[int], message: str
) -> None:
    with pytest.raises(DigitLabError, match=message):
        check_extent(np.array(train), np.array(test), "digits")


@given(st.lists(st.integers(0, 9), min_size=20, max_size=300))
def test_a_split_takes_a_fifth_of_each_digit(labels: list[int]) -> None:
    y = np.array(labels)
    train, test = split(y)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert len(test) == len(y) // 5
    for digit in range(10):
        share = (y[test] == digit).sum() - (y == digit).sum() / 5
        assert abs(share) <= 1


@pytest.mark.parametrize("labels", [np.arange(100) % 10, np.repeat(np.arange(10), 10)])
def test_cyclic_and_sorted_files_have_every_digit_in_both_parts(labels: np.ndarray) -> None:
    """Every fifth of a file that goes round from 0 to 9 would be fours and nines only."""
    train, test = split(labels)
    assert np.bincount(labels[test]).tolist() == [2] * 10
    assert np.bincount(labels[train]).tolist() == [8] * 10
