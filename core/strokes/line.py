"""A line of digits, side by side as a hand writes a number: apart, close or touching."""

from collections.abc import Iterable, Sequence

import numpy as np

# Digits that do not touch keep their distance also from ink that is higher or lower by up to this
# part of their own height, since nobody writes one digit under the roof of another.
ROOF = 0.15
OVERLAP = 0.35  # of the narrower digit's width: the most columns that two neighbours share


def in_line(
    digits: Sequence[np.ndarray], gaps: Iterable[float], rises: Iterable[float]
) -> np.ndarray:
    """Put digits on one line.

    Parameters
    ----------
        The ink of each, cropped to its bounding box.
        The ink of each, cropped to its box.
    gaps : iterable of n - 1 floats
        Pixels of paper between the inks of neighbours along a row; if negative, pixels of shared
        ink.
    rises : iterable of n floats
        Pixels from the line up to the foot of each digit.

    Returns
    -------
    float32 array, shape (n, height, width), in [0, 1]
        One layer for each digit, cropped to their common box; the layers' maximum is the number.
    """
    feet = [round(-rise) for rise in rises]
    tops = [foot - len(digit) for foot, digit in zip(feet, digits, strict=True)]
    high, low = min(tops), max(feet)
    lefts = [0]
    sides = [_sides(digit, top - high, low - high) for digit, top in zip(digits, tops, strict=True)]
    for k, gap in enumerate(gaps):
        ends, begins = sides[k][1], sides[k + 1][0]
        if gap > 0:
            begins = _with_roof(begins, round(ROOF * len(digits[k + 1])))
        narrower = min(digits[k].shape[1], digits[k + 1].shape[1])
        least = digits[k].shape[1] - OVERLAP * narrower
        lefts.append(lefts[-1] + round(max(gap - (begins - ends).min(), least)))
    widths = [digit.shape[1] for digit in digits]
    start = min(lefts)
    end = max(left + width for left, width in zip(lefts, widths, strict=True))
    layers = np.zeros((len(digits), low - high, end - start), np.float32)
    for layer, digit, top, left in zip(layers, digits, tops, lefts, strict=True):
        height, width = digit.shape
        layer[top - high : top - high + height, left - start : left - start + width] = digit
    return layers


def _sides(digit: np.ndarray, top: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where the ink of each row of the line begins and ends; inf and -inf without ink."""
    begins, ends = np.full(rows, np.inf), np.full(rows, -np.inf)
    inked = digit > 0.5
    own = np.flatnonzero(inked.any(axis=1))
    begins[top + own] = inked[own].argmax(axis=1)
    ends[top + own] = digit.shape[1] - inked[own, ::-1].argmax(axis=1)
    return begins, ends


def _with_roof(left: np.ndarray, reach: int) -> np.ndarray:
    """Return the smallest value within reach of each position."""
    wide = np.pad(left, reach, constant_values=np.inf)  # (rows + 2 reach,)
    return np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1).min(axis=1)
