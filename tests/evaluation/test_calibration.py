"""`core.evaluation.calibration`: a known temperature is found again."""

import numpy as np
import pytest

from core.evaluation.calibration import MIN_IMAGES, fit_temperature


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
