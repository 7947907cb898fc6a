"""First drawings on the canvas, read with the models that ship."""

import numpy as np
import pytest

from core.reading import gate
from core.reading.canvas_strokes import Stroke, drawing
from core.reading.reader import Reading, read
from core.registry import find

SIDE, PEN = 336, 22  # of Draw's canvas, in pixels


def line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, float)


def dot(x: float, y: float) -> np.ndarray:
    return line((x, y), (x + 0.01, y))


def arc(
    middle: tuple[float, float], radii: tuple[float, float], start: float = 0, stop: float = 360
) -> np.ndarray:
    """Angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, stop, 40))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii + middle


FOUR = [line((70, 60), (40, 170), (140, 170)), line((115, 90), (110, 270))]
TWO = [np.concatenate([arc((230, 120), (50, 50), 180, 390), line((200, 260), (300, 260))])]
SEVEN_BAR = [line((30, 70), (130, 70), (80, 270))]
HEAD = arc((168, 168), (120, 120))
EYES = [dot(125, 130), dot(210, 130)]
MOUTH = arc((168, 180), (60, 50), 20, 160)


@pytest.fixture(scope="module")
def reading_of():
    predictor, judge = find("flagship").predictor(), gate.load()

    def of(strokes: list[np.ndarray], pen: float = PEN) -> Reading:
        drawn = [Stroke((stroke,), pen) for stroke in strokes]
        return read(drawing(drawn, SIDE, SIDE), predictor, judge)

    return of


@pytest.mark.parametrize("pen", [10, 22])
@pytest.mark.parametrize(("strokes", "text"), [(FOUR + TWO, "42"), (SEVEN_BAR + TWO, "72")])
def test_two_digits_side_by_side_are_both_read(reading_of, strokes, text, pen):
    found = reading_of(strokes, pen)
    assert (found.text, found.verdict) == (text, "digit")


W = line((50, 60), (110, 280), (168, 120), (226, 280), (290, 60))
CONNECTED = {
    "W": [W],
    "M": [W * (1, -1) + (0, 340)],
    "round w": [
        np.concatenate([arc((105, 200), (55, 90), 180, 0), arc((225, 200), (60, 90), 180, 0)])
    ],
    "H": [line((80, 60), (80, 280)), line((250, 60), (250, 280)), line((80, 170), (250, 170))],
    "N": [line((80, 280), (80, 60), (250, 280), (250, 60))],
}


@pytest.mark.parametrize("strokes", CONNECTED.values(), ids=CONNECTED)
def test_a_letter_is_not_cut_into_digits(reading_of, strokes):
    """A W was read as 111, of which the page showed the first 1, 99 % sure."""
    found = reading_of(strokes)
    assert (found.text, found.verdict) == ("?", "not-a-digit")


@pytest.mark.parametrize("pen", [10, 22, 40])
def test_what_lies_within_an_outline_is_read_with_it(reading_of, pen):
    """The eyes of a face have little ink beside its outline: they were dropped as dirt."""
    (digit,) = reading_of([HEAD, *EYES], pen).digits
    (alone,) = reading_of([HEAD], pen).digits
    assert not np.array_equal(digit.image, alone.image)
    for x, y in ((125, 130), (210, 130)):
        left, top, *_ = digit.box
        assert digit.steps.cropped[y - top, x - left] == 1


def test_a_dot_far_away_is_in_the_answer(reading_of):
    """It was left out without a word."""
    found = reading_of([*SEVEN_BAR, dot(300, 270)])
    right = max(digit.box[2] for digit in found.digits)
    assert right == pytest.approx(300 + PEN / 2, abs=2)
