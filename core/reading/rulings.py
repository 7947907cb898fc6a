"""Rulings: the printed lines of ruled and squared paper, found and divided out of a picture.

A printed line is thin and nearly straight and runs to both ends of the sheet; no stroke of a digit
does. It is searched for as a straight line through narrow strips of the picture, and followed from
strip to strip along its bends. Dividing by the share of light that it leaves along its length
removes it. Ink across it stays, for ink darkens the line as it darkens the paper.
"""

from dataclasses import dataclass

import numpy as np

_STRIPS = 32  # narrow enough that a slanting line is sharp in each
_STEEPEST = 0.17  # rise over the width of the picture: about 10 degrees
_WINDOW = 20  # the part of the longer side that contains a line and the paper beside it
_SEEN = 0.6  # visibility of a line, averaged over the strips that it crosses
_ENDS = 4  # strips at either end, of which half must show the line
_FAINTEST = 0.01  # of the light; a line that absorbs less is left alone
_DARKEST = 0.3  # of the light; more than this makes a line no more visible
_MOST = 0.5  # of the light; darker is not print but ink, or a gap between sheets
_ROUNDS = 3  # in which a line is followed more and more closely
_BARE = 0.7  # quantile of the light along a line, most of which may be written on
_PIECES = 8  # of a line, each with a strength of its own


@dataclass(frozen=True)
class _Line:
    """A nearly horizontal line.

    Attributes
    ----------
    rows : float32 array, shape (w,)
        Its middle in each column.
    first, last : int
        The columns between which it is on the sheet, the last one exclusive.
    reach : int
        Pixels from its middle to its edge.
    """

    rows: np.ndarray
    first: int
    last: int
    reach: int


def without_rulings(channels: np.ndarray, sheet: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Divide the printed lines out of a picture of paper.

    Parameters
    ----------
    channels : float32 array, shape (c, h, w), in [1, 255]
        Dark ink on lighter paper.
    sheet : bool array, shape (h, w)
        Which pixels are paper, and not the sheet's surroundings.

    Returns
    -------
    cleaned : float32 array, shape (c, h, w)
        The picture without nearly horizontal and nearly vertical lines.
    taken : float32 array, shape (h, w)
        The share of light that lines absorb in each pixel.
    """
    cleaned, level = _without_level_lines(channels, sheet)
    cleaned, upright = _without_level_lines(cleaned.swapaxes(1, 2), sheet.T)  # (c, w, h)
    return cleaned.swapaxes(1, 2), np.maximum(level, upright.T)  # (c, h, w), (h, w)


def _without_level_lines(channels: np.ndarray, sheet: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy import ndimage

    window = max(sheet.shape) // _WINDOW | 1
    if min(sheet.shape) < max(2 * window, 2 * _STRIPS):
        return channels, np.zeros(sheet.shape, np.float32)
    paper = ndimage.maximum_filter1d(channels, window, axis=1, mode="nearest")
    paper = ndimage.minimum_filter1d(paper, window, axis=1, mode="nearest")
    taken = _in_strips((1 - channels / paper).max(axis=0).clip(max=_DARKEST))
    lines = _lines(taken, _in_strips(sheet) > 0.9, sheet.shape[1], window // 2)
    cleaned = channels.copy()
    undone = np.zeros(sheet.shape, np.float32)
    for line in lines:
        _divide_out(cleaned, undone, paper, line)
    return cleaned, undone


def _in_strips(values: np.ndarray) -> np.ndarray:
    """Average over the width of each strip: (h, w) to (strips, h)."""
    edges = np.linspace(0, values.shape[1], _STRIPS + 1).astype(int)
    sums = np.add.reduceat(values.astype(np.float32), edges[:-1], axis=1)
    return np.ascontiguousarray((sums / np.diff(edges)).T)


def _lines(taken: np.ndarray, on_sheet: np.ndarray, width: int, window: int) -> list[_Line]:
    """Find the lines in the light that is absorbed in each strip at each height."""
    usual = np.median(taken, axis=1, keepdims=True)
    spread = 1.4826 * np.median(abs(taken - usual), axis=1, keepdims=True)
    clear = ((taken - usual) / (4 * spread + _FAINTEST)).clip(0, 1)
    seen = _seen(clear, on_sheet, round(_STEEPEST * width))
    lines = []
    places = (np.arange(_STRIPS) + 0.5) / _STRIPS
    while (best := np.unravel_index(seen.argmax(), seen.shape)) and seen[best] > _SEEN:
        rise, middle = best[0] - seen.shape[0] // 2, best[1]
        rows = middle + rise * (places - 0.5)
        reach = 3
        line = _followed(rows, taken - usual, clear, on_sheet, width, window)
        if line is not None:
            lines.append(line)
            reach = line.reach
        seen[:, max(middle - reach, 0) : middle + reach + 1] = 0
    return lines


def _seen(clear: np.ndarray, on_sheet: np.ndarray, steepest: int) -> np.ndarray:
    """Return the visibility of each straight line where it is on the sheet.

    A Hough transform, of shape (rises, h): the rise over the width from ``-steepest`` to
    ``steepest`` pixels, and the row in the middle of the picture.
    """
    height = clear.shape[1]
    margin = steepest // 2 + 1
    pad = [(0, 0), (margin, margin)]
    paper = np.pad(on_sheet.astype(np.float32), pad)  # (strips, h + 2 margin)
    both = np.stack([np.pad(clear, pad) * paper, paper])
    shifted = np.lib.stride_tricks.sliding_window_view(both, height, axis=2)
    each, places = np.arange(_STRIPS), (np.arange(_STRIPS) + 0.5) / _STRIPS - 0.5
    seen = np.empty((2 * steepest + 1, height), np.float32)
    for index, rise in enumerate(range(-steepest, steepest + 1)):
        starts = margin + np.rint(rise * places).astype(int)
        hits, strips = shifted[:, each, starts].sum(axis=1)  # (h,) each
        seen[index] = np.where(strips >= _STRIPS // 3, hits / strips.clip(1), 0)
    return seen


def _followed(
    rows: np.ndarray,
    taken: np.ndarray,
    clear: np.ndarray,
    on_sheet: np.ndarray,
    width: int,
    window: int,
) -> _Line | None:
    """Follow a line along its bends; None if it ends on the sheet, as a stroke does."""
    height = taken.shape[1]
    strips = np.arange(_STRIPS)
    offsets = np.arange(-window, window + 1)
    # A thick line is also seen along its diagonal: at first its ends lie beside the straight line.
    for _ in range(_ROUNDS):
        near = np.rint(rows).astype(int)
        inside = (near >= 0) & (near < height)
        crossed = strips[inside & on_sheet[strips, near.clip(0, height - 1)]]
        if len(crossed) < 3 * _ENDS:
            return None
        beside = (near[crossed, None] + offsets).clip(0, height - 1)
        around = taken[crossed[:, None], beside]  # (strips, offsets)
        reach = _reach(np.quantile(around, 1 - _BARE, axis=0))
        # A dark strip between the sheet and the picture's border has paper on one side only.
        whole = (near[crossed] >= reach) & (near[crossed] < height - reach)
        crossed, around = crossed[whole], around[whole]
        if len(crossed) < 3 * _ENDS:
            return None
        weights = around[:, window - reach : window + reach + 1].clip(0, _DARKEST)
        mass = weights.sum(axis=1)
        moved = (weights @ np.arange(-reach, reach + 1.0)) / mass.clip(1e-6)
        bend = _bend(crossed, near[crossed] + moved, mass / mass.max().clip(1e-6))
        rows = np.polyval(bend, strips)
    visible = clear[crossed, np.rint(rows[crossed]).astype(int).clip(0, height - 1)]
    if min(visible[:_ENDS].mean(), visible[-_ENDS:].mean()) < 0.5:
        return None
    first, last = max(crossed[0] - 1, 0), min(crossed[-1] + 2, _STRIPS)
    along = (np.arange(width) + 0.5) / width * _STRIPS - 0.5
    rows = np.polyval(bend, along).astype(np.float32)
    return _Line(rows, int(first) * width // _STRIPS, int(last) * width // _STRIPS, reach)


def _reach(profile: np.ndarray) -> int:
    """Return the number of pixels from the middle of a line's profile to its edge."""
    middle = len(profile) // 2
    left = profile < 0.25 * profile[middle - 1 : middle + 2].max()
    above, below = left[:middle][::-1], left[middle + 1 :]
    return min(int(max(above.argmax(), below.argmax())) + 2, middle)


def _bend(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit a parabola to points with outliers, where a pen crosses the line."""
    kept = np.ones(len(x), bool)
    for degree in (1, 2, 2):
        bend = np.polyfit(x[kept], y[kept], degree, w=weights[kept] + 1e-3)
        away = abs(y - np.polyval(bend, x))
        kept = away <= max(2 * np.median(away), 0.3)
    return bend


def _divide_out(channels: np.ndarray, undone: np.ndarray, paper: np.ndarray, line: _Line) -> None:
    """Remove a line in place, and record the light that it absorbed."""
    height = channels.shape[1]
    columns = np.arange(line.first, line.last)
    middle = np.rint(line.rows[columns]).astype(int)
    offsets = np.arange(-line.reach - 1, line.reach + 2)
    rows = (middle + offsets[:, None]).clip(0, height - 1)  # (offsets, columns)
    exact = rows - line.rows[columns]
    bands = channels[:, rows, columns] / paper[:, rows, columns]  # (channels, offsets, columns)
    profiles = np.quantile(bands, _BARE, axis=2, keepdims=True)
    beside = profiles[:, [0, -1]].mean(axis=1, keepdims=True)
    taken = 1 - (bands / beside)
    usual = (1 - profiles / beside).clip(0)[..., 0]  # (channels, offsets)
    if usual.max() > _MOST:
        return
    places = (np.arange(_PIECES) + 0.5) / _PIECES * len(columns)
    for channel, white, band, profile in zip(channels, paper, taken, usual, strict=True):
        deepest = profile.argmax()
        if profile[deepest] < _FAINTEST:
            continue
        pieces = np.array_split(band[deepest], _PIECES)
        strength = np.array([np.median(piece) for piece in pieces]) / profile[deepest]
        along = np.interp(np.arange(len(columns)), places, strength.clip(0.6, 1.25))
        print_ = along * np.interp(exact, offsets, profile)
        # Where a line is fainter than usual it would become lighter than paper.
        lighter = channel[rows, columns] / (1 - print_)
        channel[rows, columns] = np.minimum(lighter, white[rows, columns])
        undone[rows, columns] = np.maximum(undone[rows, columns], print_)
