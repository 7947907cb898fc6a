"""First drawings on the canvas, read with the models that ship."""

import math

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


def heart(width: float, height: float) -> np.ndarray:
    t = np.linspace(0, math.tau, 80)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([168 + width * x / 34, 160 - height * y / 30], axis=1)


RAYS = [(math.cos(angle), math.sin(angle)) for angle in np.arange(8) * math.tau / 8]
HOUSE = [line((80, 280), (80, 150), (168, 60), (256, 150), (256, 280), (80, 280))]
TURNS = np.linspace(0, 6 * math.pi, 120)
DRAWN = {
    "smiley": [HEAD, *EYES, MOUTH],
    "smiley with long eyes": [
        HEAD,
        line((130, 110), (130, 145)),
        line((210, 110), (210, 145)),
        MOUTH,
    ],
    "sad face": [HEAD, *EYES, arc((168, 240), (60, 40), 200, 340)],
    "heart": [heart(270, 240)],
    "wide heart": [heart(290, 200)],
    "star": [line((100, 290), (168, 50), (236, 290), (60, 140), (276, 140), (100, 290))],
    "house": HOUSE,
    "house with a door": [*HOUSE, line((140, 280), (140, 210), (190, 210), (190, 280))],
    "sun": [
        arc((168, 168), (60, 60)),
        *(line((168 + 80 * x, 168 + 80 * y), (168 + 130 * x, 168 + 130 * y)) for x, y in RAYS),
    ],
    "stick figure": [
        arc((168, 80), (40, 40)),
        line((168, 120), (168, 220)),
        line((100, 160), (236, 160)),
        line((168, 220), (110, 300)),
        line((168, 220), (226, 300)),
    ],
    "flower": [
        arc((168, 110), (25, 25)),
        *(arc((168 + 45 * x, 110 + 45 * y), (22, 22)) for x, y in RAYS[::2]),
        line((168, 180), (168, 310)),
    ],
    "cat": [
        arc((168, 190), (100, 90)),
        line((90, 130), (85, 50), (140, 105)),
        line((196, 105), (250, 50), (246, 130)),
        dot(130, 170),
        dot(205, 170),
        dot(168, 200),
    ],
    "tick": [line((70, 170), (140, 270), (280, 60))],
    "cross": [line((80, 80), (260, 260)), line((260, 80), (80, 260))],
    "arrow": [line((50, 168), (290, 168)), line((230, 110), (290, 168), (230, 226))],
    "spiral": [168 + 6.5 * np.stack([TURNS * np.cos(TURNS), TURNS * np.sin(TURNS)], axis=1)],
    "A": [line((80, 290), (168, 50), (256, 290)), line((110, 200), (226, 200))],
    "square": [line((70, 70), (270, 70), (270, 270), (70, 270), (70, 70))],
    "triangle": [line((168, 60), (290, 280), (46, 280), (168, 60))],
    "hash": [
        line((110, 60), (110, 280)),
        line((220, 60), (220, 280)),
        line((50, 120), (290, 120)),
        line((50, 220), (290, 220)),
    ],
}


@pytest.mark.parametrize("strokes", DRAWN.values(), ids=DRAWN)
def test_what_people_draw_first_is_not_a_digit(reading_of, strokes):
    """A smiley and a heart were a 0, 99.8 % sure."""
    found = reading_of(strokes)
    assert (found.text, found.verdict) == ("?", "not-a-digit")


ZEROS = {
    "plain": [arc((168, 168), (70, 110))],
    "round": [arc((168, 168), (110, 115))],
    "with a slash": [arc((168, 168), (80, 110)), line((220, 80), (116, 256))],
    "with a dot": [arc((168, 168), (80, 110)), dot(168, 168)],
    "open at the top": [arc((168, 168), (75, 110), -75, 265)],
}


@pytest.mark.parametrize("pen", [12, 22])
@pytest.mark.parametrize("strokes", ZEROS.values(), ids=ZEROS)
def test_a_zero_stays_a_zero(reading_of, strokes, pen):
    found = reading_of(strokes, pen)
    assert (found.text, found.verdict) == ("0", "digit")
