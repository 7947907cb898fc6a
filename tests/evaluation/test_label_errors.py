"""`core.evaluation.label_errors`: the confident joint by hand, and planted errors found again."""

import numpy as np
import pytest

from core.data import load
from core.evaluation import label_errors


def rows(*given: dict[int, float]) -> np.ndarray:
    """Return probabilities, (n, 10), from those that are not 0."""
    made = np.zeros((len(given), 10))
    for row, shares in zip(made, given, strict=True):
        row[list(shares)] = list(shares.values())
    return made


# Labels 0 0 0 1 1 1. Thresholds: of 0, (0.9 + 0.8 + 0.1) / 3 = 0.6; of 1, (0.7 + 0.5 + 0.3) / 3
# = 0.5. Image 2 is 1 with 0.9 >= 0.5: off the diagonal. Image 5 is 0 with 0.55 < 0.6 and 1 with
# 0.3 < 0.5: confident of nothing, though 0 is likelier than its label.
LABELS = np.array([0, 0, 0, 1, 1, 1], np.uint8)
PROBABILITIES = rows(
    {0: 0.9, 1: 0.1},
    {0: 0.8, 1: 0.2},
    {0: 0.1, 1: 0.9},
    {0: 0.3, 1: 0.7},
    {0: 0.5, 1: 0.5},
    {0: 0.55, 1: 0.3, 7: 0.15},
)


def test_the_joint_is_the_one_counted_by_hand():
    found = label_errors.find(LABELS, PROBABILITIES)
    np.testing.assert_allclose(found.thresholds[:2], [0.6, 0.5])
    assert np.isnan(found.thresholds[2:]).all()
    assert found.joint[:2, :2].tolist() == [[2, 1], [0, 2]]
    assert found.joint.sum() == 5
    assert found.places.tolist() == [2, 5]
    assert found.digits.tolist() == [1, 0]
    assert found.confident.tolist() == [True, False]
    np.testing.assert_allclose(found.scores, [-0.8, -0.25])


def test_the_number_of_errors_allows_for_images_that_are_not_in_the_joint():
    """One of three 0s is off the diagonal: 3 * 1/3. Both 1s that count are on it."""
    found = label_errors.find(LABELS, PROBABILITIES)
    assert label_errors.expected_errors(found, LABELS) == pytest.approx(1.0)


def test_the_two_ranks_differ():
    """Of the first, the label is less likely; of the second, another digit is likelier by more."""
    given = rows({1: 0.45, 0: 0.05, 2: 0.5}, {1: 0.9, 0: 0.1})
    labels = np.array([0, 0])
    assert label_errors.find(labels, given, "self-confidence").places.tolist() == [0, 1]
    assert label_errors.find(labels, given, "margin").places.tolist() == [1, 0]


def test_where_all_labels_are_right_none_is_in_doubt():
    found = label_errors.find(np.arange(10), np.eye(10))
    assert not len(found.places)
    assert label_errors.expected_errors(found, np.arange(10)) == 0


def test_planted_errors_are_found_first():
    """Real digits: 700 to learn class means from, the others with twelve labels changed."""
    data = load("sample")
    x = data.x_train.reshape(len(data.x_train), -1) / 255
    y = data.y_train.astype(int)
    means = np.stack([x[:700][y[:700] == digit].mean(axis=0) for digit in range(10)])
    shares = np.exp(-((x[700:, None] - means) ** 2).sum(axis=2) / 4)
    shares /= shares.sum(axis=1, keepdims=True)
    labels = y[700:].copy()
    planted = np.random.default_rng(0).choice(np.flatnonzero(shares.max(axis=1) > 0.9), 12, False)
    labels[planted] = (labels[planted] + 1) % 10

    assert (shares.argmax(axis=1) != y[700:]).sum() > 50  # its own mistakes are in the way
    found = label_errors.find(labels, shares)
    assert set(found.places[:12]) == set(planted)
    assert found.confident[:12].all()
