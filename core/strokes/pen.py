"""A round pen: turns strokes into ink, as an HTML canvas draws them."""

from collections.abc import Sequence

import numpy as np


def draw(strokes: Sequence[np.ndarray], width: float, side: int) -> np.ndarray:
    """Draw strokes with round caps and joins, and edges that are soft over one pixel.

    Parameters
    ----------
    strokes : sequence of float array, shape (points, 2)
        x and y in pixels, y downwards; a stroke of one point is a dot.
    width : float
        Diameter of the pen in pixels.
    side : int
        Width and height of the picture in pixels.

    Returns
    -------
    float32 array, shape (side, side), in [0, 1]
        1 where the pen was, 0 elsewhere.

    Examples
    --------
    >>> ink = draw([np.array([[14.0, 4.0], [14.0, 24.0]])], width=3, side=28)
    >>> ink.shape, float(ink[14, 14]), float(ink[14, 2])
    ((28, 28), 1.0, 0.0)
    """
    radius = width / 2
    reach = radius + 2
    squared = np.full((side, side), np.inf, np.float32)  # distance of each pixel to the path
    for stroke in strokes:
        ends = stroke[1:] if len(stroke) > 1 else stroke
        for start, end in zip(stroke, ends, strict=False):
            low = np.maximum(np.minimum(start, end) - reach, 0).astype(int)
            high = (np.maximum(start, end) + reach + 1).clip(0, side).astype(int)
            window = squared[low[1] : high[1], low[0] : high[0]]
            np.minimum(window, _squared_distance(low, high, start, end), out=window)
    return (radius + 0.5 - np.sqrt(squared)).clip(0, 1)


def _squared_distance(
    low: np.ndarray, high: np.ndarray, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Return the squared distance from each pixel's centre in a window to one segment."""
    x = np.arange(low[0], high[0], dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    along_x, along_y = (end - start).astype(np.float32)
    length = along_x**2 + along_y**2
    if length == 0:
        return x**2 + y**2
    nearest = ((x * along_x + y * along_y) / length).clip(0, 1)
    return (x - nearest * along_x) ** 2 + (y - nearest * along_y) ** 2
