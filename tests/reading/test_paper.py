"""Ink is found on paper with lines, in shadow and on a table; sheets without a digit are blank."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from bench import papers
from bench.strokes import BLACK, WHITE, Variant, draw
from core import registry
from core.reading.ink import find_ink, search
from core.reading.normalise import to_mnist
from core.reading.pictures import decode
from core.reading.reader import read
from core.reading.rulings import without_rulings
from core.strokes import digits

FIVE = [
    np.array([[0.2, 0], [0.18, 0.4], [0.5, 0.4], [0.6, 0.7], [0.4, 1], [0.1, 0.95]]),
    np.array([[0.2, 0.02], [0.62, 0]]),
]
SIDE = 280
Y, X = np.mgrid[:SIDE, :SIDE]
COVER = draw(FIVE, Variant(width=9))[..., 0] / 255
RULED = (32,)
SQUARED = (32, 32)


def sheet(spacings: tuple[int, ...], slope: float = 0.03) -> np.ndarray:
    """Light that is left by lines of 3 pixels, level ones first, then upright ones."""
    left = np.full((SIDE, SIDE), 220.0)
    for spacing, across in zip(spacings, (Y + slope * X, X - slope * Y), strict=False):
        left *= np.where((across % spacing) < 3, 0.75, 1)
    return left


def grain(picture: np.ndarray, spread: float = 1.5) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, spread, picture.shape)
    return (picture + noise).round().clip(0, 255).astype(np.uint8)


def likeness(ink: np.ndarray) -> float:
    forms = to_mnist(ink), to_mnist(COVER.astype(np.float32))
    return float(np.corrcoef(*(form.ravel() for form in forms))[0, 1])


@pytest.mark.parametrize("spacings", [(), RULED, SQUARED], ids=["plain", "ruled", "squared"])
@pytest.mark.parametrize("spread", [0, 1.5])
def test_lines_are_no_ink_and_do_not_cut_a_digit(spacings, spread):
    paper = sheet(spacings)
    assert not find_ink(grain(paper, spread)).any()
    assert likeness(find_ink(grain(paper * (1 - 0.8 * COVER), spread))) > 0.95


def test_a_line_under_a_level_stroke_leaves_the_stroke():
    paper = np.where(abs(Y - 140) < 2, 165.0, 220.0)
    stroke = (abs(Y - 140) < 6) & (X > 40) & (X < 200)
    ink = find_ink(grain(np.where(stroke, 50, paper)))
    assert ink[stroke].mean() > 0.8
    assert not ink[:, 210:].any()


def test_lines_are_divided_out_where_they_are():
    light = sheet(SQUARED)[None].astype(np.float32)
    cleaned, taken = without_rulings(light, np.ones((SIDE, SIDE), bool))
    inside = np.s_[20:-20, 20:-20]  # lines that begin on one side and end on the next may stay
    assert abs(cleaned[0][inside] - 220).max() < abs(light[0][inside] - 220).max()
    assert np.median(cleaned[0][inside]) == pytest.approx(220, abs=1)
    assert taken[light[0] < 200].mean() > 0.15
    assert taken[light[0] > 200].mean() < 0.05


def test_a_felt_tip_on_dotted_paper_is_solid():
    """Dots, which are finer, made it look for fine strokes only: of thick ones it saw outlines."""
    felt = np.asarray(Image.fromarray(draw(FIVE, Variant(width=20))[..., 0]).resize((1000, 1000)))
    y, x = np.mgrid[:1000, :1000]
    paper = np.where((x % 50 < 6) & (y % 50 < 6), 10.0, 250.0) * (0.8 + 0.2 * x / 1000)
    ink = find_ink(grain(paper * (1 - 0.8 * (felt / 255)), 2))
    assert ink[felt == 255].mean() > 0.9
    assert ink[ndimage.binary_dilation(felt > 0, iterations=30) == 0].sum() == 0


def test_a_dash_thinner_than_where_strokes_meet_is_ink():
    """It was left out without a word where a felt tip wrote, and 9 - 39 read as 939, certain."""
    bars = [
        (abs(X - x) < 7) & (abs(Y - 140) < 80) | (np.hypot(X - x, Y - 140) < 14) for x in (50, 230)
    ]
    dash = (abs(X - 140) < 25) & (abs(Y - 140) < 6)
    cover = np.any([*bars, dash], axis=0)
    ink = find_ink(grain((220 - 40 * X / SIDE) * (1 - 0.8 * cover)))
    assert ink[cover].mean() > 0.8
    assert ink[dash].mean() > 0.8


@pytest.mark.parametrize("pen", [12, 20, 24, 30])
def test_what_pens_of_two_widths_wrote_is_read_or_named(pen):
    """Beside a felt tip's 5 a fine 1 was left out without a word; by a wider one, the 5 was."""
    felt = draw(FIVE, Variant(width=pen))[..., 0] / 255
    fine = (abs(X - 255) < 2) & (abs(Y - 140) < 20)
    light = (220 - 40 * X / SIDE) * (1 - 0.8 * np.maximum(felt, fine))
    found = search(grain(light))
    named = np.zeros(fine.shape, bool)
    for left, top, right, bottom in found.left_out:
        named[top:bottom, left:right] = True
    for written in (fine, felt > 0.9):
        read = (found.ink[written] > 0.5).mean()
        assert read > 0.9 or named[written].mean() > 0.6
    assert found.ink.any()
    assert found.left_out


def test_a_stroke_from_border_to_border_of_a_canvas_is_ink():
    canvas = draw([np.array([[0.0, 0], [0.0, 1]])], Variant(fit=320, width=18))
    np.testing.assert_array_equal(find_ink(canvas), canvas[..., 0] / np.float32(255))


@pytest.mark.parametrize("place", [60, 140, 220])
def test_the_edge_of_a_shadow_is_no_ink(place):
    light = np.where(X + 0.3 * Y - place < 0, 0.6, 1) * (220 - 30 * Y / SIDE)
    assert not find_ink(grain(light)).any()
    assert likeness(find_ink(grain(light * (1 - 0.8 * COVER)))) > 0.9


def test_a_table_around_the_sheet_is_no_ink():
    inside = (X > 30) & (X < 260) & (Y > 20) & (Y < 270)
    table = 60 + 6 * np.random.default_rng(1).standard_normal((SIDE, SIDE))
    picture = np.where(inside, 220 * (1 - 0.8 * COVER), table)
    assert likeness(find_ink(grain(picture))) > 0.95


def cropped(sides: str, pen: int = 14) -> tuple[np.ndarray, np.ndarray]:
    """A photograph of a digit whose ink reaches these sides, and how much the pen covers."""
    cover = draw(FIVE, Variant(width=pen))[..., 0] / 255
    (top, bottom), (left, right) = (
        np.flatnonzero((cover > 0.5).any(axis=k))[[0, -1]] for k in (1, 0)
    )
    rows = slice(
        top if "top" in sides else top - 30, bottom + 1 if "bottom" in sides else bottom + 30
    )
    columns = slice(
        left if "left" in sides else left - 30, right + 1 if "right" in sides else right + 30
    )
    light = 200 - 40 * X / SIDE - 20 * Y / SIDE
    return grain(light * (1 - 0.8 * cover))[rows, columns], cover[rows, columns]


@pytest.mark.parametrize("pen", [8, 14, 24])
@pytest.mark.parametrize(
    "sides", ["top", "bottom", "left", "right", "top right", "bottom left top right"]
)
def test_ink_that_touches_the_border_of_a_photograph_is_ink(sides, pen):
    """A tightly cropped 5 was blank, and the advice was to crop it closer."""
    picture, cover = cropped(sides, pen)
    forms = to_mnist(find_ink(picture)), to_mnist(cover.astype(np.float32))
    assert np.corrcoef(*(form.ravel() for form in forms))[0, 1] > 0.9


@pytest.mark.parametrize("strip", [4, 12, 30])
@pytest.mark.parametrize("tilt", [0, 0.05])
@pytest.mark.parametrize("turns", range(4))
def test_a_strip_of_table_at_the_border_is_no_ink(strip, tilt, turns):
    table = np.rot90(Y + tilt * X < strip, turns)
    assert not find_ink(grain(np.where(table, 50, 210.0))).any()
    assert likeness(find_ink(grain(np.where(table, 50, 210 * (1 - 0.8 * COVER))))) > 0.95


def test_what_could_be_ink_at_the_border_is_named():
    """A blot there, or a finger, was dropped without a word."""
    blot = np.hypot(X - 140, Y) < 33
    light = 200 - 0.2 * X
    found = search(grain(np.where(blot, 50, light * (1 - 0.8 * COVER))))
    assert likeness(found.ink) > 0.95
    ((left, top, right, bottom),) = found.left_out
    assert top == 0
    assert max(abs(left - 107), abs(right - 173), abs(bottom - 33)) < 6


def test_a_stroke_out_of_focus_is_not_read_but_the_sheet_is_not_blank():
    """A 0 out of focus, wide and pale, was called blank: nothing is there."""
    ring = abs(np.hypot(X - 140, Y - 140) - 60) < 12
    soft = ndimage.gaussian_filter(ring.astype(float), 8)
    light = np.linspace(190, 150, SIDE)[None, :]
    found = search(grain(light * (1 - 0.4 * soft)))
    assert not found.ink.any()
    ((left, top, right, bottom),) = found.left_out
    assert left < 80 < 200 < right
    assert top < 80 < 200 < bottom
    assert not search(grain(light * np.ones((SIDE, 1)))).left_out


def test_chalk_on_a_board_is_ink():
    board = 50 + 40 * X / SIDE
    assert likeness(find_ink(grain(board + (230 - board) * COVER))) > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 300), (28, 28), (64, 64)])
def test_any_shape_of_noise_is_an_answer(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    ink = find_ink(picture)
    assert ink.shape == shape
    assert ink.dtype == np.float32
    assert ((ink >= 0) & (ink <= 1)).all()


def test_clean_canvases_do_not_take_this_way():
    """Their ink is exactly what the pen covered."""
    canvas = draw(FIVE, Variant(paper=WHITE, pen=BLACK))
    expected = draw(FIVE, Variant())[..., 0] / np.float32(255)
    np.testing.assert_array_equal(find_ink(canvas), expected)


@pytest.mark.parametrize("seed", [2, 4, 10, 11, 23])
def test_a_table_as_light_as_shaded_paper_is_told_by_its_colour(seed):
    """Its grain was read as more digits and signs: "4 4554 141" for a 4."""
    assert photograph_of(seed, "on a table") == (str(seed % 10), "digit")


@pytest.mark.parametrize("seed", [1, 43])
def test_what_is_left_of_a_printed_line_at_the_border_is_no_sign(seed):
    """It was as wide as the pencil's stroke: a 1 was "1?"."""
    assert photograph_of(seed, "pencil, squared") == (str(seed % 10), "digit")


def photograph_of(seed: int, kind: str) -> tuple[str, str]:
    """Return what is read in a photograph of the generator's digit."""
    rng = np.random.default_rng(seed)
    strokes = digits.write(seed % 10, rng)
    path = np.concatenate(strokes)
    placed = [(stroke - path.min(axis=0)) / np.ptp(path, axis=0).max() for stroke in strokes]
    small = replace(papers.KINDS[kind], longest=(300, 420))
    photograph = decode(papers.picture(placed, small, rng))
    found = read(photograph, registry.find("flagship").predictor())
    return found.text, found.verdict


@pytest.mark.parametrize("thick", [6, 10, 16])
def test_a_strip_of_table_out_of_a_scans_corner_is_no_ink(thick):
    """Two of them beside an 8 were read as a sign and a 1."""
    paper = 235 * (1 - 0.8 * COVER)
    strip = SIDE - thick + 0.1 * (SIDE - Y) < X
    ink = find_ink(grain(np.where(strip, 25, paper), 0.6))
    assert not ink[strip].any()
    assert likeness(ink) > 0.95
    # On a screen it was drawn.
    assert find_ink(np.where(strip, 25, paper).round().astype(np.uint8))[strip].any()
