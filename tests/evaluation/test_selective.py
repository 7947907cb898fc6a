"""`core.evaluation.selective`: counted by hand."""

import numpy as np
import pytest

from core.evaluation.selective import (
    accept,
    curve,
    lowest_without_mistakes,
    percent_without_mistakes,
)

# Five answers, the second and the last wrong; two are equally sure.
CONFIDENCE = np.array([0.9, 0.7, 0.99, 0.9, 0.5])
RIGHT = np.array([True, False, True, True, False])


@pytest.mark.parametrize(
    ("threshold", "accepted", "wrong", "accuracy"),
    [(0, 5, 2, 0.6), (0.6, 4, 1, 0.75), (0.7, 4, 1, 0.75), (0.71, 3, 0, 1), (0.95, 1, 0, 1)],
)
def test_what_is_accepted_above_a_threshold(threshold, accepted, wrong, accuracy):
    found = accept(CONFIDENCE, RIGHT, threshold)
    assert (found.accepted, found.wrong, found.all_wrong) == (accepted, wrong, 2)
    assert found.accuracy == accuracy
    assert found.handed == 5 - accepted
    assert found.coverage == accepted / 5
    low, high = found.interval
    assert low < accuracy <= high


def test_where_none_is_accepted_there_is_no_accuracy():
    found = accept(CONFIDENCE, RIGHT, 1.0)
    assert (found.accepted, found.handed, found.accuracy, found.interval) == (0, 5, None, None)


def test_the_curve_has_a_point_for_each_probability_that_was_given():
    found = curve(CONFIDENCE, RIGHT)
    assert found.thresholds.tolist() == [0.99, 0.9, 0.7, 0.5]
    assert found.coverage.tolist() == [0.2, 0.6, 0.8, 1.0]
    assert found.accuracy.tolist() == [1.0, 1.0, 0.75, 0.6]
    # Errors 0, 0, 1/4 and 2/5 over a fifth, two fifths, a fifth and a fifth.
    assert found.area == pytest.approx(0.25 / 5 + 0.4 / 5)
    assert lowest_without_mistakes(found) == 0.9


def test_the_curve_agrees_with_accepting_one_by_one():
    rng = np.random.default_rng(0)
    confidence, right = rng.random(300).round(2), rng.random(300) < 0.8
    found = curve(confidence, right)
    for place, threshold in enumerate(found.thresholds):
        one = accept(confidence, right, threshold)
        assert one.coverage == pytest.approx(found.coverage[place])
        assert one.accuracy == pytest.approx(found.accuracy[place])


def test_a_mistake_above_all_leaves_no_clean_threshold():
    """Accuracy may reach 1 nowhere, or the surest answer may be wrong."""
    assert lowest_without_mistakes(curve(np.array([0.9, 0.8]), np.array([False, True]))) is None
    assert lowest_without_mistakes(curve(np.array([0.9, 0.8]), np.array([True, True]))) == 0.8


@pytest.mark.parametrize(
    ("confidence", "right", "percent"),
    [
        ([0.9, 0.7], [True, False], 90),
        ([0.9001, 0.7], [True, False], 90.1),  # rounded up: at 90.0 % it would still be accepted
        ([0.9004, 0.9001], [True, False], 90.1),  # the mistake is shown as 90.0 %
        ([0.9999, 0.9996], [True, False], 99.99),  # above 99.9 % one decimal place is too few
        ([0.99999, 0.9], [True, False], None),
        ([0.9, 0.8], [False, True], None),
    ],
)
def test_the_percentage_without_mistakes_is_rounded_so_that_it_holds(confidence, right, percent):
    found = curve(np.array(confidence), np.array(right))
    assert percent_without_mistakes(found) == percent
