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
    squared = np.full((side, side), np.inf, np.float32)  # distance of each pixel to the path
    for stroke in strokes:
        _approach(squared, np.asarray(stroke), radius + 2)
    return (radius + 0.5 - np.sqrt(squared)).clip(0, 1)


def _approach(squared: np.ndarray, stroke: np.ndarray, reach: float) -> None:
    """Lower the squared distance of each pixel's centre to a path, up to a reach beyond it.

    A drawing has some fifty segments, each of few pixels: what can be is worked out for all at
    once, the rest with plain numbers and in place.
    """
    starts, ends = (stroke[:-1], stroke[1:]) if len(stroke) > 1 else (stroke, stroke)
    side = len(squared)
    low = np.maximum(np.minimum(starts, ends) - reach, 0).astype(int)  # (segments, 2)
    high = (np.maximum(starts, ends) + reach + 1).clip(0, side).astype(int)
    shifts = (0.5 - starts).astype(np.float32)
    along = (ends - starts).astype(np.float32)
    lengths = along[:, 0] ** 2 + along[:, 1] ** 2
    across = np.arange(side, dtype=np.float32)
    down = across[:, None]
    each = zip(*(a.tolist() for a in (low, high, shifts, along, lengths)), strict=True)
    for (left, top), (right, bottom), (shift_x, shift_y), (along_x, along_y), length in each:
        x = across[left:right] + shift_x
        y = down[top:bottom] + shift_y
        if length:
            nearest = x * along_x + y * along_y  # the part of the segment before the foot
            nearest /= length
            np.maximum(nearest, 0, out=nearest)
            np.minimum(nearest, 1, out=nearest)
            x = x - nearest * along_x
            y = y - nearest * along_y
        window = squared[top:bottom, left:right]
        np.minimum(window, x * x + y * y, out=window)
