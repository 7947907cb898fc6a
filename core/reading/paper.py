"""The ink on a photograph or a scan of paper.

Light falls unevenly on paper, and shadows, printed lines, the grain of the paper and what lies
around the sheet are darker than paper too. Ink is what is dark over no more than the width of a
stroke, stands out from the grain, is no printed line, and lies on the sheet without running off it.
"""

import numpy as np

from core.reading.otsu import ink_level
from core.reading.rulings import without_rulings

GRAIN_MARGIN = 4  # standard deviations of the paper's grain that are not ink
_FINE = 16  # the part of the longer side that pens and pencils are narrower than
_THICK = 3  # the part that a felt tip is narrower than
_MARKER = 0.4  # of the light, that a felt tip takes and a shadow leaves, in levels of a picture
_SLENDER = 0.28  # of its length, the most that a stroke is wide
_FAINTEST = 0.12  # of the light, the least that ink takes
_OUTSIDE = 0.2  # of the ink of fine strokes, the most that lies outside of thick ones
_PEN_TO_PRINT = 0.75  # of what print takes of the light, the least that a pen or pencil does
_SMALL = 256  # pixels a side to which a picture is reduced to look for what is large
_STEP = 0.62  # of the light: a darker side of an edge is no paper in the shade
_SHADE = 0.45  # of the light, the least there is in a shadow
_TINT = 0.12  # the most that a shadow changes the ratios of the colours
_RIM = 3  # small pixels that the edge of a sheet is blurred over
_CORE = 0.45  # ink of which a piece consists, but for its soft edge
_CORE_ON_LINE = 0.7  # the same where a line was
_EDGE = 400  # the part of the longer side that a soft edge is wide
_PIECE, _DIGIT = 0.01, 0.04  # of the longer side, the least lengths of a dot and of a digit


def find_ink_on_paper(channels: list[np.ndarray]) -> np.ndarray:
    """Find the ink in a picture of paper.

    Parameters
    ----------
    channels : list of uint8 array, shape (h, w)
        Grey, or red, green and blue; alpha after them where the picture is translucent.

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
    """Tell whether lines are printed on a sheet that fills the picture.

    Parameters
    ----------
    channels : list of uint8 array, shape (h, w)
        Grey, or red, green and blue; alpha after them where the picture is translucent.
    """
    light = _light(channels)
    return bool(without_rulings(light, np.ones(light.shape[1:], bool))[1].any())


def _light(channels: list[np.ndarray]) -> np.ndarray:
    """Return the light in each pixel, (c, h, w), turned so that ink is darker than paper."""
    light = np.stack(channels).astype(np.float32).clip(1)
    return 256 - light if _is_light_on_dark(light) else light


def _is_light_on_dark(light: np.ndarray) -> bool:
    """Tell chalk on a board from a pen on paper."""
    from scipy import ndimage

    grey = _reduced(light.mean(axis=0, keepdims=True))[0]
    # Ink is the minority around it, which gives the differences from the local mean their skew.
    around = ndimage.uniform_filter(grey, max(grey.shape) // _THICK | 1)
    return bool(np.median(grey) < 128 and ((grey - around) ** 3).sum() > 0)


def _sheet(light: np.ndarray) -> np.ndarray:
    """Return which pixels are on the sheet of paper, (h, w), in sun or shade."""
    from scipy import ndimage

    small = _reduced(light)
    window = max(small.shape) // 4 | 1
    half = window // 2
    # Outside the picture it is dark: a strip of table at the border stays as narrow as it is.
    padded = np.pad(small, [(0, 0), (half, half), (half, half)])
    closed = ndimage.grey_closing(padded, (1, window, window))
    closed = closed[:, half : half + small.shape[1], half : half + small.shape[2]]
    grey = closed.mean(axis=0)
    steps = ndimage.minimum_filter(grey, _RIM) < _STEP * ndimage.maximum_filter(grey, _RIM)
    regions, count = ndimage.label(~steps)
    if count < 2:
        return np.ones(light.shape[1:], bool)
    names = np.arange(1, count + 1)
    # The sheet is the largest of the light regions; others are its shaded parts if grey beside it.
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
    """Return where strokes are, (h, w), that a window is too narrow for, and how wide they are."""
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
    """Tell whether fine strokes, printed dots left aside, lie outside of thick ones."""
    from scipy import ndimage

    pieces, _ = ndimage.label(fine > _CORE)
    written = fine * _chosen(pieces, _lengths(pieces) > _DIGIT * max(fine.shape))
    return bool(written[~strokes].sum() > _OUTSIDE * written.sum())


def _darkness(light: np.ndarray, window: int) -> np.ndarray:
    """Return the share of the light, (h, w), that is missing beside paper within a window."""
    missing = np.zeros(light.shape[1:], np.float32)
    for channel in light:
        paper = _closed(channel, window)
        # In the dark a little noise is a large share.
        floor = _SHADE * np.quantile(paper[::4, ::4], 0.95)
        np.maximum(missing, (paper - channel) / paper.clip(floor), out=missing)
    return missing


def _closed(channel: np.ndarray, window: int) -> np.ndarray:
    """Fill what is dark and narrower than a window, and leave slopes and wide shadows as they are.

    A morphological closing. The margin lets windows stand out over the border, so that a slope is
    left as it is up to there.
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

    Pieces count that lie mostly where ink is looked for, and nothing of them elsewhere if ``only``.
    """
    from scipy import ndimage

    dark = dark - printed / 2  # what is left of a line is no ink
    usual = float(np.median(dark))
    spread = 1.4826 * float(np.median(abs(dark - usual)))  # a standard deviation, if normal
    grain = usual + GRAIN_MARGIN * spread
    level = ink_level(255 * dark[(dark > grain) & where].clip(0, 1)) / 255
    if level - grain < least:
        return np.zeros(dark.shape, np.float32)
    ink = ((dark - grain) / (level - grain)).clip(0, 1).astype(np.float32)
    if only:
        ink *= where
    # What is left of a line even so is fainter than ink: it does not join a digit to the border.
    core = ink > np.where(printed > _FAINTEST / 4, _CORE_ON_LINE, _CORE)
    solid = ndimage.binary_dilation(core, iterations=1 + max(dark.shape) // _EDGE)
    pieces, count = ndimage.label(solid)
    lengths = _lengths(pieces) / max(dark.shape)
    kept = lengths > _PIECE
    kept &= ndimage.mean(where, pieces, np.arange(1, count + 1)) > 0.5
    kept[_at_rim(pieces)] = False
    return ink * (_chosen(pieces, kept) & (kept & (lengths > _DIGIT)).any())


def _at_rim(pieces: np.ndarray) -> np.ndarray:
    """Return the places, in a list of the labelled pieces, of those that touch the border."""
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
    large = mask.repeat(factor, axis=0).repeat(factor, axis=1)
    missing = [(0, side - given) for side, given in zip(shape, large.shape, strict=True)]
    return np.pad(large, missing, mode="edge")
