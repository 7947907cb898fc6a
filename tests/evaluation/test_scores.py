"""`core.evaluation.scores`: scores against hand-computed ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.calibration import reliability
from core.evaluation.scores import Scores, cross_entropy, evaluate


def certain(answers):
    return np.eye(10, dtype=np.float32)[answers]


def test_a_small_set_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2])
    scores = evaluate(labels, certain([0, 0, 1, 1, 1, 1]))
    assert (scores.n, scores.correct) == (6, 4)
    assert scores.accuracy == pytest.approx(4 / 6)
    zero, one, two = scores.classes[:3]
    assert (zero.precision, zero.recall, zero.support) == pytest.approx((1, 2 / 3, 3))
    assert (one.precision, one.recall, one.f1) == pytest.approx((0.5, 1, 2 / 3))
    assert (two.precision, two.recall, two.f1) == (0, 0, 0)
    assert scores.confusion[0][:3] == [2, 1, 0]
    assert scores.confusion[2][:3] == [0, 1, 0]
    assert np.sum(scores.confusion) == 6


@given(st.integers(1, 200), st.integers(0, 1000))
def test_scores_are_those_of_scikit_learn(n, seed):
    # Here, for every process of the tests imports this file.
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    rng = np.random.default_rng(seed)
    labels, probabilities = rng.integers(0, 10, n), rng.random((n, 10))
    answers = probabilities.argmax(axis=1)
    scores = evaluate(labels, probabilities / probabilities.sum(axis=1, keepdims=True))
    digits = list(range(10))
    theirs = precision_recall_fscore_support(labels, answers, labels=digits, zero_division=0)
    found = [(c.precision, c.recall, c.f1, c.support) for c in scores.classes]
    np.testing.assert_allclose(np.transpose(theirs), found)
    assert scores.confusion == confusion_matrix(labels, answers, labels=digits).tolist()


def test_the_interval_is_wilsons():
    """81 of 263 is Newcombe's example (1998, table I): 0.2553 to 0.3662."""
    labels = np.zeros(263, dtype=int)
    answers = np.where(np.arange(263) < 81, 0, 1)
    assert evaluate(labels, certain(answers)).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_loss_is_the_mean_negative_log_probability_of_the_label():
    probabilities = np.full((2, 10), 0.05)
    probabilities[0, 3], probabilities[1, 4] = 0.55, 0.55
    found = cross_entropy(np.array([3, 0]), probabilities)
    np.testing.assert_allclose(found, [-np.log(0.55), -np.log(0.05)])


def test_an_absurdly_sure_mistake_leaves_the_loss_finite():
    assert np.isfinite(evaluate(np.array([0, 1]), certain([1, 1])).loss)


def test_a_report_survives_json():
    scores = evaluate(np.array([0, 1, 2]), certain([0, 1, 1]))
    assert Scores.model_validate_json(scores.model_dump_json()) == scores


def test_a_report_says_how_far_probabilities_can_be_trusted():
    labels, probabilities = np.array([0, 1, 2, 2]), certain([0, 1, 2, 3])
    scores = evaluate(labels, probabilities)
    assert scores.reliability == reliability(labels, probabilities)
    assert scores.reliability.calibration_error == pytest.approx(0.25)


def test_a_report_of_before_reliability_was_measured_is_read():
    """The cards of models that were trained with the first version."""
    old = evaluate(np.array([0, 1]), certain([0, 1])).model_dump(exclude={"reliability"})
    assert Scores.model_validate(old).reliability is None
