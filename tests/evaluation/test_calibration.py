"""`core.evaluation.calibration`: reliability by hand, and a known temperature found again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from core.evaluation.calibration import (
    BINS,
    MIN_IMAGES,
    Reliability,
    fit_temperature,
    reliability,
)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_a_known_temperature_is_found(temperature):
    """Labels are drawn from the probabilities themselves, which are then distorted."""
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=3, size=(20_000, 10))
    honest = softmax(logits)
    labels = (honest.cumsum(axis=1) > rng.random((len(honest), 1))).argmax(axis=1)
    distorted = softmax(logits * temperature)
    assert fit_temperature(labels, distorted) == pytest.approx(temperature, rel=0.03)


def test_too_few_images_change_nothing():
    probabilities = np.full((MIN_IMAGES - 1, 10), 0.1)
    assert fit_temperature(np.zeros(MIN_IMAGES - 1, dtype=int), probabilities) == 1


def test_answers_that_are_all_right_stay_within_bounds():
    probabilities = softmax(np.eye(10)[np.zeros(500, dtype=int)] * 3)
    assert fit_temperature(np.zeros(500, dtype=int), probabilities) == pytest.approx(0.2, rel=0.01)


def test_certain_answers_are_no_error():
    labels = np.arange(500) % 10
    assert np.isfinite(fit_temperature(labels, np.eye(10)[(labels + 1) % 10]))


def sure(confidences):
    """Probabilities of the answer 0, the rest spread evenly."""
    confidences = np.asarray(confidences, dtype=float)
    rest = np.repeat((1 - confidences)[:, None] / 9, 9, axis=1)
    return np.column_stack([confidences, rest])


# reliability


def test_two_bins_by_hand():
    """Two answers with 0.9, one of them right; two with 0.6, both right."""
    found = reliability(np.array([0, 1, 0, 0]), sure([0.9, 0.9, 0.6, 0.6]), bins=2)
    (only,) = found.bins
    assert (only.low, only.high, only.count) == (0.5, 1, 4)
    assert (only.confidence, only.accuracy) == pytest.approx((0.75, 0.75))
    assert found.calibration_error == pytest.approx(0)

    lower, upper = reliability(np.array([0, 1, 0, 0]), sure([0.9, 0.9, 0.6, 0.6]), bins=5).bins
    assert (lower.count, lower.confidence, lower.accuracy) == pytest.approx((2, 0.6, 1))
    assert (upper.count, upper.confidence, upper.accuracy) == pytest.approx((2, 0.9, 0.5))


def test_the_error_weights_bins_by_their_counts():
    labels = np.array([0, 0, 0, 1])
    found = reliability(labels, sure([0.95, 0.95, 0.95, 0.55]))
    # 3 answers 0.05 too modest, 1 answer 0.55 too sure.
    assert found.calibration_error == pytest.approx((3 * 0.05 + 0.55) / 4)


def test_an_edge_belongs_to_the_bin_below():
    found = reliability(np.zeros(3, dtype=int), sure([0.5, 0.5001, 1.0]), bins=2)
    assert [one.count for one in found.bins] == [1, 2]


def test_the_brier_score_by_hand():
    """Sure and right: 0. Sure and wrong: 2. Even odds over ten digits: 0.9."""
    labels = np.array([0, 1, 4])
    probabilities = np.array([np.eye(10)[0], np.eye(10)[0], np.full(10, 0.1)])
    assert reliability(labels, probabilities).brier == pytest.approx((0 + 2 + 0.9) / 3)


def test_bins_of_equal_counts():
    confidences = np.linspace(0.3, 1, 30)
    found = reliability(np.zeros(30, dtype=int), sure(confidences), bins=10, equal="count")
    assert [one.count for one in found.bins] == [3] * 10
    assert found.bins[0].low == pytest.approx(0.3)
    assert found.bins[-1].high == pytest.approx(1)


def test_honest_probabilities_have_almost_no_error():
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=3, size=(50_000, 10))
    honest = softmax(logits)
    labels = (honest.cumsum(axis=1) > rng.random((len(honest), 1))).argmax(axis=1)
    assert reliability(labels, honest).calibration_error < 0.01
    assert reliability(labels, softmax(2 * logits)).calibration_error > 0.03


@given(
    arrays.arrays(np.float32, (20, 10), elements=some.floats(-30, 30, width=32)),
    some.sampled_from(["width", "count"]),
    some.integers(1, 40),
)
def test_it_is_finite_and_complete(logits, equal, bins):
    labels = np.arange(20) % 10
    found = reliability(labels, softmax(logits).astype(np.float32), bins, equal)
    assert sum(one.count for one in found.bins) == 20
    assert all(0 <= one.low <= one.confidence + 1e-6 <= one.high + 2e-6 for one in found.bins)
    assert all(one.interval[0] <= one.accuracy <= one.interval[1] for one in found.bins)
    assert 0 <= found.calibration_error <= 1
    assert 0 <= found.brier <= 2
    assert Reliability.model_validate_json(found.model_dump_json()) == found


def test_one_answer_is_enough():
    found = reliability(np.array([3]), np.eye(10)[[3]])
    assert (len(found.bins), found.calibration_error) == (1, 0)
    assert found.bins[0].low == pytest.approx(1 - 1 / BINS)
