"""Cuts through shapes whose best cut is known."""

import numpy as np
import pytest

from core.reading.cuts import cut


def test_strokes_that_lean_over_each_other_are_parted_without_cutting_ink():
    rows, columns = np.mgrid[:96, :120]
    across = columns + 0.35 * rows  # along it, each stroke is 12 wide, and 15 are free between
    left, right = (across > 40) & (across < 52), (across > 67) & (across < 79)
    parts, tolls = cut((left | right).astype(np.float32))
    assert set(parts[left]).isdisjoint(parts[right])
    assert tolls[parts[left].max()] < 0.1


def test_two_blocks_are_parted_where_a_thin_bridge_joins_them():
    ink = np.zeros((60, 100), np.float32)
    ink[:, :40] = ink[:, 60:] = ink[28:32, 40:60] = 1
    parts, tolls = cut(ink)
    last = parts[:, :40].max()
    assert parts[:, 60:].min() > last
    assert tolls[last] < 0.5


def test_two_rings_that_touch_are_parted_between_them():
    """Paths through the loops, whose inside is free, used to hide the one between the rings."""
    y, x = np.mgrid[:80, :154]
    rings = [abs(np.hypot(x - middle, y - 40) - 34) < 5 for middle in (40, 113)]
    ink = (rings[0] | rings[1]).astype(np.float32)
    parts, _ = cut(ink)
    own = [set(parts[ring & (abs(x - 76.5) > 4)]) for ring in rings]
    assert own[0].isdisjoint(own[1])


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2), (500, 40), (13, 700)])
def test_solid_ink_of_any_shape_has_parts_in_order_none_empty(shape):
    parts, tolls = cut(np.ones(shape, np.float32))
    assert parts.shape == shape
    assert set(np.unique(parts)) == set(range(len(tolls) + 1))
    assert (np.diff(parts, axis=1) >= 0).all()


def test_a_piece_in_many_parts_keeps_them():
    """Each of its parts held less than a remnant's share, which was an error."""
    y, x = np.mgrid[:60, : 40 * 50]
    ink = (abs(np.hypot(x % 50 - 25, y - 30) - 23) < 4).astype(np.float32)
    parts, tolls = cut(ink)
    assert set(np.unique(parts)) == set(range(len(tolls) + 1))
    assert len(tolls) > 10


def test_noise_has_parts_in_order_none_empty():
    ink = (np.random.default_rng(0).random((90, 200)) > 0.5).astype(np.float32)
    parts, tolls = cut(ink)
    assert set(np.unique(parts[ink > 0])) == set(range(len(tolls) + 1))


def test_a_stroke_that_lies_over_anothers_edge_is_parted_from_it():
    """Through the ink that the two share: the only cheap ways used to lead through the ring."""
    y, x = np.mgrid[:96, :78]
    ring = abs(np.hypot(x - 34, (y - 48) / 1.4) - 29) < 5
    stem = abs(x - 69) < 8  # 7 of its 16 pixels lie on the side of the ring
    parts, tolls = cut((ring | stem).astype(np.float32))
    last = parts[ring & (x < 59)].max()
    assert parts[stem & (x > 70)].min() > last
    assert tolls[last] < 1.5
