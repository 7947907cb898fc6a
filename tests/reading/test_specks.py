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


def test_on_paper_a_point_stands_beside_a_digit_and_dirt_anywhere():
    """Dirt at the sheet's edge was read as a sign: a photograph of a 5 was "5?"."""
    ink = np.zeros((320, 320), np.float32)
    ink[20:300, 50:56] = 1  # a 1
    ink[290:297, 70:77] = 1  # a point: 14 pixels beside it
    ink[10:17, 300:307] = 1
    expected = ink.copy()
    expected[10:17, 300:307] = 0
    np.testing.assert_array_equal(without_specks(ink), expected)
    np.testing.assert_array_equal(without_specks(ink, drawn=True), ink)
