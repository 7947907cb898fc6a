"""`core.strokes.tries`: every suggested try does what its words say.

The first experiment on Home used to say that a 1 becomes a 7 when its flag is longer; what turns
it is the flag's angle.
"""

import numpy as np
import pytest

from core.reading import gate
from core.reading.canvas_strokes import Stroke, drawing
from core.reading.reader import Reading, read
from core.registry import DEFAULT, find
from core.strokes.digits import Strokes
from core.strokes.tries import TRIES, Try

SIDE, PEN = 336, 22  # of Draw's canvas, in pixels


@pytest.fixture(scope="module")
def reading_of():
    predictor, judge = find(DEFAULT).predictor(), gate.load()

    def of(strokes: Strokes, pen: float) -> Reading:
        drawn = [Stroke((SIDE * stroke,), pen) for stroke in strokes]
        return read(drawing(drawn, SIDE, SIDE), predictor, judge)

    return of


@pytest.mark.parametrize("pen", [14, PEN])
@pytest.mark.parametrize("one", TRIES.values(), ids=TRIES)
def test_a_try_is_read_as_it_says_before_and_after(reading_of, one: Try, pen: float):
    for strokes, answer in ((one.strokes, one.answer), (one.changed, one.becomes)):
        found = reading_of(strokes, pen)
        assert found.text == answer
        assert found.verdict == ("not-a-digit" if answer == "?" else "digit")


@pytest.mark.parametrize("one", TRIES.values(), ids=TRIES)
def test_the_words_name_what_it_becomes(one: Try):
    for answer in (one.answer, one.becomes):
        assert ("not a digit" if answer == "?" else answer) in one.task


def test_it_is_the_angle_of_the_flag_and_not_its_length(reading_of):
    stem, steep = TRIES["flag"].strokes
    (flat,) = TRIES["flag"].added
    for length in (0.7, 1, 1.3):
        for flag, answer in ((steep, "1"), (flat, "7")):
            longer = flag[1] + length * (flag - flag[1])
            assert reading_of([stem, longer], PEN).text == answer


def test_all_is_on_the_canvas():
    for one in TRIES.values():
        points = np.concatenate([*one.strokes, *one.added])
        assert points.min() > 0.05
        assert points.max() < 0.95
