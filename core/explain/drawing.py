"""The explanation of a drawing: its answer over time, without each stroke, and after a change.

Strokes are painted as the canvas does (`core.reading.canvas_strokes`) and brought to 28x28 as in
`core.reading.reader`. In a number, only the ink within the box of one digit counts.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from core.explain.change import Change, smallest_change
from core.reading.canvas_strokes import Paper, Stroke, drawing
from core.reading.gate import REFUSE_BELOW
from core.reading.normalise import to_mnist
from core.reading.reader import Digit, Reading

MOMENTS = 40
# Each round of changing a drawing demands more: the target's probability is weighted by this.
_WEIGHTS = (1.0, 0.3, 0.05)
_MOST = 60  # the most pixels that a round changes
# Required probability of the target. The browser paints a little differently than we do.
_CLEARLY = 0.7
_INK = 0.5  # of a pixel that a dab may touch
_ADJACENT = 1.5  # pixels between the middles of two that touch
_GRID = 5  # points a side, between which lines are tried
_COARSER = 3  # pixels of the canvas per pixel of the picture on which lines are tried
_VERIFIED = 12  # lines that are tried on the canvas itself

Predict = Callable[[np.ndarray], np.ndarray]
Box = tuple[int, int, int, int]


class Moments(NamedTuple):
    """A drawing at successive moments.

    Attributes
    ----------
    shares : float64 array, shape (n,), in (0, 1]
        The pen's path so far, as a share of the whole.
    probabilities : float32 array, shape (n, 10)
        The model's answers at these moments; NaN while there was nothing to read.
    """

    shares: np.ndarray
    probabilities: np.ndarray


def length(stroke: Stroke) -> float:
    """Return the length of the pen's path in pixels; a dot counts as one pen width."""
    way = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in stroke.lines)
    return max(way, stroke.width)


def until(drawn: Sequence[Stroke], share: float) -> list[Stroke]:
    """Return the part of a drawing up to a share of the pen's path.

    Parameters
    ----------
    drawn : sequence of Stroke
    share : float, in [0, 1]

    Returns
    -------
    list of Stroke
        Whole strokes, and the beginning of the unfinished one.
    """
    left = share * sum(map(length, drawn)) + 1e-9
    found: list[Stroke] = []
    for stroke in drawn:
        way = length(stroke)
        if way > left:
            if left > 1e-6:
                found.append(_beginning(stroke, left / way))
            break
        found.append(stroke)
        left -= way
    return found


def _beginning(stroke: Stroke, share: float) -> Stroke:
    """Cut a stroke short; one that was added in many pieces appears piece by piece."""
    steps = [np.hypot(*np.diff(line, axis=0).T) for line in stroke.lines]
    left = share * sum(float(step.sum()) for step in steps)
    lines = []
    for line, step in zip(stroke.lines, steps, strict=True):
        gone = np.concatenate([[0.0], step.cumsum()])
        if gone[-1] <= left:
            lines.append(line)
            left -= float(gone[-1])
            continue
        whole = line[gone <= left]
        lines.append(np.vstack([whole, [np.interp(left, gone, axis) for axis in line.T]]))
        break
    return stroke._replace(lines=tuple(lines))


def inside(drawn: Sequence[Stroke], box: Box) -> list[Stroke]:
    """Return the strokes with a point in a box (left, top, right, bottom), in their order."""
    left, top, right, bottom = box
    return [
        stroke
        for stroke in drawn
        if any(
            ((line >= (left, top)) & (line <= (right, bottom))).all(axis=1).any()
            for line in stroke.lines
        )
    ]


def moments(
    drawn: Sequence[Stroke], size: tuple[int, int], box: Box, predict: Predict, count: int = MOMENTS
) -> Moments:
    """Read a digit at many moments of its drawing.

    Parameters
    ----------
    drawn : sequence of Stroke
    size : tuple of two ints
        Width and height of the canvas in pixels.
    box : tuple of four ints
        Box of the digit: left, top, right, bottom in pixels, the last two exclusive.
    predict : callable
        Maps float32 images (n, 28, 28) to probabilities (n, 10).
    count : int
        Number of moments, evenly spaced along the pen's path.

    Returns
    -------
    Moments
    """
    shares = np.arange(1, count + 1) / count
    paper, images, done = Paper(*size), [], 0
    for share in shares:
        so_far = until(drawn, float(share))
        # The last of these may have grown since; painting it again gives the same result.
        for stroke in so_far[done:]:
            paper.add(stroke)
        done = max(len(so_far) - 1, 0)
        images.append(_field(paper, box))
    return Moments(shares, _read(np.stack(images), predict))


def without_each(
    drawn: Sequence[Stroke], size: tuple[int, int], box: Box, predict: Predict
) -> np.ndarray:
    """Read a digit without each of its strokes.

    Parameters
    ----------
    drawn, size, box, predict
        As for `moments`.

    Returns
    -------
    float32 array, shape (strokes, 10)
        Probabilities; NaN if nothing is left to read.
    """
    images = []
    for place in range(len(drawn)):
        paper = Paper(*size)
        for other, stroke in enumerate(drawn):
            if other != place:
                paper.add(stroke)
        images.append(_field(paper, box))
    return _read(np.stack(images), predict)


def _field(paper: Paper, box: Box) -> np.ndarray:
    return to_mnist(paper.grey(box).astype(np.float32) / 255)


def _read(images: np.ndarray, predict: Predict) -> np.ndarray:
    probabilities = predict(images).copy()
    probabilities[~images.any(axis=(1, 2))] = np.nan
    return probabilities


def on_picture(digit: Digit) -> tuple[float, float, float, float]:
    """Return the position of a digit's 28x28 field on its picture.

    Returns
    -------
    left, top : float
        Of the field's first pixel, in pixels of the picture.
    across, down : float
        Sides of one pixel of the field, in pixels of the picture.
    """
    scaled, image = digit.steps.scaled, digit.steps.image
    left, top, right, bottom = digit.box
    across, down = (right - left) / scaled.shape[1], (bottom - top) / scaled.shape[0]
    row, column = (
        int(image.any(axis=axis).argmax() - scaled.any(axis=axis).argmax()) for axis in (1, 0)
    )
    return left - column * across, top - row * down, across, down


def dabs(change: Change, digit: Digit, growth: float = 1.0) -> list[Stroke]:
    """Return a change of the 28x28 picture as strokes on the canvas: white dabs and black ones.

    White ink that would lie apart is joined to the rest by a line.

    Parameters
    ----------
    change : Change
    digit : Digit
        The digit whose picture was changed.
    growth : float
        Width of a dab divided by that of a pixel.
    """
    left, top, across, down = on_picture(digit)
    width = growth * max(across, down)

    def on_canvas(places: np.ndarray) -> np.ndarray:
        """Map rows and columns (n, 2) to the middles of these pixels, x and y."""
        rows, columns = places.T
        return np.column_stack([left + (columns + 0.5) * across, top + (rows + 0.5) * down])

    found = []
    if change.erased.any():
        middles = on_canvas(np.argwhere(change.erased))
        found.append(Stroke(tuple(middle[None] for middle in middles), width, ink=False))
    if change.added.any():
        kept = (digit.image >= _INK) & ~change.erased
        lines = tuple(on_canvas(line) for line in _joined(kept, change.added))
        found.append(Stroke(lines, width, ink=True))
    return found


def _joined(ink: np.ndarray, added: np.ndarray) -> list[np.ndarray]:
    """Return added pixels as dabs, or as lines from the ink where they lie apart from it.

    A speck beside a digit is read as a sign of its own.

    Parameters
    ----------
    ink, added : ndarray of bool, shape (28, 28)

    Returns
    -------
    list of ndarray of int, shape (1 or 2, 2)
        Rows and columns of a dab, or of the two ends of a line.
    """
    reached, left_over = np.argwhere(ink), np.argwhere(added)
    lines = []
    while len(left_over):
        if not len(reached):
            nearest, far, apart = 0, 0, 0.0
        else:
            distances = np.linalg.norm(left_over[:, None] - reached[None], axis=2)
            nearest, far = np.unravel_index(distances.argmin(), distances.shape)
            apart = float(distances[nearest, far])
        dab = left_over[nearest]
        lines.append(dab[None] if apart < _ADJACENT else np.stack([reached[far], dab]))
        reached = np.concatenate([reached, dab[None]])
        left_over = np.delete(left_over, nearest, axis=0)
    return lines


class Changed(NamedTuple):
    """A changed drawing, its reading, and whether that is the wanted one.

    ``as_line`` is true if not pixels but a line of the pen, white or black, gave the result.
    """

    strokes: list[Stroke]
    text: str
    holds: bool
    as_line: bool = False


def changed(
    drawn: Sequence[Stroke],
    size: tuple[int, int],
    read: Callable[[np.ndarray], Reading],
    predict: Predict,
    gate: Callable[[np.ndarray], np.ndarray] | None,
    place: int,
    target: int,
) -> Changed:
    """Apply the smallest change to a drawing, or else one line, so that it is read as wanted.

    A change of the 28x28 picture may shift the crop and the centre, so that the drawing is not read
    as the picture was. Then further changes are added. If single pixels only turn it into a
    non-digit, the shortest line of the pen that works is searched for, white or black.

    Parameters
    ----------
    drawn : sequence of Stroke
    size : tuple of two ints
        Width and height of the canvas in pixels.
    read : callable
        Maps RGBA pictures to a Reading.
    predict : callable
        Maps float32 images (n, 28, 28) to probabilities (n, 10).
    gate : callable or None
        Maps images to the probability of being a digit, (n,); a change to a non-digit is rejected.
    place : int
        Position of the changed digit in the reading.
    target : int
        The digit to be read.

    Returns
    -------
    Changed
    """
    found = list(drawn)
    before = reading = read(drawing(found, *size))
    if place >= len(before.digits):
        # We paint a little differently than the browser, which may join two digits.
        return Changed(found, before.text, False)
    wanted = before.text[:place] + str(target) + before.text[place + 1 :]

    def clear(reading: Reading) -> bool:
        if reading.text != wanted:
            return False
        return float(reading.digits[place].probabilities[target]) >= _CLEARLY

    for attempt in range(len(_WEIGHTS)):
        if clear(reading) or place >= len(reading.digits):
            break
        digit = reading.digits[place]
        wish = _still_a_digit(predict, gate, target, _WEIGHTS[attempt])
        change = smallest_change(wish, digit.image, target, _MOST)
        if change is None:
            break
        found += dabs(change, digit, 1.15 + 0.15 * attempt)
        reading = read(drawing(found, *size))
    if clear(reading):
        return Changed(found, wanted, True)
    wish = _still_a_digit(predict, gate, target, 0.5)
    for line in _lines_that_turn(drawn, size, before.digits[place], wish, target):
        with_line = [*drawn, line]
        if clear(read(drawing(with_line, *size))):
            return Changed(with_line, wanted, True, as_line=True)
    return Changed(found, reading.text, reading.text == wanted)


def _lines_that_turn(
    drawn: Sequence[Stroke], size: tuple[int, int], digit: Digit, wish: Predict, target: int
) -> list[Stroke]:
    """Return lines of the pen that probably make a digit read as the target, short ones first.

    They connect the points of a grid over the digit and the ends of its strokes.
    """
    left, top, right, bottom = digit.box
    width = float(np.median([stroke.width for stroke in drawn]))
    inner = width / 2  # keeps the width of the line within the box
    columns = np.linspace(left + inner, max(right - inner, left + inner), _GRID)
    rows = np.linspace(top + inner, max(bottom - inner, top + inner), _GRID)
    own = inside(drawn, digit.box)
    ends = [end for stroke in own for line in stroke.lines for end in (line[0], line[-1])][:8]
    places = np.array([*((x, y) for x in columns for y in rows), *ends])
    tried = [
        Stroke((np.array([a, b]),), width * (1.0 if ink else 1.4), ink)
        for a, b in combinations(places, 2)
        for ink in (True, False)
    ]
    small = Paper(-(-size[0] // _COARSER), -(-size[1] // _COARSER))
    for stroke in drawn:
        small.add(_smaller(stroke))
    box = (left // _COARSER, top // _COARSER, -(-right // _COARSER), -(-bottom // _COARSER))
    images = []
    for stroke in tried:
        paper = small.copy()
        paper.add(_smaller(stroke))
        images.append(_field(paper, box))
    wanted = wish(np.stack(images))  # (n, 10)
    others = np.delete(wanted, target, axis=1).max(axis=1)  # (n,)
    turned = [tried[k] for k in np.flatnonzero(wanted[:, target] > others)]
    return sorted(turned, key=length)[:_VERIFIED]


def _smaller(stroke: Stroke) -> Stroke:
    lines = tuple(line / _COARSER for line in stroke.lines)
    return stroke._replace(lines=lines, width=stroke.width / _COARSER)


def _still_a_digit(
    predict: Predict, gate: Callable[[np.ndarray], np.ndarray] | None, target: int, weight: float
) -> Predict:
    """Limit the target's probability to what the gate accepts, with a margin.

    Otherwise the search finds specks that change the answer and resemble nothing.
    """

    def wish(images: np.ndarray) -> np.ndarray:
        probabilities = predict(images).astype(np.float64)
        passed = 1.0 if gate is None else np.clip(gate(images) / (3 * REFUSE_BELOW), 1e-6, 1) ** 2
        probabilities[:, target] *= weight * passed
        return probabilities

    return wish
