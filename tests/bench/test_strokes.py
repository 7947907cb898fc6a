"""The canvas of ``bench/drawn.py``, by the geometry of single strokes."""

import numpy as np
import pytest

from bench.strokes import CANVAS, CLEAR, VARIANTS, Variant, draw

BAR = [np.array([[0, 0], [0, 1]])]


def box(canvas: np.ndarray) -> tuple[int, int, int, int]:
    inked = (canvas != canvas[0, 0]).any(axis=2)
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_a_stroke_is_as_long_and_as_wide_as_its_variant_says():
    canvas = draw(BAR, Variant(width=18, fit=180))
    assert canvas.shape == (CANVAS, CANVAS, 4)
    assert box(canvas) == (131, 41, 149, 239)  # 140 -+ 9 across, 140 -+ (90 + 9) along
    assert canvas[140, 140].tolist() == [255, 255, 255, 255]
    # The area of a bar with two round ends.
    assert canvas[..., 0].sum() / 255 == pytest.approx(180 * 18 + np.pi * 9**2, rel=0.002)


def test_ink_on_a_transparent_canvas_stands_in_alpha_alone():
    canvas = draw(BAR, VARIANTS["transparent"])
    assert not canvas[..., :3].any()
    opaque = draw(BAR, VARIANTS["default"])
    np.testing.assert_array_equal(canvas[..., 3], opaque[..., 0])


@pytest.mark.parametrize(
    ("index", "corner"), [(0, (4, 4)), (1, (200, 4)), (2, (4, 200)), (3, (200, 200))]
)
def test_corners(index, corner):
    square = [np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])]
    left, top, right, bottom = box(draw(square, VARIANTS["small_corner"], index))
    assert (left, top) == corner
    assert right - left == bottom - top == 64 + 12


def test_slant_leans_right_and_turn_goes_clockwise():
    for variant in (Variant(slant=10), Variant(turn=10)):
        inked = draw(BAR, variant)[..., 0] > 127
        top, bottom = (np.flatnonzero(inked[row]).mean() for row in (60, 220))
        assert top - bottom == pytest.approx(160 * np.tan(np.radians(10)), abs=1)


def test_a_dot_is_a_disc():
    canvas = draw([np.array([[0.5, 0.5]])], Variant(pen=(255, 0, 0, 255), paper=CLEAR, width=20))
    assert canvas[..., 3].sum() / 255 == pytest.approx(np.pi * 10**2, rel=0.005)
