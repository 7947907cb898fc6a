"""Several digits on a line: drawn blocks and strokes whose order and number are known."""

import numpy as np
import pytest

from core.reading import segment
from core.reading.segment import candidates, digits_in
from core.registry import find
from core.strokes import pen
from core.strokes.line import in_line

SHAPES = {
    "0": [[(0.3, 0), (0.1, 0.15), (0, 0.5), (0.1, 0.85), (0.3, 1), (0.5, 0.85), (0.6, 0.5)]],
    "1": [[(0, 0), (0, 1)]],
    "2": [[(0, 0.2), (0.15, 0.02), (0.4, 0), (0.55, 0.2), (0.5, 0.4), (0, 1), (0.6, 1)]],
    "4": [[(0.2, 0), (0, 0.6), (0.45, 0.6)], [(0.55, 0), (0.55, 1)]],
    "5": [[(0.12, 0.1), (0.1, 0.45), (0.4, 0.4), (0.55, 0.7), (0.35, 1), (0, 0.95)]],
    "7": [[(0, 0), (0.6, 0), (0.25, 1)]],
}
SHAPES["0"][0] += [(0.5, 0.15), (0.3, 0)]
SHAPES["5"].append([(0.2, 0), (0.6, 0)])  # its bar apart


@pytest.fixture(scope="module")
def predictor():
    return find("sprint").predictor()


def ink(digit: str, height: int = 100, width: int = 10) -> np.ndarray:
    strokes = [np.array(stroke) * height + width for stroke in SHAPES[digit]]
    drawn = pen.draw(strokes, width, height + 3 * width)
    rows, columns = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    return drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def number(text: str, *gaps: float) -> np.ndarray:
    """Return the ink of each digit on the same line, shape (digits, h, w)."""
    gaps = gaps if len(gaps) == len(text) - 1 else gaps * (len(text) - 1)
    return in_line([ink(digit) for digit in text], gaps, [0] * len(text))


def text_of(found) -> str:
    return "".join(str(probabilities.argmax()) for _, probabilities, _ in found)


@pytest.mark.parametrize("gap", [60, 25, 4])
@pytest.mark.parametrize("text", ["2021", "7410", "5275"])
def test_a_number_is_read_from_left_to_right_with_a_box_for_each(predictor, text, gap):
    layers = number(text, gap)
    found = digits_in(layers.max(axis=0), predictor)
    assert text_of(found) == text
    for (steps, *_), layer in zip(found, layers, strict=True):
        rows, columns = (np.flatnonzero(layer.any(axis=axis)) for axis in (1, 0))
        assert steps.box == pytest.approx(
            (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), abs=1
        )


@pytest.mark.parametrize("text", ["2021", "2521"])
def test_digits_that_touch_are_parted(predictor, text):
    found = digits_in(number(text, 30, -5, 30).max(axis=0), predictor)
    assert text_of(found) == text


@pytest.mark.parametrize("digit", SHAPES)
def test_one_digit_stays_one_in_however_many_strokes(predictor, digit):
    for size, width in ((60, 4), (150, 12), (200, 40)):
        found = digits_in(np.pad(ink(digit, size, width), 20), predictor)
        assert text_of(found) == digit


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (30, 30), (60, 600)])
def test_a_dash_or_a_block_gives_something_and_in_order(predictor, shape):
    found = digits_in(np.ones(shape, np.float32), predictor)
    lefts = [steps.box[0] for steps, *_ in found]
    assert lefts == sorted(lefts)
    assert 1 <= len(found) <= max(1, 2 * shape[1] // shape[0])


def test_ink_in_two_lines_is_read_as_one_line(predictor):
    line = number("21", 30).max(axis=0)
    two = np.concatenate([line, np.zeros((40, line.shape[1]), np.float32), line])
    found = digits_in(two, predictor)
    boxes = np.array([steps.box for steps, *_ in found])
    assert (boxes[:, :2].min(axis=0) == (0, 0)).all()
    assert (boxes[:, 2:].max(axis=0) == two.shape[::-1]).all()


def test_candidates_are_all_runs_of_parts_and_hold_their_ink():
    layers = number("101", 40)
    found = candidates(layers.max(axis=0))
    spans = {(candidate.start, candidate.stop) for candidate in found}
    n = max(stop for _, stop in spans)
    assert {(0, n)} | {(k, k + 1) for k in range(n)} <= spans
    first = next(c for c in found if c.steps.box == (0, 0, *ink("1").shape[::-1]))
    np.testing.assert_array_equal(first.steps.cropped, ink("1"))
    alone = [candidate for candidate in found if candidate.stop == candidate.start + 1]
    assert all(candidate.gap == candidate.columns == 0 for candidate in alone)
    everything = next(c for c in found if (c.start, c.stop) == (0, n))
    assert everything.columns == pytest.approx(40 / len(layers[0]), abs=0.02)


class Refusing:
    """A gate to which nothing is a digit."""

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return np.zeros(len(images), np.float32)


def test_squarish_ink_is_cut_only_into_what_the_gate_takes_for_digits(predictor):
    """Letters and doodles used to be cut into parts that the gate let pass."""
    two = number("11", 30).max(axis=0)
    assert text_of(digits_in(two, predictor)) == "11"
    assert len(digits_in(two, predictor, Refusing())) == 1
    wide = number("2021", 30).max(axis=0)
    assert len(digits_in(wide, predictor, Refusing())) == 4


@pytest.mark.parametrize("count", [6, 13])
def test_dots_are_not_cut_into_digits(predictor, count):
    """A column of them looks like a 1: an empty dotted sheet used to be a number of ones."""
    sheet = np.zeros((20 * count, 20 * count), np.float32)
    for row in range(3):
        sheet[8 + row :: 20, 8::20] = sheet[8 + row :: 20, 9::20] = 1
    assert len(digits_in(sheet, predictor)) == 1


def test_a_number_may_be_as_long_as_a_line(predictor):
    """Of a line there were 60 cuts at most, which the last digits shared."""
    text = "2741" * 16
    assert text_of(digits_in(number(text, 12).max(axis=0), predictor)) == text


def test_the_network_is_loaded_once():
    assert segment.load() is segment.load()
