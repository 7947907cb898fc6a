"""Digits on a line: the gaps that were asked for, counted in pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.strokes.line import OVERLAP, in_line

BLOCK = np.ones((20, 10), np.float32)


@given(st.lists(st.integers(-3, 15), min_size=1, max_size=4))
def test_blocks_stand_as_far_apart_as_was_asked(gaps):
    layers = in_line([BLOCK] * (len(gaps) + 1), gaps, [0] * (len(gaps) + 1))
    assert layers.shape == (len(gaps) + 1, 20, 10 * (len(gaps) + 1) + sum(gaps))
    for before, after, gap in zip(layers, layers[1:], gaps, strict=False):
        end = np.flatnonzero(before.any(axis=0))[-1] + 1
        assert np.flatnonzero(after.any(axis=0))[0] - end == gap
    assert (layers.sum(axis=(1, 2)) == BLOCK.sum()).all()


def test_feet_stand_on_the_line_or_above_it():
    layers = in_line([BLOCK, BLOCK[:15], BLOCK], [5, 5], [0, 0, 4])
    feet = [np.flatnonzero(layer.any(axis=1))[-1] for layer in layers]
    assert feet == [23, 23, 19]


@pytest.mark.parametrize(("gap", "shared"), [(1, 0), (-1, round(OVERLAP * 20))])
def test_only_digits_that_touch_go_under_a_roof(gap, shared):
    roof = np.zeros((40, 20), np.float32)
    roof[:4] = roof[:, :4] = 1  # like a capital gamma
    low = np.ones((34, 20), np.float32)  # its top is 2 rows below the roof
    layers = in_line([roof, low], [gap], [0, 0])
    first, second = (np.flatnonzero(layer.any(axis=0)) for layer in layers)
    assert first[-1] + 1 - second[0] == (shared if gap < 0 else -gap)
