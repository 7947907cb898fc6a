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
