"""Strokes out of the canvas' JSON and back to a picture, as the browser paints it.

``canvas_drawing.json`` and ``.png`` are what the component sent from Chromium for one drawing:
three strokes of the mouse.
"""

import json
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from core.reading.canvas_strokes import Paper, Stroke, as_path, drawing, strokes

HERE = Path(__file__).parent
DRAWN = json.loads((HERE / "canvas_drawing.json").read_text())
PICTURE = np.asarray(Image.open(HERE / "canvas_drawing.png"))


def test_a_drawing_is_painted_as_the_browser_painted_it():
    painted = drawing(strokes(DRAWN), 336, 336)
    assert painted.shape == (336, 336, 4)
    assert painted.dtype == np.uint8
    assert (painted[..., 3] == 255).all()
    apart = abs(painted[..., 0].astype(int) - PICTURE)
    assert apart.mean() < 0.3  # of 255 levels
    assert (apart > 40).mean() < 0.001  # some pixels on the rim of a stroke


def test_strokes_are_told_apart_in_their_order():
    first, second, third = strokes(DRAWN)
    assert first.width == 22
    assert first.ink
    assert first.lines[0][0].round().tolist() == [80, 80]
    assert second.lines[0][0].round().tolist() == [60, 200]
    assert third.lines[0][-1].round().tolist() == [300, 40]


def test_a_curve_goes_through_its_middle():
    """Half-way along a quadratic curve lies a quarter of each end and half of the handle."""
    path = [["M", 0, 0], ["Q", 10, 20, 40, 0]]
    (stroke,) = strokes({"objects": [{"type": "Path", "path": path, "strokeWidth": 4}]})
    assert [15.0, 10.0] in stroke.lines[0].tolist()
    assert stroke.lines[0][-1].tolist() == [40, 0]


def test_a_straight_line_covers_what_geometry_says():
    """A round-ended line has the area of a rectangle and of a circle."""
    line = Stroke((np.array([(50.0, 60.0), (150.0, 60.0)]),), 20.0)
    covered = drawing([line], 200, 120)[..., 0].sum() / 255
    assert abs(covered / (100 * 20 + np.pi * 100) - 1) < 0.01


def test_black_erases_and_a_paper_grows():
    lines = (np.array([(20.0, 20.0), (80.0, 20.0)]),)
    paper = Paper(100, 40)
    paper.add(Stroke(lines, 10.0))
    before = paper.grey().copy()
    assert before[20, 50] == 255
    paper.add(Stroke((lines[0][:1],), 14.0, ink=False))
    assert paper.grey()[20, 20] == 0
    assert (paper.grey()[:, 40:] == before[:, 40:]).all()


def test_what_is_put_on_a_canvas_is_read_back():
    dabs = (np.array([(10.0, 10.0)]), np.array([(30.0, 12.5), (34.0, 20.0)]))
    (back,) = strokes({"objects": [as_path(Stroke(dabs, 7.5, ink=False))]})
    assert (back.width, back.ink) == (7.5, False)
    assert back.lines[0][0].tolist() == [10, 10]
    assert np.allclose(back.lines[1], dabs[1])


numbers = some.integers() | some.floats() | some.booleans() | some.text(max_size=3) | some.none()
commands = some.lists(some.sampled_from("MLQZ") | numbers, max_size=6)
paths = some.lists(commands | numbers, max_size=5) | numbers
objects = some.fixed_dictionaries(
    {}, optional={"type": some.just("Path") | numbers, "path": paths, "strokeWidth": numbers}
)
anything = some.recursive(
    numbers,
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(some.fixed_dictionaries({"objects": some.lists(objects, max_size=4)}) | anything)
def test_hostile_json_gives_strokes_that_can_be_painted(content):
    for stroke in strokes(content):
        assert 0 < stroke.width <= 200
        assert all(np.isfinite(line).all() and line.shape[1:] == (2,) for line in stroke.lines)
    drawing(strokes(content), 28, 28)


def test_a_drawing_without_end_is_cut_off():
    path = [["M", 0, 0], *([["L", 5, 5]] * 50_000)]
    many = {"type": "Path", "path": [["M", 0, 0], ["L", 9, 9]], "strokeWidth": 5}
    long = {"type": "Path", "path": path, "strokeWidth": 5}
    assert strokes({"objects": [long]}) == []
    assert len(strokes({"objects": [many] * 5_000})) == 500


def test_a_number_too_large_for_a_float_is_no_stroke():
    """JSON knows whole numbers of any length, which ``math.isfinite`` stumbled over."""
    path = [["M", 10, 10], ["L", 20, 20]]
    wide = {"type": "path", "strokeWidth": 10**400, "stroke": "#ffffff", "path": path}
    far = wide | {"strokeWidth": 9, "path": [["M", 10**400, 10], ["L", 20, 20]]}
    assert strokes({"objects": [wide, far]}) == []


def test_a_line_that_ends_where_it_began_is_put_back_whole():
    """The last point was dropped with those that make a line of no length."""
    ring = Stroke((np.array([[50, 50], [90, 50], [90, 90], [50, 50]], float),), 9.0)
    (again,) = strokes({"objects": [as_path(ring)]})
    assert np.array_equal(again.lines[0], ring.lines[0])
