"""Canvas strokes: parsed from the canvas's JSON, and painted back to a picture.

The canvas component stores each stroke as a Path of Fabric.js: SVG commands (M, L, Q) in pixels of
the canvas, a pen width and a colour. Here it becomes points, so that a drawing can be replayed,
taken apart and changed without the browser. The JSON comes from a browser or a file and is
untrusted: anything but a stroke is skipped.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from PIL import Image, ImageDraw

MOST_STROKES = 500
_MOST_POINTS = 20_000  # in a whole drawing: a minute of drawing has about 4,000
_FURTHEST = 10_000.0  # pixels of the canvas; nobody draws beyond
_WIDEST = 200.0  # of a pen
_STEPS = 4  # points on a quadratic curve: the browser's curves are about three pixels long
_FINER = 4  # pixels of the rendering per pixel of the picture, for soft edges
_LENGTHS = {"M": 2, "L": 2, "Q": 4}


class Stroke(NamedTuple):
    """The trace of one movement of the pen.

    Attributes
    ----------
    lines : tuple of float64 arrays, shape (k, 2)
        The points (x, y) that the pen passed, in pixels of the canvas. One line, except for strokes
        that the app put on the canvas.
    width : float
        Of the pen, in pixels of the canvas. Ends and corners are round.
    ink : bool
        White, which is ink; otherwise black, which erases.
    """

    lines: tuple[np.ndarray, ...]
    width: float
    ink: bool = True


def strokes(drawing: Any) -> list[Stroke]:
    """Parse the strokes in a canvas's JSON.

    Parameters
    ----------
    drawing : object
        Any result of ``json.loads``; a drawing is a dictionary with a list ``objects``.

    Returns
    -------
    list of Stroke
        In the order in which they were drawn; unreadable ones are skipped.
    """
    objects = drawing.get("objects") if isinstance(drawing, dict) else None
    found: list[Stroke] = []
    room = _MOST_POINTS
    for item in (objects if isinstance(objects, list) else [])[:MOST_STROKES]:
        stroke = _stroke(item, room) if isinstance(item, dict) else None
        if stroke is not None:
            found.append(stroke)
            room -= sum(map(len, stroke.lines))
    return found


def as_path(stroke: Stroke) -> dict[str, Any]:
    """Return a stroke in the canvas's JSON, to be added to its ``objects``."""
    path: list[list[str | float]] = []
    for line in stroke.lines:
        (x, y), *rest = np.round(line, 3).tolist()
        # The browser paints nothing for a line of length zero.
        if all(point == [x, y] for point in rest):
            rest = [[x + 0.01, y]]
        path += [["M", x, y], *(["L", *point] for point in rest)]
    return {
        "type": "Path",
        "path": path,
        "fill": None,
        "stroke": "#ffffff" if stroke.ink else "#000000",
        "strokeWidth": round(stroke.width, 3),
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def drawing(drawn: Sequence[Stroke], width: int, height: int) -> np.ndarray:
    """Paint strokes as the canvas does.

    Parameters
    ----------
    drawn : sequence of Stroke
    width, height : int
        Of the canvas, in pixels.

    Returns
    -------
    uint8 array, shape (height, width, 4)
        RGBA, white on black, opaque, edges soft.
    """
    paper = Paper(width, height)
    for stroke in drawn:
        paper.add(stroke)
    return paper.picture()


class Paper:
    """A drawing that grows: cheaper than painting every moment of it from the start."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("L", (width * _FINER, height * _FINER))
        self._pen = ImageDraw.Draw(self._image)

    def add(self, stroke: Stroke) -> None:
        """Paint a stroke over the drawing so far."""
        colour = 255 if stroke.ink else 0
        # Pillow paints the pixels on the outline, too.
        radius = max(stroke.width * _FINER / 2 - 0.5, 0.0)
        for line in stroke.lines:
            corners = [tuple(point) for point in (line * _FINER).tolist()]
            for (x0, y0), (x1, y1) in pairwise(corners):
                length = math.hypot(x1 - x0, y1 - y0)
                if length > 0:
                    # A polygon: Pillow's own wide lines have whole-pixel widths.
                    x, y = radius * (y0 - y1) / length, radius * (x1 - x0) / length
                    around = [(x0 + x, y0 + y), (x1 + x, y1 + y), (x1 - x, y1 - y)]
                    self._pen.polygon([*around, (x0 - x, y0 - y)], fill=colour)
            for x, y in corners:
                box = (x - radius, y - radius, x + radius, y + radius)
                self._pen.ellipse(box, fill=colour)

    def copy(self) -> "Paper":
        """Return another paper with the same drawing."""
        other = Paper(1, 1)
        other._image = self._image.copy()
        other._pen = ImageDraw.Draw(other._image)
        return other

    def grey(self, box: tuple[int, int, int, int] | None = None) -> np.ndarray:
        """Return the drawing so far, uint8 (height, width): white ink on black.

        ``box`` selects a part: left, top, right and bottom in pixels, the last two exclusive.
        """
        if box is None:
            return np.asarray(self._image.reduce(_FINER))
        left, top, right, bottom = (_FINER * side for side in box)
        return np.asarray(self._image.reduce(_FINER, (left, top, right, bottom)))

    def picture(self) -> np.ndarray:
        """Return the drawing so far as a picture, see `drawing`."""
        return on_black(self.grey())


def on_black(grey: np.ndarray) -> np.ndarray:
    """Return white ink on black, uint8 (h, w), as an opaque RGBA picture, uint8 (h, w, 4)."""
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])  # (h, w, 4)


def _stroke(item: dict[str, Any], room: int) -> Stroke | None:
    path, width, colour = (item.get(key) for key in ("path", "strokeWidth", "stroke"))
    if str(item.get("type")).lower() != "path" or not isinstance(path, list):
        return None
    if not _is_number(width) or not 0 < width <= _WIDEST:
        return None
    lines = _lines(path, room)
    if not lines:
        return None
    return Stroke(tuple(lines), float(width), colour not in ("#000000", "#000", "black"))


def _lines(path: list[Any], room: int) -> list[np.ndarray]:
    """Follow SVG commands; a path with a command that the canvas never writes has no lines."""
    lines: list[list[tuple[float, float]]] = []
    for command in path:
        if not isinstance(command, list) or not command:
            return []
        name, *numbers = command
        if not isinstance(name, str) or _LENGTHS.get(name) != len(numbers):
            return []
        if not all(_is_number(number) and abs(number) <= _FURTHEST for number in numbers):
            return []
        if name == "M":
            lines.append([(numbers[0], numbers[1])])
        elif not lines:
            return []
        elif name == "L":
            lines[-1].append((numbers[0], numbers[1]))
        else:
            lines[-1] += _curve(lines[-1][-1], *numbers)
        room -= _STEPS
        if room < 0:
            return []
    return [np.array(line, float) for line in lines]


def _curve(
    start: tuple[float, float], x1: float, y1: float, x2: float, y2: float
) -> list[tuple[float, float]]:
    """Return points on a quadratic Bézier curve, without its start."""
    x0, y0 = start
    points = []
    for step in range(1, _STEPS + 1):
        t = step / _STEPS
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2))
    return points


def _is_number(value: Any) -> TypeGuard[float]:
    # An integer in JSON may be too large for a float, which `math.isfinite` converts it to.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf
