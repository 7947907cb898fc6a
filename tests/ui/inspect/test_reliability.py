"""`ui.inspect.reliability`: the diagram and its words say what was measured."""

import numpy as np
import pytest

from core.evaluation.calibration import Bin, Reliability
from ui.inspect import reliability


def group(confidence, accuracy, count, low=0.6, high=0.7):
    return Bin(
        low=low,
        high=high,
        count=count,
        confidence=confidence,
        accuracy=accuracy,
        interval=(accuracy - 0.02, min(accuracy + 0.01, 1)),
    )


def of(*bins, error=0.0123):
    return Reliability(bins=list(bins), calibration_error=error, brier=0.01)


@pytest.fixture
def found():
    return of(group(0.65, 0.6, 40), group(0.91, 0.92, 90), group(0.99, 0.995, 9870, 0.93, 1.0))


def test_points_lie_at_confidence_and_accuracy(found, monkeypatch):
    monkeypatch.setattr(reliability.charts, "right_colour", lambda: "#000000")
    _, points, bars = reliability.figure(found).data
    assert list(points.x) == [0.65, 0.91, 0.99]
    assert list(points.y) == [0.6, 0.92, 0.995]
    np.testing.assert_allclose(points.error_y.arrayminus, [0.02] * 3)
    np.testing.assert_allclose(points.error_y.array, [0.01, 0.01, 0.005])
    assert list(bars.y) == [40, 90, 9870]


def test_a_bar_of_one_answer_can_be_seen(monkeypatch):
    monkeypatch.setattr(reliability.charts, "right_colour", lambda: "#000000")
    axis = reliability.figure(of(group(0.65, 1, 1))).layout.yaxis2
    assert axis.range[0] < 0 < axis.range[1]  # the logarithm of 1


def test_words_tell_of_the_fullest_group_but_the_surest(found):
    said = reliability.in_words(found)
    assert "1.23 percentage points" in said
    assert "about 91 % sure, it is right 92 % of the time (90 answers)" in said


def test_words_about_a_handful_of_answers_are_not_made():
    said = reliability.in_words(of(group(0.6, 0, 3), group(0.99, 0.98, 500)))
    assert "about 99 % sure, it is right 98 % of the time (500 answers)" in said


def test_words_where_there_is_one_group():
    assert "about 65 % sure" in reliability.in_words(of(group(0.65, 0.6, 5)))
