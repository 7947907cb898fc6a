"""A drawing taken apart: against a model whose reason is known, and arithmetic done by hand."""

import numpy as np
import pytest

from core.explain import drawing
from core.explain.change import Change
from core.reading.canvas_strokes import Stroke
from core.reading.canvas_strokes import drawing as painted
from core.reading.reader import read

SIZE = (336, 336)
UPRIGHT = Stroke((np.array([(168.0, 60.0), (168.0, 280.0)]),), 22.0)
BAR = Stroke((np.array([(80.0, 170.0), (256.0, 170.0)]),), 22.0)


class Upright:
    """A model that reads 1 where the ink is more than twice as high as wide, and 7 elsewhere."""

    def predict(self, images: np.ndarray):
        heights = images.any(axis=2).sum(axis=1)
        widths = images.any(axis=1).sum(axis=1)
        probabilities = np.full((len(images), 10), 0.01, np.float32)
        seven = 1 / (1 + np.exp(20 * (0.5 - widths / np.maximum(heights, 1))))
        probabilities[:, 7], probabilities[:, 1] = 0.92 * seven, 0.92 * (1 - seven)
        return type("Prediction", (), {"probabilities": probabilities})

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return self.predict(images).probabilities


def whole_box(*drawn: Stroke) -> tuple[int, int, int, int]:
    ink = painted(drawn, *SIZE)[..., 0] > 25
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_half_of_the_way_is_half_of_the_strokes():
    long = Stroke((np.array([(0.0, 0.0), (100.0, 0.0)]),), 10.0)
    short = Stroke((np.array([(0.0, 50.0), (0.0, 80.0), (20.0, 80.0)]),), 10.0)
    half = drawing.until([long, short], 0.5)  # 75 of 150 pixels
    assert len(half) == 1
    assert np.allclose(half[0].lines[0], [[0, 0], [75, 0]])
    most = drawing.until([long, short], 0.9)  # 135: 35 of the second, round its corner
    assert most[0] is long
    assert np.allclose(most[1].lines[0], [[0, 50], [0, 80], [5, 80]])
    assert drawing.until([long, short], 1.0) == [long, short]
    assert drawing.until([long, short], 0.0) == []


def test_the_answer_turns_in_the_moment_in_which_its_reason_is_drawn():
    box = whole_box(UPRIGHT, BAR)
    found = drawing.moments([UPRIGHT, BAR], SIZE, box, Upright(), count=20)
    answers = found.probabilities.argmax(axis=1)
    drawn_upright = 220 / (220 + 176)
    assert (answers[(found.shares > 0.3) & (found.shares < drawn_upright)] == 1).all()
    assert (answers[found.shares > 0.9] == 7).all()


def test_the_last_moment_is_the_answer_to_the_whole():
    box = whole_box(UPRIGHT, BAR)
    reading = read(painted([UPRIGHT, BAR], *SIZE), Upright())
    last = drawing.moments([UPRIGHT, BAR], SIZE, box, Upright()).probabilities[-1]
    assert np.array_equal(last, reading.digits[0].probabilities)


def test_a_stroke_is_worth_what_is_read_without_it():
    box = whole_box(UPRIGHT, BAR)
    without = drawing.without_each([UPRIGHT, BAR], SIZE, box, Upright())
    assert without.argmax(axis=1).tolist() == [7, 1]
    alone = drawing.without_each([UPRIGHT], SIZE, whole_box(UPRIGHT), Upright())
    assert np.isnan(alone).all()


def test_strokes_of_another_digit_are_left_out():
    assert drawing.inside([UPRIGHT, BAR], (160, 50, 180, 100)) == [UPRIGHT]


def test_a_changed_pixel_lies_on_the_drawing_where_it_lay_in_the_picture():
    """A dab at the brightest pixels of the 28x28 picture falls on ink, one beside them does not."""
    picture = painted([UPRIGHT], *SIZE)
    digit = read(picture, Upright()).digits[0]
    added = digit.image > 0.9
    erased = np.zeros_like(added)
    erased[14, 2] = True
    change = Change(digit.image, added, erased, 1, digit.probabilities, [])
    black, white = drawing.dabs(change, digit)
    assert (black.ink, white.ink) == (False, True)
    on_ink = [picture[int(y), int(x), 0] for ((x, y),) in white.lines]
    assert min(on_ink) == 255
    ((x, y),) = black.lines[0]
    assert picture[int(y), int(x), 0] == 0
    # The upright is 20 pixels high in the picture and 242 on the canvas: 12.1 each.
    assert white.width == pytest.approx(12.1, abs=0.3)


def test_a_change_put_on_the_canvas_is_read_there_as_wanted():
    """The smallest way from 1 to 7 for this model is ink that makes it wider."""
    model = Upright()
    found = drawing.changed([UPRIGHT], SIZE, lambda p: read(p, model), model, None, 0, 7)
    assert found.holds
    assert read(painted(found.strokes, *SIZE), model).text == "7"
    assert len(found.strokes) > 1


def test_where_pixels_do_not_hold_a_line_of_the_pen_does(monkeypatch):
    """For this model a 7 becomes a 1 by being narrower: by a black line at its side."""
    monkeypatch.setattr(drawing, "smallest_change", lambda *_: None)
    model = Upright()
    wiped = drawing.changed([UPRIGHT, BAR], SIZE, lambda p: read(p, model), model, None, 0, 1)
    assert wiped.as_line
    assert not wiped.strokes[-1].ink
    assert read(painted(wiped.strokes, *SIZE), model).text == "1"


def test_where_no_change_holds_it_says_so():
    class Stubborn(Upright):
        def predict(self, images):
            probabilities = np.tile(np.eye(10, dtype=np.float32)[1], (len(images), 1))
            return type("Prediction", (), {"probabilities": probabilities})

    model = Stubborn()
    found = drawing.changed([UPRIGHT], SIZE, lambda p: read(p, model), model, None, 0, 7)
    assert not found.holds
    assert found.text == "1"


def test_a_digit_that_our_own_painting_joins_to_another_is_left_as_it_is():
    def read_as_one(picture):
        return read(picture, Upright())

    found = drawing.changed([UPRIGHT], SIZE, read_as_one, Upright(), None, place=1, target=7)
    assert not found.holds
    assert found.strokes == [UPRIGHT]
