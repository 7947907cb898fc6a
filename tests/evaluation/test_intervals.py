"""`core.evaluation.intervals`: against published values and SciPy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binomtest

from core.evaluation.intervals import wilson


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
