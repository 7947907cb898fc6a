"""The border of a picture: what touches it, ink that runs off or a table beside the sheet.

Called by `core.reading.paper` with labelled pieces of what is darker than paper. Nothing that is as
large as a digit and could be ink is dropped without being named.
"""

import numpy as np

from core.reading.cuts import pen_width

CORE = 0.45  # ink of the pixels of a piece, without its soft edge
_STOUT = 0.33  # the largest depth of what touches the border, as a share of its length
_INSIDE = 0.3  # of what reaches into a corner, the least that leads away from the border
_FINE_LINE = 0.025  # of its length: a finer straight line from top to bottom is not a 1
_ONE = 0.2  # of the picture's shorter side: a shorter straight line at the border is not a 1
ALIKE = 0.7  # of the width of other strokes, or its inverse: the same pen wrote it
_SIDE = 0.9  # of a side of the picture: what covers more of it is not written
_NEAR = 0.04  # of the longer side: what lies nearer to the border as a whole

Box = tuple[int, int, int, int]  # left, top, right, bottom


def without_wedges(ink: np.ndarray) -> np.ndarray:
    """Remove the straight strips out of a picture's corners that are beyond a sheet's edge.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]

    Returns
    -------
    float32 array, shape (h, w), in [0, 1]
        The same ink, if nothing else would be left of it.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(ink > CORE, structure=np.ones((3, 3)))
    corners = {int(name) for name in pieces[[0, 0, -1, -1], [0, -1, 0, -1]]} - {0}
    wedges = [name for name in corners if is_wedge(pieces == name)]
    if not wedges or len(wedges) == count:
        return ink
    edge = ndimage.binary_dilation(np.isin(pieces, wedges), iterations=2)
    return np.where(edge, np.float32(0), ink)


def runs_along(pieces: np.ndarray) -> np.ndarray:
    """Return which of the labelled pieces lie at the border without being writing, (count,).

    A straight edge of a sheet cuts a corner off the picture, and what is beyond it is a strip, a
    wedge or a frame: dark up to the border, and not far into the picture. The strokes of a digit
    that is cropped closely lead away from the border, or touch it between two corners.
    """
    from scipy import ndimage

    found = at_rim(pieces)
    places = ndimage.find_objects(pieces)
    for k in np.flatnonzero(found):
        found[k] = not _is_written(pieces == k + 1, places[k])
    return found


def at_rim(pieces: np.ndarray) -> np.ndarray:
    """Return which of the labelled pieces touch the border, (count,)."""
    rim = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    touching = np.zeros(int(pieces.max()) + 1, bool)
    touching[rim] = True
    return touching[1:]


def is_same_pen(piece: np.ndarray, written: np.ndarray) -> bool:
    """Return whether strokes, (h, w), are as wide as others."""
    ratio = pen_width(piece.astype(np.float32)) / pen_width(written.astype(np.float32))
    return ALIKE < ratio < 1 / ALIKE


def could_be_ink(piece: np.ndarray) -> bool:
    """Return whether a piece at the border, (h, w), is as large as a digit, though no stroke."""
    y, x = np.nonzero(piece)
    own = piece[y.min() : y.max() + 1, x.min() : x.max() + 1]
    large = max(own.shape) > _ONE * min(piece.shape)
    return large and not fills_a_side(piece) and not _is_line(own, piece.shape)


def fills_a_side(piece: np.ndarray) -> bool:
    """Return whether a piece, (h, w), covers a side of the picture, as a table and a lid do."""
    return max(side.mean() for side in (piece[0], piece[-1], piece[:, 0], piece[:, -1])) > _SIDE


def lines_at_rim(pieces: np.ndarray) -> np.ndarray:
    """Return which of the labelled pieces are straight lines along a border, (count,)."""
    from scipy import ndimage

    height, width = pieces.shape
    near = 1 + round(_NEAR * max(pieces.shape))
    found = np.zeros(int(pieces.max()), bool)
    for k, (down, across) in enumerate(ndimage.find_objects(pieces)):
        along_side = min(across.stop, width - across.start) <= near
        along_end = min(down.stop, height - down.start) <= near
        if along_side or along_end:
            found[k] = _is_line(pieces[down, across] == k + 1, pieces.shape, upright=True)
    return found


def is_wedge(piece: np.ndarray) -> bool:
    """Return whether a piece, (h, w), is a straight strip out of a corner: what a sheet leaves."""
    y, x = np.nonzero(piece)
    own = piece[y.min() : y.max() + 1, x.min() : x.max() + 1]
    return bool(piece[[0, 0, -1, -1], [0, -1, 0, -1]].any()) and _is_line(
        own, piece.shape, upright=True
    )


def box_of(pieces: np.ndarray, place: int) -> Box:
    """Return the box around the labelled piece at a place of their list."""
    y, x = np.nonzero(pieces == place + 1)
    return int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1


def _is_written(piece: np.ndarray, place: tuple[slice, slice]) -> bool:
    """Return whether a piece that touches the border, (h, w), is a stroke or several."""
    from scipy import ndimage

    rows, columns = place
    height, width = piece.shape
    own = piece[place]
    length = max(own.shape)
    pen = pen_width(own.astype(np.float32))
    # The picture shows a part of it: beyond the border it goes on.
    sides = rows.start == 0, rows.stop == height, columns.start == 0, columns.stop == width
    beyond = [(int(sides[0]), int(sides[1])), (int(sides[2]), int(sides[3]))]
    outside = np.pad(np.pad(own, beyond, constant_values=True), 1)
    for axis, (before, after) in enumerate(beyond):
        line = outside.swapaxes(0, axis)
        line[0], line[-1] = line[0] | bool(before), line[-1] | bool(after)
    depth = ndimage.distance_transform_edt(outside).max()
    if depth > _STOUT * length:
        return False
    y, x = np.nonzero(own)
    away = np.full(len(y), np.inf)
    for touched, distance in zip(
        sides,
        (
            y + rows.start,
            height - 1 - y - rows.start,
            x + columns.start,
            width - 1 - x - columns.start,
        ),
        strict=True,
    ):
        if touched:
            away = np.minimum(away, distance)
    if _is_line(own, piece.shape):
        return False
    corners = int(piece[[0, 0, -1, -1], [0, -1, 0, -1]].sum())
    # A strip of table is rough.
    pen = max(pen, pen_width(ndimage.binary_closing(np.pad(own, 3), iterations=3) * np.float32(1)))
    return corners == 0 or (corners < 3 and bool((away > 1.25 * pen).mean() > _INSIDE))


def _is_line(own: np.ndarray, shape: tuple[int, int], *, upright: bool = False) -> bool:
    """Return whether a piece is a straight line: what is left of print, or a fold.

    One that may be a 1 is so only with ``upright``.
    """
    y, x = np.nonzero(own)
    pen, shorter = pen_width(own.astype(np.float32)), min(shape)
    points = np.stack([x - x.mean(), y - y.mean()])
    spread = np.linalg.eigvalsh(points @ points.T / len(x)).clip(0)  # across, along
    across, length = np.sqrt(12 * spread)  # of a bar with this spread
    is_one = np.ptp(y) > np.ptp(x) and length > _ONE * shorter and pen > _FINE_LINE * length
    return bool(across < 1.75 * pen and length > 3 * across and (upright or not is_one))
