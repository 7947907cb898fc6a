"""`core.evaluation.disputed_labels`: the fifteen, and only on the set that they are of."""

import numpy as np
import pytest

from core.data import load_test
from core.evaluation import disputed_labels


def test_the_labels_are_those_of_the_real_test_set(mnist_folder):
    test = load_test("mnist")
    assert test.digest == disputed_labels.MNIST_TEST
    assert len(disputed_labels.DISPUTED) == 15
    for index, votes in disputed_labels.DISPUTED.items():
        assert test.y[index] == votes.given


@pytest.mark.parametrize("votes", disputed_labels.DISPUTED.values())
def test_five_people_voted_and_no_label_was_upheld(votes):
    assert votes.for_given + votes.for_other + votes.for_neither == 5
    assert votes.for_given < 3
    assert votes.other != votes.given


def test_another_set_has_no_verdicts():
    assert disputed_labels.of(disputed_labels.MNIST_TEST, 947).other == 9
    assert disputed_labels.of(disputed_labels.MNIST_TEST, 948) is None
    assert disputed_labels.of("ff" * 32, 947) is None
    assert disputed_labels.accuracies("ff" * 32, np.ones(10_000, bool)) is None
    assert disputed_labels.accuracies(disputed_labels.MNIST_TEST, np.ones(100, bool)) is None


def test_the_fifteen_are_set_apart_whether_read_right_or_wrong():
    right = np.ones(10_000, bool)
    right[[947, 1621, 3520, 5, 6]] = False  # three of the fifteen, two others
    as_is, apart = disputed_labels.accuracies(disputed_labels.MNIST_TEST, right)
    assert (as_is.right, as_is.n) == (9_995, 10_000)
    assert (apart.right, apart.n) == (9_983, 9_985)
    assert apart.accuracy == 9_983 / 9_985
    # The Wilson score interval of 9,983 of 9,985, by the textbook's formula.
    z, n, p = 1.959964, 9_985, 9_983 / 9_985
    middle, reach = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    assert apart.interval == pytest.approx(((middle - reach) / scale, (middle + reach) / scale))


def test_the_votes_in_words():
    assert disputed_labels.of(disputed_labels.MNIST_TEST, 2130).in_words() == (
        "Of five people 2 say 4, 2 say 9, 1 says neither."
    )
    assert (
        disputed_labels.of(disputed_labels.MNIST_TEST, 6651).in_words() == "Of five people 5 say 6."
    )
