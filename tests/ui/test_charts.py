"""`ui.charts`: what the figures say, not how they look."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.runs.curves import Curves
from ui import charts


def lines(figure):
    return {trace.name: trace for trace in figure.data}


def batches(losses):
    return [
        {"kind": "batch", "step": 10 * n, "loss": loss, "accuracy": 1 - loss}
        for n, loss in enumerate(losses, start=1)
    ]


# learning_curve


def curve(batches, epochs, *rest, rates=()):
    return charts.learning_curve(Curves(Path("metrics.jsonl"), batches, epochs, list(rates)), *rest)


def test_a_curve_before_the_first_batch_is_empty():
    figure = curve([], [], "loss", 0)
    assert all(len(trace.x) == 0 for trace in figure.data)


def test_the_axis_holds_the_whole_run_and_keeps_its_length():
    early, late = (curve(batches([0.5] * n), [], "loss", 900).layout.xaxis.range for n in (1, 90))
    assert early == late
    assert early[0] <= 0 < 900 <= early[1] < 1000


def test_plotlys_buttons_do_not_lie_on_the_legend():
    """They stay above the axes once a finger was there."""
    legend = curve(batches([0.5]), [], "loss", 10).layout.legend
    assert legend.y <= 0  # below the axes


def test_a_curve_begins_where_the_first_batch_was():
    """A moving average without correction begins near 0 and seems to rise."""
    training = lines(curve(batches([2.0, 1.0]), [], "loss", 20))["training"]
    assert training.x == (10, 20)
    # By hand: weights 0.2 * 0.8 and 0.2, divided by their sum.
    assert training.y == pytest.approx((2.0, (0.16 * 2 + 0.2 * 1) / 0.36))


@given(some.lists(some.floats(0.001, 100), min_size=1, max_size=50))
def test_smoothing_stays_within_what_was_measured(losses):
    (training, _) = curve(batches(losses), [], "loss", 500).data
    assert len(training.y) == len(losses)
    assert all(min(losses) * 0.999 <= y <= max(losses) * 1.001 for y in training.y)


def test_validation_has_a_point_an_epoch_unsmoothed():
    measured = {"loss": 0.5, "accuracy": 0.7}
    epochs = [
        {"epoch": 1, "step": 50, "val_loss": 0.9, "val_accuracy": 0.6, **measured},
        {"epoch": 2, "step": 100, "val_loss": 0.1, "val_accuracy": 1, **measured},
        {"epoch": 3, "step": 120, **measured},  # stopped: not validated
    ]
    for metric, expected in (("loss", (0.9, 0.1)), ("accuracy", (0.6, 1))):
        validation = lines(curve([], epochs, metric, 150))["validation"]
        assert (validation.x, validation.y) == ((50, 100), expected)


def test_a_learning_rate_that_somebody_chose_is_marked():
    rates = [{"kind": "rate", "step": 40, "learning_rate": 0.001}]
    figure = curve(batches([2.0, 1.0]), [], "loss", 90, rates=rates)
    assert [shape.x0 for shape in figure.layout.shapes] == [40]
    assert [note.text for note in figure.layout.annotations] == ["rate 0.001"]
    assert not curve(batches([2.0]), [], "loss", 90).layout.shapes


def test_without_smoothing_the_curve_is_what_was_measured():
    training = lines(curve(batches([2.0, 1.0, 3.0]), [], "loss", 30, 0.0))["training"]
    assert training.y == pytest.approx((2.0, 1.0, 3.0))


@pytest.mark.parametrize("n", [499, 500, 999, 1000, 5001])
def test_a_long_curve_is_thinned_out_and_ends_where_it_ends(n):
    training = lines(curve(batches([1.0] * n), [], "loss", 10 * n))["training"]
    assert min(n, 500) <= len(training.x) < 1000
    assert training.x[-1] == 10 * n


# probability_bars


def test_every_digit_has_a_bar_and_its_figure():
    probabilities = np.full(10, 0.01)
    probabilities[7] = 0.91
    (bars,) = charts.probability_bars(probabilities).data
    assert list(bars.y) == [str(digit) for digit in range(10)]
    assert bars.x == pytest.approx(probabilities)
    assert bars.text[7] == "91.0 %"
    colours = bars.marker.color
    assert colours[7] == charts.right_colour()
    assert len(set(colours[:7] + colours[8:])) == 1 != colours[7]


def test_right_and_wrong_are_told_apart():
    assert charts.right_colour() != charts.wrong_colour()
