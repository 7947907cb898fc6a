"""`ui.runs.compare`: curves that can be told apart, and labels that can be read."""

from itertools import pairwise

import pytest

from core.evaluation.scores import Scores
from core.runs.curves import Curves
from ui import charts
from ui.runs import compare


def curves(*values, metric="accuracy"):
    epochs = [
        {"kind": "epoch", "step": 10 * n, "epoch": n, f"val_{metric}": value}
        for n, value in enumerate(values, start=1)
    ]
    return Curves(None, epochs=epochs)


def test_each_run_has_a_line_of_its_own_look_and_its_letter_at_the_end():
    runs = [(letter, curves(0.5, 0.9)) for letter in "ABCDEFGH"]
    figure = compare.overlay(runs, "accuracy", "epoch")
    looks = {(line.line.color, line.line.dash) for line in figure.data}
    assert len(looks) == len({line.line.dash for line in figure.data}) == 8
    assert [note.text for note in figure.layout.annotations] == [f"<b>{c}</b>" for c in "ABCDEFGH"]
    heights = sorted(note.yshift for note in figure.layout.annotations)
    assert all(b - a >= 16 for a, b in pairwise(heights))


def test_letters_far_apart_stay_where_they_are():
    figure = compare.overlay([("A", curves(0.1)), ("B", curves(0.9))], "accuracy", "epoch")
    assert [note.yshift for note in figure.layout.annotations] == [0, 0]


def test_over_steps_and_for_the_loss():
    (line,) = compare.overlay([("A", curves(2, 1, metric="loss"))], "loss", "step").data
    assert (line.x, line.y) == ((10, 20), (2, 1))


def test_over_time_a_run_begins_at_nothing_and_old_points_without_a_time_are_left_out():
    """A quick network beside a slow one: epochs say nothing about which was sooner as good."""
    seconds = [{}, {"cpu_seconds": 30.5, "wall_seconds": 20.0}]
    known = curves(0.5, 0.9)
    for record, more in zip(known.epochs, seconds, strict=True):
        record.update(more)
    for by, x in (("cpu_seconds", 30.5), ("wall_seconds", 20.0)):
        figure = compare.overlay([("A", known)], "accuracy", by)
        assert [(line.x, line.y) for line in figure.data] == [((x,), (0.9,))]
        assert figure.layout.xaxis.rangemode == "tozero"
        assert "seconds" in figure.layout.xaxis.title.text


def test_runs_without_an_epoch_are_left_out():
    runs = [("A", Curves(None)), ("B", curves(0.5))]
    assert [line.name for line in compare.overlay(runs, "accuracy", "epoch").data] == ["B"]
    assert not compare.overlay([("A", Curves(None))], "accuracy", "epoch").data


def test_intervals_reach_from_low_to_high():
    scores = Scores.model_construct(
        n=10, accuracy=0.8, interval=(0.5, 0.95), loss=1, classes=[], confusion=[]
    )
    (mark,) = charts.intervals([("A", scores)]).data
    assert mark.x[0] - mark.error_x.arrayminus[0] == pytest.approx(50)
    assert mark.x[0] + mark.error_x.array[0] == pytest.approx(95)


@pytest.mark.parametrize(
    ("setting", "values", "words"),
    [
        ("data", ["mnist", "/home/me/own/Nines.npz"], ["MNIST", "Nines"]),
        ("data", ["/a/x.npz", "/b/x.npz"], [r"\/a\/x\.npz", r"\/b\/x\.npz"]),
        ("start_from", ["", "tiny", r"C:\models\tiny"], ["", "tiny", "tiny"]),
        ("learning_rate", [0.1, 1], [r"0\.1", "1"]),
        ("layers", ["*a*", "[b](c)"], [r"\*a\*", r"\[b\]\(c\)"]),
    ],
)
def test_settings_are_named_and_no_markdown(setting, values, words):
    assert compare.in_words(setting, values) == words
