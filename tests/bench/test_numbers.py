"""Composed numbers: the digits of one writer, from left to right, as far apart as they say."""

import numpy as np

from bench.numbers import HEIGHT, LENGTH, WIDTH, compose
from core.data.stroke_files import Strokes

SEVEN, ONE = np.array([[0, 0], [0.6, 0], [0.3, 1]]), np.array([[0, 0], [0, 1.0]])
DIGITS = Strokes(
    drawings=[[SEVEN], [ONE]] * 8,
    labels=np.array([7, 1] * 8, np.uint8),
    writers=np.repeat([3, 4, 5, 6], 4).astype(np.int16),
)


def numbers(count):
    rng = np.random.default_rng(0)
    return [compose(DIGITS, np.arange(4, 16), rng) for _ in range(count)]


def test_digits_stand_from_left_to_right_and_are_those_of_the_text():
    for number in numbers(20):
        assert number.layers.shape == (LENGTH, HEIGHT, WIDTH)
        columns = [np.flatnonzero(layer.any(axis=0)) for layer in number.layers]
        lefts = [inked[0] for inked in columns]
        assert lefts == sorted(lefts)
        bars = [layer.sum(axis=1).max() for layer in number.layers]  # a seven's is the widest row
        assert "".join("7" if bar > 30 else "1" for bar in bars) == number.text
        np.testing.assert_array_equal(number.canvas[..., 0] > 0, number.layers.max(axis=0) > 0.002)


def test_only_those_that_touch_share_ink():
    found = numbers(40)
    assert {number.spacing for number in found} == {"apart", "close", "touching"}
    for number in found:
        shared = ((number.layers > 0.5).sum(axis=0) > 1).any()
        assert shared <= (number.spacing == "touching")
    assert any(((number.layers > 0.5).sum(axis=0) > 1).any() for number in found)
