"""Specks are dropped; `tests/reading/test_reader.py` has those in pictures."""

import numpy as np

from core.reading.specks import without_specks


def test_specks_are_those_below_3_percent_of_the_largest_piece():
    ink = np.zeros((40, 40), np.float32)
    ink[5:15, 5:15] = 1  # 100
    ink[20, 20:22] = 1  # 2
    ink[30:32, 30:32] = 1  # 4
    expected = ink.copy()
    expected[20, 20:22] = 0
    np.testing.assert_array_equal(without_specks(ink), expected)
