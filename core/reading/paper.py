"""Ink on paper, in a photograph or a scan.

Light is uneven on paper. Shadows, printed lines, the paper's grain and the surroundings of the
sheet are also darker than paper. Ink is dark over no more than the width of a stroke and stands out
from the grain. It is not a printed line, and lies on the sheet. What runs off the picture is ink if
it is a stroke: a table beside the sheet, a scanner's lid and a frame are not, see
`core.reading.border`.
"""

from typing import NamedTuple

import numpy as np

from core.reading.border import (
    ALIKE,
    CORE,
    Box,
    at_rim,
    box_of,
    could_be_ink,
    fills_a_side,
    is_same_pen,
    is_wedge,
    lines_at_rim,
    runs_along,
)
from core.reading.otsu import ink_level
from core.reading.rulings import without_rulings

GRAIN_MARGIN = 4  # standard deviations of the paper's grain that do not count as ink
_FINE = 16  # pens and pencils are narrower than this part of the longer side
_FINEST, _NARROW = 1200, 80  # of the longer side: the finest pens are wider; few are narrower
_THICK = 3  # a felt tip is narrower than this part of the longer side
_MARKER = 0.4  # of the light: a felt tip absorbs more, a shadow less, in levels of a picture
_PALE = 0.25  # of the light: what absorbs less is no stroke, even out of focus
_SAME_PEN = 0.4  # of the widest place of strokes, where two meet: the same pen wrote it
_SLENDER = 0.28  # the largest width of a stroke, as a share of its length
_FAINTEST = 0.12  # of the light, the least that ink absorbs
_OUTSIDE = 0.2  # of the ink of fine strokes, the most that lies outside of thick ones
_PART = 0.25  # of the area around a thick stroke; where it is read it covers more
_PEN_TO_PRINT = 0.75  # a pen or pencil absorbs at least this share of what print absorbs
_SMALL = 256  # pixels a side of the reduced picture in which large things are found
_STEP = 0.62  # of the light: a darker side of an edge is not shaded paper
_SHADE = 0.45  # of the light, the least that a shadow leaves
_TINT = 0.12  # the largest change of the colour ratios by a shadow
_RIM = 3  # small pixels over which the edge of a sheet is blurred
_CORE_ON_LINE = 0.7  # the same where a line was
_EDGE = 400  # the width of a soft edge as a part of the longer side
_PIECE, _DIGIT = 0.01, 0.04  # the least lengths of a dot and a digit, of the longer side


class Ink(NamedTuple):
    """What was found in a picture.

    Attributes
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        0 for paper, 1 for the solid part of a stroke; all zeros if no ink can be told.
    left_out : list of tuple of four ints
        Boxes of what could be ink, too: left, top, right and bottom, the last two exclusive.
    """

    ink: np.ndarray
    left_out: list[Box]


def find_ink_on_paper(channels: list[np.ndarray]) -> Ink:
    """Find the ink in a picture of paper.

    Parameters
    ----------
    channels : list of uint8 array, shape (h, w)
        Grey, or red, green and blue; then alpha if the picture is translucent.

    Returns
    -------
    Ink
    """
    from scipy import ndimage

    light = _light(channels)
    sheet, writing, blots = _sheet(light)
    light, printed = without_rulings(light, sheet & ~writing)
    least = _FAINTEST
    if printed.any():
        least = max(least, _PEN_TO_PRINT * float(np.quantile(printed[printed > 0], 0.9)))
    blur = _blur(light)
    light = ndimage.gaussian_filter(light, (0, blur, blur))
    window = max(sheet.shape) // _FINE | 1
    at_rim = bool(writing.any())
    fine = _ink(_darkness(light, window, at_rim=at_rim), printed, sheet, least)
    strokes, width = _thick_strokes(light, sheet, window, at_rim)
    found = fine
    unread: list[Box] = []
    if width:
        share, unread = _elsewhere(fine.ink, strokes)
        if share > _OUTSIDE:  # what a fine pen wrote is read, and thick strokes are not
            unread = _unread(strokes, fine.ink)
        else:
            # At the border only half of the window is in the picture.
            dark = _darkness(light, round((2.5 if at_rim else 1.6) * width) | 1, at_rim=at_rim)
            found = _ink(dark, printed, strokes, least, only=True)
    left_out = blots or [*found.left_out, *unread]
    if not found.ink.any() and not left_out:
        # A stroke out of focus is as pale as a shadow: it is not read, but the sheet is not blank.
        pale, _ = _thick_strokes(light, sheet, window, at_rim, _PALE)
        pieces, count = ndimage.label(pale, structure=np.ones((3, 3)))
        left_out = [box_of(pieces, k) for k in range(count)]
    return Ink(found.ink, left_out)


def _blur(light: np.ndarray) -> float:
    """Return the blur, in pixels, that makes a picture's grain, (c, h, w), fainter than ink."""
    longest = max(light.shape[1:])
    if light.shape[2] < 2:
        return longest / _FINEST
    rough = np.diff(light, axis=2)[:, ::2] / np.median(light)
    grain = 1.4826 * float(np.median(abs(rough))) / np.sqrt(2)  # a standard deviation, if normal
    # A Gaussian filter leaves this share of grain that differs from pixel to pixel.
    enough = GRAIN_MARGIN * grain / (2 * np.sqrt(np.pi)) / _FAINTEST
    return max(longest / _FINEST, min(enough, longest / _NARROW))


def is_ruled(channels: list[np.ndarray]) -> bool:
    """Return whether lines are printed on a sheet that fills the picture.

    Parameters
    ----------
    channels : list of uint8 array, shape (h, w)
        Grey, or red, green and blue; then alpha if the picture is translucent.
    """
    light = _light(channels)
    return bool(without_rulings(light, np.ones(light.shape[1:], bool))[1].any())


def _light(channels: list[np.ndarray]) -> np.ndarray:
    """Return the light in each pixel, (c, h, w), inverted if needed so that ink is darker."""
    light = np.stack(channels).astype(np.float32).clip(1)  # (c, h, w)
    return 256 - light if _is_light_on_dark(light) else light


def _is_light_on_dark(light: np.ndarray) -> bool:
    """Return whether a picture shows chalk on a board instead of a pen on paper."""
    from scipy import ndimage

    grey = _reduced(light.mean(axis=0, keepdims=True))[0]
    # Ink is the local minority, which gives the differences from the local mean their skew.
    around = ndimage.uniform_filter(grey, max(grey.shape) // _THICK | 1)
    return bool(np.median(grey) < 128 and ((grey - around) ** 3).sum() > 0)


def _sheet(light: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[Box]]:
    """Return which pixels are on the sheet of paper, in sun or shade, (h, w).

    Which are strokes at the picture's border, (h, w), and the boxes of blots there are returned as
    well.
    """
    from scipy import ndimage

    small, writing, found = _without_strokes_at_rim(_reduced(light))
    factor = _factor(light.shape[1:])
    blots = [(a * factor, b * factor, c * factor, d * factor) for a, b, c, d in found]
    writing = _enlarged(writing, light.shape[1:])
    window = max(small.shape) // 4 | 1
    half = window // 2
    # Outside the picture counts as dark: a strip of table at the border keeps its width.
    padded = np.pad(small, [(0, 0), (half, half), (half, half)])  # (c, h + 2 half, w + 2 half)
    closed = ndimage.grey_closing(padded, (1, window, window))
    closed = closed[:, half : half + small.shape[1], half : half + small.shape[2]]
    grey = closed.mean(axis=0)  # (h, w)
    steps = ndimage.minimum_filter(grey, _RIM) < _STEP * ndimage.maximum_filter(grey, _RIM)
    # A table may be as light as shaded paper, but a shadow leaves the colour.
    for tint in closed / grey.clip(1):
        steps |= ndimage.maximum_filter(tint, _RIM) - ndimage.minimum_filter(tint, _RIM) > _TINT
    regions, count = ndimage.label(~steps)
    if count < 2:
        return np.ones(light.shape[1:], bool), writing, blots
    names = np.arange(1, count + 1)
    # The sheet is the largest light region; other regions that are grey beside it are in shade.
    colours = np.stack([ndimage.median(channel, regions, names) for channel in closed], axis=1)
    sizes = np.bincount(regions.ravel())[1:]
    main = (colours.mean(axis=1) * sizes).argmax()
    ratios = colours / colours[main]
    tints = np.ptp(ratios, axis=1) / ratios.mean(axis=1)
    paper = (ratios.mean(axis=1) > _SHADE) & (tints < _TINT)
    kept = _chosen(regions, paper)
    kept = ndimage.binary_closing(np.pad(kept, 2 * _RIM), iterations=2 * _RIM)
    kept = kept[2 * _RIM : -2 * _RIM, 2 * _RIM : -2 * _RIM]
    kept = ndimage.binary_erosion(kept, iterations=_RIM, border_value=1)
    return _enlarged(kept, light.shape[1:]), writing, blots


def _without_strokes_at_rim(small: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[Box]]:
    """Put paper in place of writing that runs off the picture, which would look like a table.

    Where it was, (h, w), is returned as well, and the boxes of blots: neither writing nor a table,
    which would reach into a corner.
    """
    from scipy import ndimage

    window = max(small.shape[1:]) // _THICK | 1
    solid = _darkness(small, window, at_rim=True) > 1 - _STEP
    pieces, _ = ndimage.label(solid, structure=np.ones((3, 3)))
    touching, beside = at_rim(pieces), runs_along(pieces)
    in_corners = np.isin(np.arange(len(touching)) + 1, pieces[[0, 0, -1, -1], [0, -1, 0, -1]])
    unclear = np.flatnonzero(beside & ~in_corners).tolist()
    blots = [box_of(pieces, k) for k in unclear if could_be_ink(pieces == k + 1)]
    writing = _chosen(pieces, touching & ~beside)
    if not writing.any():
        return small, writing, blots
    around = ndimage.binary_dilation(writing, iterations=2)  # its soft edge
    nearest = ndimage.distance_transform_edt(around, return_distances=False, return_indices=True)
    return small[:, *nearest], around, blots


def _thick_strokes(
    light: np.ndarray, sheet: np.ndarray, window: int, at_rim: bool, least: float = _MARKER
) -> tuple[np.ndarray, float]:
    """Return where strokes too thick for a window are, (h, w), and how wide they are."""
    from scipy import ndimage

    small = _reduced(light)
    factor = _factor(light.shape[1:])
    dark = _darkness(small, max(small.shape) // _THICK | 1, at_rim=at_rim)
    solid = (dark > least) & (_reduced(sheet[None])[0] > 0.5)
    pieces, count = ndimage.label(solid, structure=np.ones((3, 3)))
    depth = ndimage.distance_transform_edt(solid)
    widths = 2 * factor * ndimage.maximum(depth, pieces, np.arange(1, count + 1))
    beside = runs_along(pieces)
    slender = (widths < _SLENDER * factor * _lengths(pieces)) & ~beside
    thickest = max(widths[slender], default=0)
    # What the same pen wrote is as thick, more or less, also a point.
    alike = (widths >= _SAME_PEN * thickest) & (widths < thickest / ALIKE) & ~beside
    strokes = alike & (thickest > 0.6 * window)
    around = ndimage.binary_dilation(_chosen(pieces, strokes), iterations=2)
    return _enlarged(around, light.shape[1:]), thickest if strokes.any() else 0


def _elsewhere(fine: np.ndarray, strokes: np.ndarray) -> tuple[float, list[Box]]:
    """Return the share of fine strokes outside of thick ones, and the boxes of those that are.

    Printed dots, which are shorter than any digit, are no strokes.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(fine > CORE)
    long = _lengths(pieces) > _DIGIT * max(fine.shape)
    written = fine * _chosen(pieces, long)
    share = float(written[~strokes].sum() / written.sum()) if written.any() else 0.0
    inside = ndimage.mean(strokes, pieces, np.arange(1, count + 1))
    return share, [box_of(pieces, k) for k in np.flatnonzero(long & (inside < 0.5)).tolist()]


def _unread(strokes: np.ndarray, ink: np.ndarray) -> list[Box]:
    """Return the boxes of strokes, (h, w), of which no more than a part is among the ink."""
    from scipy import ndimage

    pieces, count = ndimage.label(strokes)
    read = ndimage.mean(ink > CORE, pieces, np.arange(1, count + 1))
    return [box_of(pieces, k) for k in np.flatnonzero(read < _PART).tolist()]


def _darkness(light: np.ndarray, window: int, *, at_rim: bool = False) -> np.ndarray:
    """Return the share of the light, (h, w), that is missing compared to paper within a window.

    With ``at_rim`` also in strokes that run along the border, at the price of slopes there.
    """
    missing = np.zeros(light.shape[1:], np.float32)
    for channel in light:
        paper = _closed_inside(channel, window) if at_rim else _closed(channel, window)
        # In the dark, a little noise is a large share.
        floor = _SHADE * np.quantile(paper[::4, ::4], 0.95)
        np.maximum(missing, (paper - channel) / paper.clip(floor), out=missing)
    return missing


def _closed(channel: np.ndarray, window: int) -> np.ndarray:
    """Fill dark areas narrower than a window; slopes and wide shadows stay as they are.

    A morphological closing. The margin lets windows extend over the border, so that slopes are
    preserved up to it.
    """
    from scipy import ndimage

    margin = window // 2
    padded = np.pad(channel, margin, mode="edge")
    closed = ndimage.grey_closing(padded, (window, window))
    return closed[margin : margin + channel.shape[0], margin : margin + channel.shape[1]]


def _closed_inside(channel: np.ndarray, window: int) -> np.ndarray:
    """Fill dark areas as `_closed` does, also those along the border."""
    from scipy import ndimage

    widest = ndimage.maximum_filter(channel, window, mode="constant", cval=0)
    return ndimage.minimum_filter(widest, window, mode="constant", cval=np.inf)


def _ink(
    dark: np.ndarray,
    printed: np.ndarray,
    where: np.ndarray,
    least: float,
    *,
    only: bool = False,
) -> Ink:
    """Stretch darkness so that grain becomes 0 and solid ink 1; nothing without a digit's piece.

    Only pieces that lie mostly in the searched area count, and with ``only`` nothing of them
    outside it.
    """
    from scipy import ndimage

    dark = dark - printed / 2  # the remains of a line are not ink
    usual = float(np.median(dark))
    spread = 1.4826 * float(np.median(abs(dark - usual)))  # a standard deviation, if normal
    grain = usual + GRAIN_MARGIN * spread
    level = ink_level(255 * dark[(dark > grain) & where].clip(0, 1)) / 255
    if level - grain < least:
        return Ink(np.zeros(dark.shape, np.float32), [])
    ink = ((dark - grain) / (level - grain)).clip(0, 1).astype(np.float32)
    if only:
        ink *= where
    # Even the remains of a line are fainter than ink, and do not join a digit to the border.
    core = ink > np.where(printed > _FAINTEST / 4, _CORE_ON_LINE, CORE)
    solid = ndimage.binary_dilation(core, iterations=1 + max(dark.shape) // _EDGE)
    pieces, count = ndimage.label(solid)
    lengths = _lengths(pieces) / max(dark.shape)
    on_sheet = ndimage.mean(where, pieces, np.arange(1, count + 1)) > 0.5
    beside = runs_along(pieces)
    kept = (lengths > _PIECE) & on_sheet & ~beside
    if printed.any():  # the line that the border cuts off is not found as one
        kept &= ~lines_at_rim(pieces)
    written = kept & (lengths > _DIGIT)
    left_out = []
    for k in np.flatnonzero(beside & on_sheet & (lengths > _DIGIT)).tolist():
        piece = pieces == k + 1
        alike = bool(written.any()) and is_same_pen(piece & core, _chosen(pieces, written) & core)
        if is_wedge(piece):
            continue
        if alike and not fills_a_side(piece):
            kept[k] = written[k] = True
        elif alike or could_be_ink(piece):
            left_out.append(box_of(pieces, k))
    return Ink(ink * (_chosen(pieces, kept) & written.any()), left_out)


def _chosen(pieces: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the mask, (h, w), of the labelled pieces that are chosen, a bool for each."""
    return np.concatenate([[False], chosen])[pieces]


def _lengths(pieces: np.ndarray) -> np.ndarray:
    """Return the longer side of the box around each labelled piece, in pixels."""
    from scipy import ndimage

    boxes = ndimage.find_objects(pieces)
    return np.array([max(side.stop - side.start for side in box) for box in boxes], float)


def _factor(shape: tuple[int, int]) -> int:
    return min(max(1, max(shape) // _SMALL), *shape)


def _reduced(channels: np.ndarray) -> np.ndarray:
    """Average squares of pixels so that the longer side is about ``_SMALL``."""
    factor = _factor(channels.shape[1:])
    height, width = (side // factor for side in channels.shape[1:])
    squares = channels[:, : height * factor, : width * factor]
    return squares.reshape(-1, height, factor, width, factor).mean((2, 4), dtype=np.float32)


def _enlarged(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Undo `_reduced` for a mask."""
    factor = _factor(shape)
    large = mask.repeat(factor, axis=0).repeat(factor, axis=1)  # (h factor, w factor)
    missing = [(0, side - given) for side, given in zip(shape, large.shape, strict=True)]
    return np.pad(large, missing, mode="edge")
