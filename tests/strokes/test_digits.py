"""`core.strokes.digits`: strokes that a pen can draw, in many hands, and the digits they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import registry
from core.reading.normalise import to_mnist
from core.strokes import digits, pen

SEEDS = some.integers(0, 2**32 - 1)


@given(digit=some.integers(0, 9), seed=SEEDS)
def test_a_digit_fills_its_box(digit, seed):
    strokes = digits.write(digit, np.random.default_rng(seed))
    points = np.concatenate(strokes)
    assert all(stroke.ndim == 2 and stroke.shape[1] == 2 for stroke in strokes)
    assert np.isfinite(points).all()
    low, high = points.min(axis=0), points.max(axis=0)
    np.testing.assert_allclose(low + high, 0, atol=1e-9)
    assert (high - low).max() == pytest.approx(1)


@given(digit=some.integers(0, 9), seed=SEEDS)
def test_the_same_seed_writes_the_same_digit(digit, seed):
    once, again = (digits.write(digit, np.random.default_rng(seed)) for _ in range(2))
    assert len(once) == len(again)
    for stroke, same in zip(once, again, strict=True):
        np.testing.assert_array_equal(stroke, same)


def test_hands_differ():
    rng = np.random.default_rng(0)
    for digit in range(10):
        first, second = (np.concatenate(digits.write(digit, rng)) for _ in range(2))
        assert first.shape != second.shape or abs(first - second).max() > 0.02


@pytest.mark.parametrize("digit", range(10))
def test_a_network_that_never_saw_them_reads_most(digit):
    rng = np.random.default_rng(digit)
    drawn = [
        to_mnist(pen.draw([80 * s + 56 for s in digits.write(digit, rng)], 9, 112))
        for _ in range(40)
    ]
    answers = registry.find("sprint").predictor().predict(np.stack(drawn)).probabilities.argmax(1)
    # Styles that MNIST has few of are misread, which is what they are made for.
    assert np.bincount(answers, minlength=10).argmax() == digit


def styles(digit: int) -> list[digits.Strokes]:
    rng = np.random.default_rng(digit)
    return [digits.write(digit, rng) for _ in range(400)]


def share(findings: list[bool]) -> float:
    return sum(findings) / len(findings)


def test_some_zeros_are_crossed_by_a_bar_and_more_by_a_slash():
    def angle(strokes):
        if len(strokes) == 1:
            return np.nan
        run, rise = np.abs(strokes[1][-1] - strokes[1][0])
        return np.degrees(np.arctan2(rise, run))

    angles = np.array([angle(strokes) for strokes in styles(0)])
    assert 0.02 < share(angles < 20) < 0.15
    assert share(angles > 30) > 0.25


def test_some_ones_have_a_foot_some_in_one_stroke_and_some_a_flag_without_a_corner():
    ones = styles(1)
    # The leg ends at the bottom; ink to the right and left of it down there is a foot.
    feet = [np.ptp(np.concatenate(s)[np.concatenate(s)[:, 1] > 0.3][:, 0]) > 0.3 for s in ones]
    assert 0.1 < share(feet) < 0.5
    assert any(foot and len(strokes) == 1 for foot, strokes in zip(feet, ones, strict=True))
    flags = [s[0] for s in ones if len(s) == 1 and np.ptp(s[0][:, 0]) > 0.4]
    assert 0.1 < share([_sharpest(flag) < 75 for flag in flags]) < 0.9


def _sharpest(stroke: np.ndarray) -> float:
    """Return the largest angle between two pieces of a stroke that follow each other."""
    pieces = np.diff(stroke, axis=0)
    pieces = pieces[np.hypot(*pieces.T) > 1e-6]
    turns = np.diff(np.arctan2(pieces[:, 1], pieces[:, 0]))
    return np.degrees(np.abs((turns + np.pi) % (2 * np.pi) - np.pi)).max()


def test_the_parts_of_some_fours_do_not_touch():
    def distance(strokes):
        if len(strokes) == 1:
            return 0
        first, second = strokes
        return np.hypot(*(first[:, None] - second[None]).transpose(2, 0, 1)).min()

    fours = styles(4)
    assert 0.02 < share([distance(strokes) > 0.07 for strokes in fours]) < 0.3
    assert 0.05 < share([len(strokes) == 1 for strokes in fours]) < 0.4


def test_some_sevens_are_round_on_top_and_crossed_low():
    sevens = styles(7)
    crossed = [strokes for strokes in sevens if len(strokes) == 2]
    low = [strokes for strokes in crossed if strokes[1][:, 1].mean() > 0.1]
    assert 0.4 < share([len(strokes) == 2 for strokes in sevens]) < 0.8
    assert 0.05 < len(low) / len(sevens) < 0.35
    assert 0.05 < share([_sharpest(strokes[0]) < 60 for strokes in sevens]) < 0.4


def test_the_tails_of_nines_go_either_way():
    ends = np.array([strokes[-1][-1] - strokes[-1][-6] for strokes in styles(9)])  # (n, 2)
    assert 0.02 < share(ends[:, 0] > 0.05) < 0.2
    assert share(ends[:, 0] < -0.05) > 0.3
