"""Layout: what stands where on a sheet, before it is read: lines, signs between digits, cells.

A connected piece of ink belongs to the line of the nearest piece beside it at the same height, so
that slanting lines and ragged ones are followed. Pieces far lower than digits belong to the digit
that they lie above or below of, such as the bar of a 5, or are signs: a minus, a comma or a point.
Cells are what the lines of a ruled table enclose.
"""

from typing import NamedTuple

import numpy as np

from core.reading.cuts import pen_width
from core.reading.normalise import INK_THRESHOLD

_TALL = 0.45  # of the height of digits: a lower piece does not begin a line
_BESIDE = 0.4  # of the lower piece's height, the least that two of a line share
_MOST = 300  # pieces: more are not writing
_APART = 0.04  # of the height of digits, at least between a sign and the digits beside it
_CROSS, _ON_BARS = 0.85, 0.9  # of the height of digits, and the share of a plus within its bars
_UNDER = 0.4  # of its width, by which a comma may reach under a digit
_RULE, _SLIM = 0.8, 0.1  # of the height of all ink, and of its own height: an upright line
_SIGN = 0.55  # of the height of digits: a lower piece that stands alone is a sign
_GRID, _THIN = 0.6, 0.35  # of the ink's box, which a grid spans at least, and fills at most
_NOTCH = 0.004  # of a cell, at least, that is cut out of it by a digit joined to a line
_CELL, _RECTANGULAR = 20, 0.8  # pixels a side; of its box, the least that a cell fills


class Line(NamedTuple):
    """One line of ink.

    Attributes
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Of its digits; the picture's size.
    signs : list of float32 array, shape (h, w), in [0, 1]
        Each sign between them.
    height : float
        Of its digits, in pixels.
    """

    ink: np.ndarray
    signs: list[np.ndarray]
    height: float


def lines(ink: np.ndarray) -> list[Line]:
    """Find the lines in ink.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Without specks.

    Returns
    -------
    list of Line
        From top to bottom; empty if nothing of it looks like lines of digits.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    if not 1 < count <= _MOST:
        return []
    places = ndimage.find_objects(pieces)
    # Left, top, right, bottom of each piece: (count, 4).
    boxes = np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], float)
    rules = _are_rules(boxes)
    heights = boxes[:, 3] - boxes[:, 1]
    digits = heights[~rules]
    height = float(np.median(digits[digits > 0.5 * np.quantile(digits, 0.9)]))
    tall = (heights > _TALL * height) & ~rules
    line = _joined(boxes, np.flatnonzero(tall))
    for piece in np.flatnonzero(~tall & ~rules):
        nearest = _distances(boxes[piece], boxes[tall]).argmin()
        line[piece] = line[np.flatnonzero(tall)[nearest]]
    signs = _are_signs(boxes, heights, height) & ~rules
    for k in np.flatnonzero(tall & (heights < _CROSS * height)):
        signs[k] = _is_cross(pieces[places[k]] == k + 1)
    found = []
    for name in sorted(
        set(line[~rules].tolist()), key=lambda k: boxes[(line == k) & tall, 1::2].mean()
    ):
        own, alone = (line == name) & ~signs, np.flatnonzero((line == name) & signs)
        if not own.any():
            continue
        on_line = ink * np.concatenate([[False], own])[pieces]
        found.append(Line(on_line, [ink * (pieces == k + 1) for k in alone], height))
    return found


def _are_rules(boxes: np.ndarray) -> np.ndarray:
    """Return which pieces, (count,), are the upright lines of a table without level ones."""
    wide, high = (boxes[:, 2:] - boxes[:, :2]).T
    all_ = boxes[:, 3].max() - boxes[:, 1].min()
    rules = (high > _RULE * all_) & (wide < _SLIM * high)
    lower = high[~rules]
    is_table = rules.sum() > 1 and len(lower) and high[rules].min() > 1.5 * lower.max()
    return rules if is_table else np.zeros(len(boxes), bool)


def _joined(boxes: np.ndarray, tall: np.ndarray) -> np.ndarray:
    """Return the name of the line of each tall piece, (count,); -1 for the others."""
    names = np.full(len(boxes), -1)
    names[tall] = tall
    for piece in tall:
        left, top, _, bottom = boxes[piece]
        others = tall[boxes[tall, 0] + boxes[tall, 2] > left + boxes[piece, 2]]
        shared = np.minimum(boxes[others, 3], bottom) - np.maximum(boxes[others, 1], top)
        lower = np.minimum(boxes[others, 3] - boxes[others, 1], bottom - top)
        beside = others[shared > _BESIDE * lower]
        if len(beside):
            nearest = beside[(boxes[beside, 0]).argmin()]
            names[names == names[nearest]] = names[piece]
    return names


def _distances(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how far a box, (4,), is from others, (n, 4)."""
    apart = np.maximum(others[:, :2] - box[2:], box[:2] - others[:, 2:]).clip(0)  # (n, 2)
    return np.hypot(*apart.T)


def _are_signs(boxes: np.ndarray, heights: np.ndarray, height: float) -> np.ndarray:
    """Return which pieces, (count,), are low and stand alone, with nothing above or below."""
    gap = _APART * height
    signs = np.zeros(len(boxes), bool)
    for k in np.flatnonzero(heights < _SIGN * height):
        others = np.delete(boxes, k, axis=0)
        near = (others[:, 1] < boxes[k, 3] + height) & (others[:, 3] > boxes[k, 1] - height)
        # A comma may begin under the digit before it; the bar of a 5 lies above the digit.
        below = (boxes[k, 1] + boxes[k, 3]) / 2 > (others[:, 1] + others[:, 3]) / 2
        within = np.where(below, -_UNDER * (boxes[k, 2] - boxes[k, 0]), gap)
        over = (others[:, 0] < boxes[k, 2] + within) & (others[:, 2] > boxes[k, 0] - within)
        # What nearly touches a digit is a part of it that a printed line has cut off.
        signs[k] = not (near & over).any() and _distances(boxes[k], others).min() > gap
    return signs


def _is_cross(piece: np.ndarray) -> bool:
    """Return whether a piece, cropped to its box, is a plus: two bars that cross in the middle."""
    high, wide = piece.shape
    row, column = int(piece.sum(axis=1).argmax()), int(piece.sum(axis=0).argmax())
    middle = all(0.25 < at < 0.75 for at in (row / high, column / wide))
    reach = pen_width(piece.astype(np.float32))
    y, x = np.nonzero(piece)
    on_bars = (abs(y - row) <= reach) | (abs(x - column) <= reach)
    return middle and 0.6 < wide / high < 1.6 and bool(on_bars.mean() > _ON_BARS)


class Table(NamedTuple):
    """The cells of a ruled table.

    Attributes
    ----------
    rows : list of list of float32 array, shape (h, w), in [0, 1]
        The ink of the cells that have any, row by row; empty without a table.
    touching : list of tuple of four ints
        Boxes of what is joined to the lines, which cannot be read: left, top, right and bottom.
    """

    rows: list[list[np.ndarray]]
    touching: list[tuple[int, int, int, int]]


def cells(ink: np.ndarray) -> Table:
    """Find the cells of a ruled table.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]

    Returns
    -------
    Table
    """
    from scipy import ndimage

    pieces, count = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    if not 2 < count <= _MOST:
        return Table([], [])
    places = ndimage.find_objects(pieces)
    areas = [(y.stop - y.start) * (x.stop - x.start) for y, x in places]
    largest = int(np.argmax(areas))
    grid = pieces[places[largest]] == largest + 1
    if areas[largest] < _GRID * _area(ink) or grid.mean() > _THIN:
        return Table([], [])
    regions, _ = ndimage.label(~grid)
    inside = ink[places[largest]] * ~grid
    found = []
    for name, (y, x) in enumerate(ndimage.find_objects(regions), 1):
        own = regions[y, x] == name
        written = (inside[y, x] * own > INK_THRESHOLD).any()
        if written and min(own.shape) >= _CELL and own.mean() > _RECTANGULAR:
            found.append((y, x, own))
    if len(found) < 2:
        return Table([], [])
    top, left = (place.start for place in places[largest])
    rows: list[list[tuple[int, np.ndarray]]] = []
    bottom = -1
    for y, x, own in sorted(found, key=lambda cell: cell[0].start + cell[0].stop):
        content = np.zeros_like(ink)
        content[top + y.start : top + y.stop, left + x.start : left + x.stop] = inside[y, x] * own
        if (y.start + y.stop) / 2 > bottom:
            rows.append([])
            bottom = y.stop
        rows[-1].append((x.start, content))
    in_order = [sorted(row, key=lambda cell: cell[0]) for row in rows]
    touching = [
        (
            left + x.start + box[0],
            top + y.start + box[1],
            left + x.start + box[2],
            top + y.start + box[3],
        )
        for y, x, own in found
        for box in _notches(own)
    ]
    return Table([[content for _, content in row] for row in in_order], touching)


def _notches(cell: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Return the box of what reaches from the lines into a cell, (h, w), if anything does."""
    from scipy import ndimage

    reach = max(3, min(cell.shape) // 10)
    around = np.pad(cell, reach)
    closed = ndimage.binary_closing(around, iterations=reach)[reach:-reach, reach:-reach]
    notch = closed & ~cell
    if notch.sum() < _NOTCH * cell.size:
        return []
    y, x = np.nonzero(notch)
    return [(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)]


def _area(ink: np.ndarray) -> int:
    inked = ink > INK_THRESHOLD
    rows, columns = (np.flatnonzero(inked.any(axis=k)) for k in (1, 0))
    return int((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1))
