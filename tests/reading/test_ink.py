"""Ink is found whatever the colours; a blank picture stays blank."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.strokes import BLACK, CLEAR, WHITE, Variant, draw
from core.reading.ink import find_ink, search
from core.reading.normalise import to_mnist
from core.reading.specks import without_specks
from tests.waiting import shortest

FIVE = [
    np.array([[0.2, 0], [0.18, 0.4], [0.5, 0.4], [0.6, 0.7], [0.4, 1], [0.1, 0.95]]),
    np.array([[0.2, 0.02], [0.62, 0]]),
]
SEVEN = [np.array([[0, 0.05], [0.6, 0], [0.25, 1]])]
TWO = [np.array([[0, 0.2], [0.2, 0], [0.5, 0.1], [0.5, 0.4], [0, 1], [0.7, 0.95]])]
digits = st.sampled_from([FIVE, SEVEN, TWO])
byte = st.integers(0, 255)
colour = st.tuples(byte, byte, byte)
OPAQUE = (255,)
NEAR = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]


def coverage(strokes: list[np.ndarray], variant: Variant) -> np.ndarray:
    """What the pen covered, in [0, 1], as an independent renderer made it."""
    return draw(strokes, replace(variant, paper=BLACK, pen=WHITE))[..., 0] / 255


def as_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def grainy(light: np.ndarray, spread: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, spread, light.shape)
    return (light + noise).clip(0, 255).astype(np.uint8)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlate two forms, forgiving what rounding sides and centre to whole pixels does to them.

    Both are softened over 3x3 pixels, and one may stand a pixel off.
    """
    soft = [sum(np.roll(form, step, (0, 1)) for step in NEAR) for form in (one, other)]
    moved = (np.roll(soft[1], step, (0, 1)) for step in NEAR)
    return max(float(np.corrcoef(soft[0].ravel(), form.ravel())[0, 1]) for form in moved)


def form(picture: np.ndarray) -> np.ndarray:
    return to_mnist(without_specks(find_ink(picture)))


@settings(max_examples=40)
@given(digits, colour, colour)
def test_any_pen_on_any_paper_leaves_the_same_ink(strokes, paper, pen):
    contrast = max(abs(one - other) for one, other in zip(paper, pen, strict=True))
    variant = Variant(paper=paper + OPAQUE, pen=pen + OPAQUE)
    ink = find_ink(draw(strokes, variant))
    assert ink.dtype == np.float32
    if contrast < 20:
        assert not ink.any()
    elif contrast > 28:
        # One level of rounding is a larger part of a small contrast.
        np.testing.assert_allclose(ink, coverage(strokes, variant), atol=1.5 / contrast + 1e-6)


@settings(max_examples=40)
@given(digits, colour, st.integers(40, 255))
def test_a_pen_on_a_transparent_canvas_leaves_ink_in_alpha(strokes, pen, alpha):
    variant = Variant(paper=CLEAR, pen=(*pen, alpha))
    ink = find_ink(draw(strokes, variant))
    np.testing.assert_allclose(ink, coverage(strokes, variant), atol=2.5 / alpha)


@settings(max_examples=40)
@given(digits, st.integers(40, 255))
def test_paper_may_be_half_transparent_too(strokes, alpha):
    picture = draw(strokes, Variant(paper=WHITE, pen=BLACK))
    picture[..., 3] = alpha
    expected = coverage(strokes, Variant())
    np.testing.assert_allclose(find_ink(picture), expected, atol=2.5 / alpha)


def test_colours_hidden_under_transparency_are_not_ink():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (80, 80, 4), dtype=np.uint8)
    picture[..., 3] = 0
    assert not find_ink(picture).any()


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (280, 280), (28, 28)])
@given(st.tuples(byte, byte, byte, byte))
def test_one_colour_of_any_transparency_is_blank(shape, rgba):
    picture = np.full((*shape, 4), rgba, np.uint8)
    for blank in (picture, picture[..., :3], picture[..., 0]):
        ink = find_ink(blank)
        assert ink.shape == shape
        assert not ink.any()


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("noise", [0, 3, 10, 25])
@pytest.mark.parametrize("slope", [0, 60])
def test_noise_compression_and_uneven_light_are_no_ink(quality, noise, slope):
    rng = np.random.default_rng(noise)
    paper = 150 + slope * np.linspace(0, 1, 200)[None, :, None]
    picture = as_jpeg(paper + rng.normal(0, noise, (200, 200, 3)), quality)
    assert not (find_ink(picture) > 0.1).any()


@pytest.mark.long
@settings(max_examples=30)
@given(digits, st.floats(0.3, 1), st.floats(0, 1), st.integers(0, 6))
def test_a_scan_in_uneven_light_gives_nearly_what_the_canvas_gives(strokes, dark, turn, noise):
    covered = coverage(strokes, Variant(width=12))[..., None]
    y, x = np.mgrid[0:280, 0:280] / 279
    light = (dark + (1 - dark) * (turn * x + (1 - turn) * y))[..., None]
    paper, pen = np.array([235, 230, 220]), np.array([60, 60, 70])
    grain = np.random.default_rng(noise).normal(0, noise, covered.shape)
    scan = as_jpeg((paper + (pen - paper) * covered) * light + grain, 80)
    assert likeness(form(scan), to_mnist(covered[..., 0])) > 0.95


@pytest.mark.parametrize("spread", [20, 40])
def test_a_digit_under_much_grain_is_ink(spread):
    """Twelve of forty pictures with the grain of a dark room were called blank."""
    light = np.where(coverage(FIVE, Variant(width=12)) > 0.5, 70, 190)
    for ink in (find_ink(grainy(light, spread)), find_ink(grainy(255 - light, spread))):
        clean = to_mnist(coverage(FIVE, Variant(width=12)).astype(np.float32))
        assert likeness(to_mnist(without_specks(ink)), clean) > 0.9
    assert not find_ink(grainy(np.full((280, 280), 190), spread)).any()


def test_salt_and_pepper_do_not_roughen_strokes():
    """Single black and white pixels that touched a stroke made it a thorny one, and no digit."""
    clean = draw(FIVE, Variant(width=12, paper=WHITE, pen=BLACK))[..., 0]
    strewn = np.random.default_rng(0).random(clean.shape)
    noisy = np.where(strewn < 0.03, 0, np.where(strewn > 0.97, 255, clean)).astype(np.uint8)
    assert abs(form(noisy) - form(clean)).max() < 0.3
    hatched = clean.copy()  # lines one pixel wide are not noise
    hatched[10:-10, 10:-10:10] = 0
    assert (find_ink(hatched)[10:-10, 10] > 0.5).all()


@pytest.mark.parametrize("strokes", [FIVE, SEVEN, TWO])
@pytest.mark.parametrize("quality", [20, 60, 95])
def test_compression_changes_the_form_little(strokes, quality):
    canvas = draw(strokes, Variant(paper=WHITE, pen=(200, 30, 40, 255)))[..., :3]
    assert likeness(form(as_jpeg(canvas, quality)), form(canvas)) > 0.95


@settings(max_examples=40)
@given(digits, st.integers(40, 250), st.sampled_from(["middle", "corner", "around"]), byte)
def test_size_and_place_change_the_form_little(strokes, fit, place, index):
    """The pen grows with the digit, as if the same drawing were seen from nearer."""
    fit = fit if place == "middle" else min(fit, 150)
    usual = form(draw(strokes, Variant()))
    other = form(draw(strokes, Variant(fit=fit, width=fit / 10, place=place), index))
    assert likeness(usual, other) > 0.95


@settings(max_examples=40)
@given(digits, st.integers(8, 30))
def test_stroke_width_changes_the_form_little(strokes, width):
    usual = form(draw(strokes, Variant()))
    other = form(draw(strokes, Variant(width=width)))
    assert likeness(usual, other) > 0.9


@given(digits)
def test_polarity_and_transparency_change_nothing(strokes):
    usual = form(draw(strokes, Variant()))
    for paper, pen in [(WHITE, BLACK), (CLEAR, BLACK), (CLEAR, WHITE)]:
        other = form(draw(strokes, Variant(paper=paper, pen=pen)))
        assert abs(usual - other).max() < 0.02


def test_a_sheet_with_a_transparent_margin_is_paper():
    canvas = draw(SEVEN, Variant(paper=WHITE, pen=BLACK))
    sticker = np.pad(canvas, [(20, 20), (20, 20), (0, 0)])
    ink = find_ink(sticker)
    np.testing.assert_allclose(ink[20:-20, 20:-20], coverage(SEVEN, Variant()), atol=0.01)
    assert not ink[:20].any()


def test_a_shape_that_fills_most_of_a_transparent_picture_is_ink():
    picture = np.zeros((40, 30, 4), np.uint8)
    picture[2:-2, 2:-2] = (10, 20, 30, 255)
    np.testing.assert_array_equal(find_ink(picture), picture[..., 3] / 255)


def test_ink_may_run_over_the_border():
    canvas = draw(TWO, Variant(paper=WHITE, pen=BLACK, width=24))
    rows, columns = (np.flatnonzero((canvas[..., 0] < 128).any(axis)) for axis in (1, 0))
    inside = np.s_[rows[0] + 8 : rows[-1] - 8, columns[0] + 8 : columns[-1] - 8]
    expected = coverage(TWO, Variant(width=24))[inside]
    np.testing.assert_allclose(find_ink(canvas[inside]), expected, atol=0.01)


def test_a_canvas_takes_little_time():
    """A fifth of what it takes to sort its numbers: the bound still catches a slow path."""
    canvas = draw(FIVE, Variant())
    assert shortest(lambda: find_ink(canvas)) < 2 * shortest(lambda: np.sort(canvas, axis=None))


@pytest.mark.parametrize("shape", [(1, 2000), (2000, 1), (2, 999), (1, 1)])
def test_a_strip_of_noise_is_no_error(shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert find_ink(noise).shape == shape


@pytest.mark.parametrize("square", [6, 16])
@pytest.mark.parametrize("quality", [None, 85])
def test_the_squares_that_stand_for_transparency_are_paper(square, quality):
    """Pictures saved with them were not read: they were taken for a sheet in uneven light."""
    cover = coverage(FIVE, Variant())
    y, x = np.mgrid[:280, :280] // square
    picture = (np.where((x + y) % 2, 255, 204) * (1 - cover)).round().astype(np.uint8)
    ink = find_ink(picture if quality is None else as_jpeg(picture, quality))
    assert likeness(to_mnist(ink), to_mnist(cover.astype(np.float32))) > 0.95


@pytest.mark.parametrize("contrast", [10, 20])
def test_what_is_too_faint_to_be_read_is_not_blank(contrast):
    """A pale pencil was called blank, as if nothing were there."""
    cover = coverage(FIVE, Variant())
    found = search((255 - contrast * cover).round().astype(np.uint8))
    assert not found.ink.any()
    y, x = np.nonzero(cover > 0.5)
    lefts, tops, rights, bottoms = zip(*found.left_out, strict=True)
    assert (min(lefts), min(tops)) == pytest.approx((x.min(), y.min()), abs=2)
    assert (max(rights), max(bottoms)) == pytest.approx((x.max() + 1, y.max() + 1), abs=2)
