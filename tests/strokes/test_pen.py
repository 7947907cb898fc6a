"""`core.strokes.pen`: ink where the pen was, and only there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.strokes import pen

SIDE = 40


def test_no_strokes_leave_the_paper_white():
    assert not pen.draw([], 5, SIDE).any()


def test_a_dot_is_a_disc_of_the_pens_area():
    ink = pen.draw([np.array([[20.0, 20.0]])], 12, SIDE)
    assert ink.sum() == pytest.approx(np.pi * 6**2, rel=0.02)
    assert (ink[20, 20], ink[20, 30]) == (1, 0)


@given(ends=some.lists(some.floats(5, 35), min_size=4, max_size=4), width=some.floats(2, 9))
def test_a_line_covers_its_length_times_the_pens_width(ends, width):
    line = np.array(ends).reshape(2, 2)
    length = np.hypot(*(line[1] - line[0]))
    ink = pen.draw([line], width, SIDE)
    assert ink.sum() == pytest.approx(length * width + np.pi * width**2 / 4, rel=0.12, abs=2)
    assert (ink.min(), ink.dtype) == (0, np.float32)


def test_what_is_drawn_outside_leaves_no_ink():
    for x, y in ((-50, -50), (-50, 20), (90, 20), (20, 90)):
        assert not pen.draw([np.array([[x, y], [x + 5, y + 5]])], 6, 40).any()


def test_crossing_strokes_are_no_darker_than_one():
    across = [np.array([[5.0, 20.0], [35.0, 20.0]]), np.array([[20.0, 5.0], [20.0, 35.0]])]
    assert pen.draw(across, 6, SIDE).max() == 1
