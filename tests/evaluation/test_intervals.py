"""`core.evaluation.intervals`: against published values and SciPy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binomtest

from core.evaluation.intervals import by_writer, difference_by_writer, wilson


@pytest.mark.parametrize(
    ("correct", "n", "interval"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611))],
)
def test_newcombes_examples(correct, n, interval):
    """Newcombe 1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8, table I, method 3."""
    assert wilson(correct, n) == pytest.approx(interval, abs=5e-5)


@given(some.integers(1, 100_000), some.floats(0, 1))
def test_it_is_scipys(n, share):
    correct = round(share * n)
    expected = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    assert wilson(correct, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_many_at_once():
    low, high = wilson(np.array([0, 5, 10]), np.array([10, 10, 10]))
    assert low[0] == 0
    assert high[2] == 1
    np.testing.assert_allclose(low, 1 - high[::-1], atol=1e-12)


def test_over_as_many_writers_as_digits_it_is_nearly_wilsons():
    correct = np.arange(2000) % 50 > 0
    assert by_writer(correct, np.arange(2000)) == pytest.approx(wilson(1960, 2000), abs=2e-5)


def test_an_interval_over_writers_holds_the_truth_as_often_as_it_says():
    """Wilson's own, which takes digits for independent, holds it in fewer than 80 of 100."""
    rng = np.random.default_rng(0)
    held = {"writers": 0, "digits": 0}
    trials, people, each = 1000, 60, 40
    writers = np.repeat(np.arange(people), each)
    for skill in rng.beta(19, 1, (trials, people)):  # the mean is 0.95
        correct = rng.random(people * each) < np.repeat(skill, each)
        low, high = by_writer(correct, writers)
        held["writers"] += low <= 0.95 <= high
        low, high = wilson(int(correct.sum()), len(correct))
        held["digits"] += bool(low <= 0.95 <= high)
    assert 0.93 < held["writers"] / trials < 0.97
    assert held["digits"] / trials < 0.8


def test_without_a_mistake_a_writer_counts_once():
    assert by_writer(np.full(500, True), np.arange(500) % 10) == pytest.approx(wilson(10, 10))
    assert by_writer(np.array([True, False]), np.array([3, 3])) == pytest.approx(wilson(0.5, 1))


def test_a_difference_is_as_unsure_as_the_writers_differ():
    """Against a bootstrap over writers, an oracle that knows no formula."""
    rng = np.random.default_rng(4)
    writers = np.repeat(np.arange(60), 20)
    skill = rng.beta(20, 1, 60)[writers]
    luck = rng.random((2, 1200))
    first, second = luck[0] < skill**0.5, luck[1] < skill
    difference, low, high = difference_by_writer(first, second, writers)
    assert difference == pytest.approx(first.mean() - second.mean())
    of_each = [(first[writers == who].mean() - second[writers == who].mean()) for who in range(60)]
    again = [np.mean(rng.choice(of_each, 60)) for _ in range(4_000)]
    np.testing.assert_allclose((low, high), np.quantile(again, [0.025, 0.975]), atol=0.002)


def test_who_reads_the_same_does_not_differ():
    right = np.array([True, False, True, True])
    assert difference_by_writer(right, right, np.array([1, 1, 2, 2])) == (0, 0, 0)
