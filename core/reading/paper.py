"""Ink on paper, in a photograph or a scan.

Light is uneven on paper. Shadows, printed lines, the paper's grain and the surroundings of the
sheet are also darker than paper. Ink is dark over no more than the width of a stroke and stands out
from the grain. It is not a printed line, and lies on the sheet without running off it.
"""

import numpy as np

from core.reading.otsu import ink_level
from core.reading.rulings import without_rulings

GRAIN_MARGIN = 4  # standard deviations of the paper's grain that do not count as ink
_FINE = 16  # pens and pencils are narrower than this part of the longer side
_THICK = 3  # a felt tip is narrower than this part of the longer side
_MARKER = 0.4  # of the light: a felt tip absorbs more, a shadow less, in levels of a picture
_SLENDER = 0.28  # the largest width of a stroke, as a share of its length
_FAINTEST = 0.12  # of the light, the least that ink absorbs
_OUTSIDE = 0.2  # of the ink of fine strokes, the most that lies outside of thick ones
_PEN_TO_PRINT = 0.75  # a pen or pencil absorbs at least this share of what print absorbs
_SMALL = 256  # pixels a side of the reduced picture in which large things are found
_STEP = 0.62  # of the light: a darker side of an edge is not shaded paper
_SHADE = 0.45  # of the light, the least that a shadow leaves
_TINT = 0.12  # the largest change of the colour ratios by a shadow
_RIM = 3  # small pixels over which the edge of a sheet is blurred
_CORE = 0.45  # ink of the pixels of a piece, without its soft edge
_CORE_ON_LINE = 0.7  # the same where a line was
_EDGE = 400  # the width of a soft edge as a part of the longer side
_PIECE, _DIGIT = 0.01, 0.04  # the least lengths of a dot and a digit, of the longer side


def find_ink_on_paper(channels: list[np.ndarray]) -> np.ndarray:
    """Find the ink in a picture of paper.

    Parameters
    ----------
    channels : list of uint8 array, shape (h, w)
        Grey, or red, green and blue; then alpha if the picture is translucent.

    Returns
    -------
    float32 array, shape (h, w), in [0, 1]
        0 for paper, 1 for the solid part of a stroke; all zeros if nothing is written.
    """
    from scipy import ndimage

    light = _light(channels)
    sheet = _sheet(light)
    light, printed = without_rulings(light, sheet)
    least = _FAINTEST
    if printed.any():
        least = max(least, _PEN_TO_PRINT * float(np.quantile(printed[printed > 0], 0.9)))
    blur = max(sheet.shape) / 1200  # the finest pens are wider
    light = ndimage.gaussian_filter(light, (0, blur, blur))
    window = max(sheet.shape) // _FINE | 1
    fine = _ink(_darkness(light, window), printed, sheet, least)
    strokes, width = _thick_strokes(light, sheet, window)
    if not width or _is_elsewhere(fine, strokes):
        return fine
    dark = _darkness(light, round(1.6 * width) | 1)
    return _ink(dark, printed, strokes, least, only=True)


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


def _sheet(light: np.ndarray) -> np.ndarray:
    """Return which pixels are on the sheet of paper, (h, w), in sun or shade."""
    from scipy import ndimage

    small = _reduced(light)
    window = max(small.shape) // 4 | 1
    half = window // 2
    # Outside the picture counts as dark: a strip of table at the border keeps its width.
    padded = np.pad(small, [(0, 0), (half, half), (half, half)])  # (c, h + 2 half, w + 2 half)
    closed = ndimage.grey_closing(padded, (1, window, window))
    closed = closed[:, half : half + small.shape[1], half : half + small.shape[2]]
    grey = closed.mean(axis=0)  # (h, w)
    steps = ndimage.minimum_filter(grey, _RIM) < _STEP * ndimage.maximum_filter(grey, _RIM)
    regions, count = ndimage.label(~steps)
    if count < 2:
        return np.ones(light.shape[1:], bool)
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
    return _enlarged(kept, light.shape[1:])


def _thick_strokes(light: np.ndarray, sheet: np.ndarray, window: int) -> tuple[np.ndarray, float]:
    """Return where strokes too thick for a window are, (h, w), and how wide they are."""
    from scipy import ndimage

    small = _reduced(light)
    factor = _factor(light.shape[1:])
    dark = _darkness(small, max(small.shape) // _THICK | 1)
    solid = (dark > _MARKER) & (_reduced(sheet[None])[0] > 0.5)
    pieces, count = ndimage.label(solid, structure=np.ones((3, 3)))
    depth = ndimage.distance_transform_edt(solid)
    widths = 2 * factor * ndimage.maximum(depth, pieces, np.arange(1, count + 1))
    strokes = (widths > 0.6 * window) & (widths < _SLENDER * factor * _lengths(pieces))
    strokes[_at_rim(pieces)] = False
    around = ndimage.binary_dilation(_chosen(pieces, strokes), iterations=2)
    return _enlarged(around, light.shape[1:]), max(widths[strokes], default=0)


def _is_elsewhere(fine: np.ndarray, strokes: np.ndarray) -> bool:
    """Return whether fine strokes, apart from printed dots, lie outside of thick ones."""
    from scipy import ndimage

    pieces, _ = ndimage.label(fine > _CORE)
    written = fine * _chosen(pieces, _lengths(pieces) > _DIGIT * max(fine.shape))
    return bool(written[~strokes].sum() > _OUTSIDE * written.sum())


def _darkness(light: np.ndarray, window: int) -> np.ndarray:
    """Return the share of the light, (h, w), that is missing compared to paper within a window."""
    missing = np.zeros(light.shape[1:], np.float32)
    for channel in light:
        paper = _closed(channel, window)
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


def _ink(
    dark: np.ndarray,
    printed: np.ndarray,
    where: np.ndarray,
    least: float,
    *,
    only: bool = False,
) -> np.ndarray:
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
        return np.zeros(dark.shape, np.float32)
    ink = ((dark - grain) / (level - grain)).clip(0, 1).astype(np.float32)
    if only:
        ink *= where
    # Even the remains of a line are fainter than ink, and do not join a digit to the border.
    core = ink > np.where(printed > _FAINTEST / 4, _CORE_ON_LINE, _CORE)
    solid = ndimage.binary_dilation(core, iterations=1 + max(dark.shape) // _EDGE)
    pieces, count = ndimage.label(solid)
    lengths = _lengths(pieces) / max(dark.shape)
    kept = lengths > _PIECE
    kept &= ndimage.mean(where, pieces, np.arange(1, count + 1)) > 0.5
    kept[_at_rim(pieces)] = False
    return ink * (_chosen(pieces, kept) & (kept & (lengths > _DIGIT)).any())


def _at_rim(pieces: np.ndarray) -> np.ndarray:
    """Return the positions, in a list of the labelled pieces, of those that touch the border."""
    rim = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    return np.unique(rim[rim > 0]) - 1


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
