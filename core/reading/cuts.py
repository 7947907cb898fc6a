"""Candidate cuts: the places where a line of ink could be cut between one digit and the next.

More cuts than needed are returned; `core.reading.segment` chooses among them. A cut is a shortest
path from the top of the line to its bottom, where ink costs (Wang and Jean, Segmentation of merged
characters by neural networks and shortest path, Pattern Recognition 27, 1994). Such paths run free
between digits that lean over each other, and through the thinnest place where two touch. Ink
thicker than the pen is two strokes that overlap, often one of each digit: it costs nothing.
"""

from itertools import pairwise

import numpy as np
from PIL import Image

from core.reading.normalise import INK_THRESHOLD

_ROWS = 48  # rows of ink in which paths are searched, at most twice as many
_LEVELS = (0.25, 0.5, 0.75)  # of the height: a path is the best one through a point at a level
_APART = 0.05  # of the height: of paths closer to each other at a level, only the best is kept
_STEP = 0.1  # the cost of moving one column to the side, in pen widths
# Distance from the nearest paper, in pen widths, and pixels for the raster. The middle of a stroke
# is half a pen width away from paper; ink further away belongs to more than one stroke.
_THICK, _RASTER = 0.5, 0.25
# Cost of a pixel within a loop, in pixels of ink. If the inside of loops were free, the cheapest
# path to the right of a 6 that touches a 0 would lead through the 0 instead of between the two.
_LOOP = 0.3
_DEAREST = 4.0  # the largest cost of a cut, in pen widths
_MOST, _MOST_A_HEIGHT = 60, 4  # cuts, or in a long line for each height; the cheapest ones
_SAME = 0.1  # of a full-height stroke's ink: two paths with no more between them are one cut
_REMNANT = 0.06  # of a connected piece: a smaller part is not cut off it


def cut(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut ink into parts, from left to right.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Cropped to its bounding box.

    Returns
    -------
    parts : int array, shape (h, w)
        Number of the part that each pixel belongs to, from 0; each part contains ink.
    tolls : float array, shape (n - 1,)
        Ink that the cut between a part and the next goes through, in pen widths, without ink that
        overlaps other ink.
    """
    factor = max(1, len(ink) // _ROWS)
    paths, tolls = _paths(np.asarray(Image.fromarray(ink).reduce(factor)))
    bounds = (paths * factor).repeat(factor, axis=1)[:, : len(ink)]  # (cuts, h)
    parts = np.zeros(ink.shape, np.intp)
    columns = np.arange(ink.shape[1])
    for bound in bounds:
        parts += columns >= bound[:, None]
    return _whole_pieces(ink, parts, tolls)


def _paths(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of paths, shape (n, h), from left to right, and their tolls."""
    from scipy import ndimage

    height = len(ink)
    pen = pen_width(ink)
    rows = np.arange(height)
    depth = ndimage.distance_transform_edt(np.pad(ink > 0.5, 1))[1:-1, 1:-1]
    crossed = np.where(depth > _THICK * pen + _RASTER, np.float32(0), ink)
    loops = ndimage.binary_fill_holes(ink > 0.3) & (ink < _LOOP)
    cost = np.where(loops, np.float32(_LOOP), crossed)
    paths = _through_levels(cost, np.float32(_STEP * pen), round(_APART * height))
    sideways = abs(np.diff(paths, axis=1)).sum(axis=1)
    tolls = crossed[rows, paths].sum(axis=1) / pen
    costs = tolls + _STEP * sideways
    # Ink left of each path, row by row: used to compare and to order the cuts.
    left = np.pad(ink.cumsum(axis=1), ((0, 0), (1, 0)))[rows, paths]  # (n, h)
    kept: list[int] = []
    most = max(_MOST, _MOST_A_HEIGHT * ink.shape[1] // height)
    for k in np.argsort(costs, kind="stable"):
        if costs[k] > _DEAREST or len(kept) == most:
            break
        if (abs(left[kept] - left[k]).sum(axis=1) > _SAME * pen * height).all():
            kept.append(int(k))
    kept.sort(key=lambda k: left[k].sum())
    return np.maximum.accumulate(paths[kept], axis=0), tolls[kept]


def pen_width(ink: np.ndarray) -> float:
    """Estimate the width of strokes: twice their area divided by the length of their outline.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]

    Returns
    -------
    float
        In pixels, at least 1.
    """
    inked = np.pad(ink > 0.5, 1)
    edges = (inked[1:] != inked[:-1]).sum() + (inked[:, 1:] != inked[:, :-1]).sum()
    # Pixel edges along an outline are 4 / pi times as long as the outline, over all directions.
    return max(8 / np.pi * float(inked.sum()) / max(int(edges), 1), 1.0)


def _through_levels(cost: np.ndarray, step: np.float32, reach: int) -> np.ndarray:
    """Return the columns of the paths that are the cheapest ones near them at a level: (n, h)."""
    down = _cheapest(cost, step)
    up = _cheapest(cost[::-1], step)[::-1]
    total = down + up - cost  # of the cheapest path through each pixel
    found = []
    for level in _LEVELS:
        row = round(level * (len(cost) - 1))
        columns = _lowest(total[row], max(reach, 1))
        paths = np.empty((len(columns), len(cost)), np.intp)
        paths[:, row] = columns
        _follow(down, paths, range(row - 1, -1, -1), step)
        _follow(up, paths, range(row + 1, len(cost)), step)
        found.append(paths)
    return np.concatenate(found)  # (n, h)


def _cheapest(cost: np.ndarray, step: np.float32) -> np.ndarray:
    """Return the cost of the cheapest path from the first row to each pixel."""
    total = cost.copy()
    for row in range(1, len(cost)):
        before, here = total[row - 1], total[row]
        best = before.copy()
        np.minimum(best[1:], before[:-1] + step, out=best[1:])
        np.minimum(best[:-1], before[1:] + step, out=best[:-1])
        here += best
    return total


def _lowest(cost: np.ndarray, reach: int) -> np.ndarray:
    """Return the positions of local minima within reach; of adjacent equal ones the middle."""
    from scipy import ndimage

    least = ndimage.minimum_filter1d(cost, 2 * reach + 1, mode="nearest")
    low = np.pad(cost <= least + np.float32(1e-4), 1).astype(np.int8)
    begins, ends = (np.flatnonzero(np.diff(low) == sign) for sign in (1, -1))
    return (begins + ends - 1) // 2


def _follow(total: np.ndarray, paths: np.ndarray, rows: range, step: np.float32) -> None:
    """Continue paths through rows, each along its cheapest way."""
    sides = np.array([0, -1, 1])
    prices = np.array([0, step, step], np.float32)
    for row in rows:
        before = paths[:, row - rows.step]
        near = (before[:, None] + sides).clip(0, total.shape[1] - 1)  # (n, 3)
        best = (total[row][near] + prices).argmin(axis=1)
        paths[:, row] = near[np.arange(len(near)), best]


def _whole_pieces(
    ink: np.ndarray, parts: np.ndarray, tolls: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return remnants to the piece of ink that they were cut off, and drop empty parts.

    A path among reduced pixels may graze a piece that it should pass by.
    """
    from scipy import ndimage

    n = len(tolls) + 1
    pieces, count = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    mass = np.bincount((pieces * n + parts).ravel(), ink.ravel(), (count + 1) * n)
    mass = mass.reshape(count + 1, n)  # (pieces, parts)
    # In a piece with many parts each may be a small share; the largest one is never a remnant.
    large = mass >= np.minimum(_REMNANT * mass.sum(axis=1), mass.max(axis=1))[:, None]
    moved = np.tile(np.arange(n), (count + 1, 1))  # (pieces, parts)
    for piece in range(1, count + 1):
        own = np.flatnonzero(large[piece])
        moved[piece] = own[abs(np.arange(n)[:, None] - own).argmin(axis=1)]
    parts = moved[pieces, parts]
    inked = np.bincount(parts.ravel(), (pieces > 0).ravel(), n) > 0
    kept = np.flatnonzero(inked)
    # An empty part's pixels contain no ink, so it does not matter to which neighbour they go.
    parts = (inked.cumsum() - 1).clip(0)[parts]
    # Between two parts lie all cuts from one to the other, of which the cheapest counts.
    return parts, np.array([tolls[a:b].min() for a, b in pairwise(kept)])
