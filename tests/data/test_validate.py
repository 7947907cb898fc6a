"""Validation of data: each rule, and the sentence for breaking it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.validate import check_extent, split
from core.errors import DigitLabError


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
