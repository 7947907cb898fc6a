"""Data made worse on purpose: just as much as asked for, and the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.data.flaws import mislabel, unbalance

LABELS = np.tile(np.arange(10), 200)


@given(share=some.floats(0, 0.9), seed=some.integers(0, 2**31 - 1))
def test_just_the_share_of_labels_becomes_wrong(share, seed):
    before = LABELS.copy()
    noisy = mislabel(LABELS, share, seed)
    np.testing.assert_array_equal(LABELS, before)
    assert (noisy != LABELS).sum() == round(share * len(LABELS))
    assert ((noisy >= 0) & (noisy <= 9)).all()
    np.testing.assert_array_equal(noisy, mislabel(LABELS, share, seed))


def test_a_wrong_label_is_any_other_digit():
    noisy = mislabel(np.zeros(9000, int), 1, seed=1)
    counts = np.bincount(noisy, minlength=10)
    assert counts[0] == 0
    assert counts[1:] == pytest.approx(1000, rel=0.15)


@pytest.mark.parametrize("ratio", [1, 2, 10, 100])
def test_nines_are_as_rare_as_asked_for_and_the_others_between(ratio):
    kept = unbalance(LABELS, ratio, seed=3)
    counts = np.bincount(LABELS[kept], minlength=10)
    assert counts[0] == 200
    assert counts[9] == round(200 / ratio)
    assert (np.diff(counts) <= 0).all()
    assert (np.diff(kept) > 0).all()


def test_a_digit_that_is_there_never_vanishes():
    labels = np.array([0, 0, 9])
    np.testing.assert_array_equal(unbalance(labels, 100, seed=0), [0, 1, 2])
