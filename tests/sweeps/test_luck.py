"""`core.sweeps.luck`: against simulations, and figures worked out by hand or by SciPy."""

import math

import numpy as np
import pytest
from scipy import stats

from core.sweeps import luck


@pytest.mark.parametrize("n", [1, 2, 3, 5, 24, 50, 1000])
def test_the_expected_maximum_is_that_of_a_simulation(n):
    draws = np.random.default_rng(n).standard_normal((20_000, n)).max(axis=1)
    doubt = draws.std() / math.sqrt(len(draws))
    assert luck.expected_maximum(n) == pytest.approx(draws.mean(), abs=4 * doubt)


def test_the_expected_maximum_is_exact_where_it_is_known():
    """Of two and three: 1 / sqrt(pi) and 3 / (2 sqrt(pi))."""
    assert luck.expected_maximum(2) == pytest.approx(1 / math.sqrt(math.pi), abs=1e-9)
    assert luck.expected_maximum(3) == pytest.approx(1.5 / math.sqrt(math.pi), abs=1e-9)


def test_what_is_called_luck_is_what_equal_tries_are_ahead_by():
    """Sweeps of 24 tries that are all as good as the starting point, their first."""
    deviation = 0.0015
    values = 0.98 + deviation * np.random.default_rng(0).standard_normal((5000, 24))
    ahead = values.max(axis=1) - values[:, 0]
    found = luck.luck(24, 0.0042, deviation)
    assert found.expected == pytest.approx(ahead.mean(), abs=4 * ahead.std() / math.sqrt(5000))
    assert found.words == (
        "On the validation images the best is 0.42 points ahead; about 0.29 points would be luck "
        "among 24 tries."
    )
    assert luck.luck(1, 0.0, deviation).expected == pytest.approx(0, abs=1e-9)


def test_the_interval_of_a_mean_is_students():
    values = [0.981, 0.983, 0.979, 0.984, 0.982]
    found = luck.mean_of(values)
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert (found.n, found.mean) == (5, pytest.approx(0.9818))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert luck.mean_of([0.5]) == luck.Mean(1, 0.5, None, None)


def test_deviations_are_pooled():
    assert luck.deviation_of([[1.0, 3.0], [10.0, 10.0]]) == pytest.approx(1.0)  # sqrt(2 / 2)
    assert luck.deviation_of([[1.0, 2.0, 3.0]]) == pytest.approx(1.0)
    assert luck.deviation_of([[1.0], []]) is None


def right(n, *wrong):
    found = np.ones(n, bool)
    found[list(wrong)] = False
    return found


def test_both_sides_are_compared_image_by_image_and_seed_by_seed():
    best = [right(100, 0), right(100, 0), right(100, 1)]
    base = [right(100, 0, 1, 2), right(100, 0, 1, 2, 3), right(100, 0, 2, 4)]
    found = luck.compare(best, base)
    assert found.best.mean == pytest.approx(0.99)
    assert found.base.mean == pytest.approx((0.97 + 0.96 + 0.97) / 3)
    assert found.ahead.mean == pytest.approx((0.02 + 0.03 + 0.02) / 3)
    assert (found.only_best, found.only_base) == (2, 0)  # images 1 and 2; 0 is read by neither
    assert found.p_value == 0.5
    assert "the difference may well be chance (p = 0.500)" in found.words


def test_a_clear_difference_is_called_one():
    found = luck.compare([right(100)] * 5, [right(100, *range(20))] * 5)
    assert (found.only_best, found.only_base) == (20, 0)
    assert found.words.endswith("the best is better (p < 0.001).")
    assert luck.compare([right(100, *range(20))] * 5, [right(100)] * 5).words.endswith(
        "the starting point is better (p < 0.001)."
    )
    assert "0 test images correctly" in luck.compare([right(9)] * 5, [right(9)] * 5).words


def test_a_sure_thing_is_rarely_seen_where_there_is_none():
    """Networks that misread the same few images at random: McNemar's level holds."""
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(200):
        hard = rng.random(2000) < 0.05
        sides = [[~(hard & (rng.random(2000) < 0.5)) for _ in range(5)] for _ in range(2)]
        p_values.append(luck.compare(*sides).p_value)
    assert np.mean(np.array(p_values) < 0.05) < 0.08
