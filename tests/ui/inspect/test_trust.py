"""Figures of the views on whether to trust a model: they show what was counted."""

import numpy as np
import pytest

from core.evaluation import disputed_labels, mistakes, selective
from core.evaluation.slices import Slice
from core.runs.trends import Trends
from ui import charts
from ui.inspect import by_digit, image_grid, slices, threshold

CONFIDENCE = np.array([0.9, 0.7, 0.99, 0.9, 0.5])
RIGHT = np.array([True, False, True, True, False])


def test_the_chosen_threshold_lies_on_the_curve():
    found = selective.curve(CONFIDENCE, RIGHT)
    line, point = threshold.figure(found, selective.accept(CONFIDENCE, RIGHT, 0.7)).data
    assert (point.x[0], point.y[0]) == (0.8, 0.75)
    assert (0.8, 0.75) in set(zip(line.x, line.y, strict=True))


@pytest.mark.parametrize("step", [0.5, 0.99, 0.9999])
def test_the_chosen_point_is_always_in_the_picture(step):
    """A good model's curve is drawn from where its mistakes begin."""
    confidence = np.linspace(0.5, 1, 1000)
    right = np.ones(1000, bool)
    right[:5] = False
    chosen = selective.accept(confidence, right, step)
    figure = threshold.figure(selective.curve(confidence, right), chosen)
    low, high = figure.layout.xaxis.range
    assert low <= chosen.coverage <= high
    assert low <= figure.data[0].x[0]


def test_where_nothing_is_accepted_no_point_is_drawn():
    chosen = selective.accept(CONFIDENCE, RIGHT, 1.0)
    assert len(threshold.figure(selective.curve(CONFIDENCE, RIGHT), chosen).data) == 1


@pytest.mark.parametrize(
    ("surest_mistake", "next_answer", "said"),
    [
        (0.99792, 0.99795, "99.9 %"),  # its picture says 99.8 % sure
        (0.9912, 0.9956, "99.6 %"),
        (0.9991, 0.9992, "99.95 %"),  # its picture says as good as certain
        (0.9996, 0.99971, "99.98 %"),  # its picture says as good as certain
        (0.99999, 0.999995, None),
    ],
)
def test_no_mistake_is_shown_as_sure_as_where_none_is_said_to_be_left(
    surest_mistake, next_answer, said
):
    confidence = np.array([0.6, surest_mistake, next_answer, 1.0])
    right = np.array([False, False, True, True])
    found = selective.curve(confidence, right)
    words = threshold._caption(found, selective.accept(confidence, right, 0.9))
    if said is None:
        assert "accepted answer is wrong" not in words
    else:
        assert f"no accepted answer is wrong from {said} on" in words


def test_only_a_slice_that_is_surely_worse_is_marked():
    found = [
        Slice("thickness", 1, 1, 2, 80, 100, (0.71, 0.87)),
        Slice("thickness", 2, 2, 3, 94, 100, (0.88, 0.97)),
    ]
    usual, worse = slices.figure(found, overall=0.95).data
    assert list(worse.y) == ["Stroke: thinnest"]
    assert worse.marker.color == charts.wrong_colour()
    assert worse.marker.symbol != usual.marker.symbol
    assert worse.error_x.array[0] == pytest.approx(0.07)


def test_each_digit_has_its_line_and_what_it_reached():
    recall = np.full((3, 10), 0.9)
    recall[:, 4] = [0.2, 0.5, 0.975]
    counts = np.full(10, 40)
    counts[6], recall[:, 6] = 0, np.nan
    figure = by_digit.figure(Trends(np.array([1, 2, 3]), recall, counts))
    own = figure.data[1::2]
    assert len(own) == 10
    assert list(own[4].y) == [0.2, 0.5, 0.975]
    labels = [annotation.text for annotation in figure.layout.annotations]
    assert labels[4] == "<b>4</b>  97.5 %"
    assert labels[6] == "no 6"


def test_a_disputed_label_is_marked_wherever_its_image_appears():
    probabilities = np.eye(10)[[9, 9]]
    rows = mistakes.answers(np.array([8, 8]), probabilities).assign(index=[947, 948])
    disputed, other = (
        image_grid.caption(row, disputed_labels.MNIST_TEST) for row in rows.itertuples()
    )
    assert disputed.startswith("8, read as :orange[**9**]")
    assert disputed.endswith("  \nlabel disputed")
    assert "disputed" not in other
    elsewhere = next(rows.itertuples())
    assert "disputed" not in image_grid.caption(elsewhere, "ab" * 32)
