"""Sheets with several lines, signs, tables and digits on their side, read by the shipped model."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from bench.brought_pictures import cover_of, moved, written
from bench.strokes import Variant, draw
from core import registry
from core.reading import gate as gate_network
from core.reading import layout
from core.reading.reader import read
from core.strokes import digits

HEIGHT, SPACING, PEN = 60, 105, 6


def canvas_of(*texts: str, side: int | None = None) -> np.ndarray:
    """White on black, uint8: each text on a line of its own, or in the middle of a square."""
    rng = np.random.default_rng(6)
    marks = []
    for row, text in enumerate(texts):
        marks += moved(written(text, digits.write, rng, HEIGHT), 30, 30 + SPACING * row)
    path = np.concatenate([stroke for strokes in marks for stroke in strokes])
    width, height = (path.max(axis=0) + 30).astype(int)
    if side is not None:
        marks = moved(marks, *((side - path.min(axis=0) - path.max(axis=0)) / 2))
        width = height = side
    return (255 * cover_of(marks, PEN, (height, width))).round().astype(np.uint8)


@pytest.fixture(scope="module")
def flagship():
    return registry.find("flagship").predictor(), gate_network.load()


def test_lines_are_read_one_after_the_other(flagship):
    """Two lines were one '?', as if all ink were on one."""
    picture = canvas_of("1234", "567", "08")
    found = read(picture, *flagship)
    assert (found.text, found.verdict) == ("1234\n567\n08", "digit")
    assert found.to_json()["lines"] == ["1234", "567", "08"]
    assert found.signs == list("123456708")
    boxes = [digit.box for digit in found.digits]
    assert all(a[2] <= b[0] for a, b in pairwise(boxes[:4]))
    assert max(box[3] for box in boxes[:4]) < min(box[1] for box in boxes[4:7])


def test_a_wide_gap_parts_two_numbers(flagship):
    assert read(canvas_of("12 345"), *flagship).text == "12 345"
    # Columns, where one line has a digit in each.
    assert read(canvas_of("12 345", "6 7 8"), *flagship).text == "12 345\n6 7 8"


@pytest.mark.parametrize("sign", ["+", "-", ",", "."])
@pytest.mark.parametrize("on_paper", [False, True], ids=["screen", "paper"])
def test_a_sign_is_no_digit_and_makes_no_answer_certain(flagship, sign, on_paper):
    """A comma was a 1, and a point was dropped as dirt: 2.65 was 265, 99.9 % certain."""
    picture = canvas_of(f"23{sign}4")
    if on_paper:
        noise = np.random.default_rng(0).normal(0, 2, picture.shape)
        light = np.linspace(1, 0.8, picture.shape[1])
        picture = ((200 - 0.7 * picture) * light + noise).clip(0, 255).astype(np.uint8)
    found = read(picture, *flagship)
    assert (found.text, found.verdict) == ("23?4", "unsure")


@pytest.mark.parametrize("text", ["5,", "3.", "-7", "8+"])
def test_a_sign_beside_a_single_digit_is_not_read_as_a_part_of_it(flagship, text):
    """Digit and comma together passed for one digit, 99.9 % certain."""
    found = read(canvas_of(text), *flagship)
    expected = "".join(sign if sign.isdigit() else "?" for sign in text)
    assert (found.text, found.verdict) == (expected, "unsure")


def test_a_five_with_a_bar_of_its_own_is_not_two_lines(flagship):
    body = np.array([[0.2, 0.2], [0.16, 0.45], [0.5, 0.42], [0.62, 0.7], [0.45, 1], [0.1, 0.92]])
    bar = np.array([[0.2, 0], [0.62, 0]])
    assert read(draw([body, bar], Variant(width=14)), *flagship).text == "5"


def test_the_cells_of_a_ruled_table_are_read_row_by_row(flagship):
    cells = [canvas_of(text, side=300) for text in ("12", "7", "3", "45")]
    table = np.concatenate([np.concatenate(cells[k : k + 2], axis=1) for k in (0, 2)])
    height, width = table.shape
    table = np.pad(table, 20)
    for y in (20, 20 + height // 2, 20 + height):
        table[y - 2 : y + 2, 18 : width + 22] = 255
    for x in (20, 20 + width // 2, 20 + width):
        table[18 : height + 22, x - 2 : x + 2] = 255
    found = read(255 - table, *flagship)
    assert (found.text, found.verdict) == ("12 7\n3 45", "digit")
    # A digit that is joined to a line cannot be read: it was dropped without a word.
    table[20:120, 60:68] = 255
    found = read(255 - table, *flagship)
    assert (found.text, found.verdict) == ("12 7\n3 45", "unsure")
    ((left, _, right, bottom),) = found.left_out
    assert (left, right, bottom) == pytest.approx((60, 68, 120), abs=2)


def test_what_a_printed_line_cuts_off_a_digit_is_no_sign():
    """The lower end of a 1 was a sign, and a certain 1 became "1?"."""
    drawn = Image.new("L", (300, 400))
    ImageDraw.Draw(drawn).line([(120, 60), (126, 240), (170, 307)], fill=255, width=22)
    ink = np.asarray(drawn) / np.float32(255)
    ink[247:252] = 0
    ink[:, :138] = np.where(np.arange(400)[:, None] < 252, ink[:, :138], 0)
    assert not any(line.signs for line in layout.lines(ink))


@pytest.mark.parametrize(("text", "quarter"), [("3", 1), ("4", 3), ("2345", 1), ("2345", 3)])
def test_what_lies_on_its_side_is_refused_with_what_it_reads_turned(flagship, text, quarter):
    picture = np.rot90(canvas_of(text), quarter)
    found = read(picture, *flagship, turns=True)
    assert (found.verdict != "digit", found.turned) == (True, text)
    assert read(picture, *flagship).turned == ""  # only who asks pays for it
    assert read(canvas_of(text), *flagship, turns=True).turned == ""


def test_two_digits_within_28x28_are_cut_where_a_column_is_empty(flagship):
    """A 1 of one pixel's width beside a 0 was left out: the answer was 0, certain."""
    small = Image.new("L", (28, 28), 255)
    pen = ImageDraw.Draw(small)
    pen.line([(4, 10), (8, 6), (8, 22)], fill=0)
    pen.ellipse([13, 6, 22, 22], outline=0)
    assert read(np.asarray(small), *flagship).text == "10"


@settings(max_examples=15)
@given(
    st.lists(st.text("0123456789", min_size=1, max_size=3), min_size=1, max_size=3),
    st.integers(0, 3),
)
def test_whatever_stands_on_a_sheet_each_digit_has_a_box_of_its_own(flagship, texts, turns):
    picture = np.ascontiguousarray(np.rot90(canvas_of(*texts), turns))
    found = read(picture, *flagship)
    assert len(found.signs) == len(found.digits)
    for digit in found.digits:
        left, top, right, bottom = digit.box
        assert 0 <= left < right <= picture.shape[1]
        assert 0 <= top < bottom <= picture.shape[0]
    # Nothing that was drawn is dropped without a word.
    boxes = np.zeros(picture.shape, bool)
    for left, top, right, bottom in (digit.box for digit in found.digits):
        boxes[top:bottom, left:right] = True
    assert boxes[picture > 200].mean() > 0.99
