"""Ink in a picture: where it is, and how much, whatever its colours.

Ink is what differs from the paper, and the paper is the colour of the picture's border. The
difference is taken in premultiplied colour, including alpha. There a half-covered pixel lies
half-way between paper and ink. So soft edges keep their shades, ink that exists only in alpha is
seen, and colours hidden under full transparency are not. If the border has more than one colour,
the picture is treated as a photograph or a scan: see ``paper``.
"""

import numpy as np

from core.reading.border import Box, without_wedges
from core.reading.otsu import ink_level
from core.reading.paper import Ink, find_ink_on_paper, is_ruled

MIN_CONTRAST = 24  # levels of 255 between paper and ink; less counts as noise
NOISE_MARGIN = 4  # standard deviations of the paper's noise that do not count as ink
_GREY, _LIKE, _CHANGES = 24, 8, 6  # levels of colour and within one, and squares along a side
# Levels of 255: what is fainter than ink and clearer than this is not read, but not blank either,
# if it comes in so few pieces, of which one is this long, as a share of the longer side.
_FAINT, _MOST_PIECES, _LONG = 6, 50, 0.1
# Salt and pepper: levels by which a pixel differs from the four around it, in this share of the
# pixels of every so many rows, and in no fewer.
_SPECKLE, _SPECKLED, _SAMPLED, _FEW = 128, 0.01, 8, 25
_EXACT = 0.95  # of the paper: on a screen no less of it has exactly one colour
_EVEN = 2  # levels; a smaller difference is still the colour of the paper


def find_ink(picture: np.ndarray) -> np.ndarray:
    """Find the ink in a picture.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied (as a canvas and a PNG file hold it).

    Returns
    -------
    float32 array, shape (h, w), in [0, 1]
        0 for paper, 1 for the solid part of a stroke, between them on soft edges; all zeros if the
        picture is blank or nearly blank.

    Examples
    --------
    >>> picture = np.full((100, 100, 3), 255, np.uint8)
    >>> picture[20:80, 48:52] = (0, 0, 160)  # a blue line on white paper
    >>> ink = find_ink(picture)
    >>> ink.shape, float(ink.max()), int((ink > 0.5).sum())
    ((100, 100), 1.0, 240)
    """
    return search(picture).ink


def search(picture: np.ndarray) -> Ink:
    """Find the ink in a picture, as `find_ink` does, and what could be ink, too."""
    found = _ink_on_paper(_channels(_on_one_sheet(picture)))
    if (
        not found.ink.any()
        and picture.shape[2:] == (4,)
        and np.median(_border(picture[..., 3])) < 128
    ):
        # The apparent sheet is a single shape of one colour on a transparent background.
        return _ink_on_paper([picture[..., 3]])
    return found


def _on_one_sheet(picture: np.ndarray) -> np.ndarray:
    """Give the transparent margin of an opaque sheet of paper the colour of the sheet."""
    if picture.shape[2:] != (4,):
        return picture
    opaque = picture[..., 3] > 127
    if opaque.all() or opaque.mean() < 0.5:
        return picture
    sheet = np.median(picture[opaque][:, :3], axis=0)
    alpha = picture[..., 3:] / np.float32(255)
    return np.round(picture[..., :3] * alpha + sheet * (1 - alpha)).astype(np.uint8)


def _channels(picture: np.ndarray) -> list[np.ndarray]:
    """Split into premultiplied uint8 channels, without those that add nothing."""
    if picture.ndim == 2:
        return [picture]
    red, green, blue = (np.ascontiguousarray(picture[..., channel]) for channel in range(3))
    colours = [red]
    if not (np.array_equal(red, green) and np.array_equal(red, blue)):
        colours += [green, blue]
    if picture.shape[2] == 3:
        return colours
    alpha = np.ascontiguousarray(picture[..., 3])
    if alpha.min() == 255:
        return colours
    wide = alpha.astype(np.uint16)
    return [((colour * wide + 127) // 255).astype(np.uint8) for colour in colours] + [alpha]


def _ink_on_paper(channels: list[np.ndarray]) -> Ink:
    """Stretch the difference from paper so that noise becomes 0 and solid ink 1."""
    channels = _without_single_pixels(channels)
    difference = _from_even_paper(channels)
    crossed = bool((_border(difference) > _EVEN).any())
    squares = _from_squares(channels) if _is_shaded(difference) else None
    if squares is not None:
        difference, crossed = squares, False
    elif _is_shaded(difference) or (crossed and is_ruled(channels)):
        return find_ink_on_paper(channels)
    noise = _noise(difference)
    if crossed and (_has_strip(difference) or (noise > _EVEN and _has_corner(difference))):
        on_sheet = find_ink_on_paper(channels)
        if on_sheet.ink.any() or noise > _EVEN:  # what is drawn on a screen has no noise
            return on_sheet
    contrast = ink_level(difference) - noise
    if contrast < MIN_CONTRAST:
        faint = difference > noise + contrast / 2 if contrast > _FAINT else None
        return Ink(np.zeros(difference.shape, np.float32), _large_pieces(faint))
    ink = (difference.astype(np.float32) - np.float32(noise)) / np.float32(contrast)
    ink = ink.clip(0, 1)
    if crossed and _has_corner(difference) and not _is_exact(difference):
        ink = without_wedges(ink)
    return Ink(ink, [])


def _without_single_pixels(channels: list[np.ndarray]) -> list[np.ndarray]:
    """Filter salt-and-pepper noise, which roughens strokes where it touches them."""
    from scipy import ndimage

    above, here, below = (channels[0][k : -2 + k or None : _SAMPLED] for k in range(3))
    here = here.astype(np.int16)
    beside = abs(np.diff(here)) > _SPECKLE
    single = beside[:, 1:] & beside[:, :-1]  # there and back again
    for other in (above, below):
        single &= (abs(here - other) > _SPECKLE)[:, 1:-1]
    if np.count_nonzero(single) < max(_FEW, _SPECKLED * single.size):
        return channels
    return [ndimage.median_filter(channel, 3) for channel in channels]


def _large_pieces(faint: np.ndarray | None) -> list[Box]:
    """Return the boxes of the pieces of a mask, (h, w), that are as long as strokes."""
    from scipy import ndimage

    if faint is None:
        return []
    pieces, count = ndimage.label(faint, structure=np.ones((3, 3)))
    if count > _MOST_PIECES:  # noise
        return []
    return [
        (across.start, down.start, across.stop, down.stop)
        for down, across in ndimage.find_objects(pieces)
        if max(down.stop - down.start, across.stop - across.start) > _LONG * max(faint.shape)
    ]


def _from_even_paper(channels: list[np.ndarray]) -> np.ndarray:
    """Return the largest difference over the channels from the border's colour, in levels."""
    papers = (np.median(_border(channel)).round().astype(np.int16) for channel in channels)
    pairs = zip(channels, papers, strict=True)
    return np.maximum.reduce([abs(channel - paper) for channel, paper in pairs])


def _from_squares(channels: list[np.ndarray]) -> np.ndarray | None:
    """Return the difference from the two greys that programs show in place of transparency.

    ``None`` if the border does not consist of two colours, or one of them is not in squares.
    """
    if len(channels) > 1 and np.ptp(np.stack(channels), axis=0).max() > _GREY:
        return None
    grey = channels[0]
    at_border = _border(grey)
    counts = np.bincount(at_border, minlength=256)
    first = int(counts.argmax())
    counts[max(first - _LIKE, 0) : first + _LIKE + 1] = 0
    second = int(counts.argmax())
    near = [abs(at_border.astype(np.int16) - colour) <= _LIKE for colour in (first, second)]
    changes = int((np.diff((grey[0] > (first + second) / 2).astype(np.int8)) != 0).sum())
    if (
        abs(first - second) < MIN_CONTRAST
        or min(map(np.mean, near)) < 0.25
        or (near[0] | near[1]).mean() < 0.85
        or changes < _CHANGES
    ):
        return None
    low, high = sorted((first, second))
    wide = grey.astype(np.int16)
    # Soft edges of squares lie between the two.
    return np.maximum(low - wide, wide - high).clip(0)


def _is_shaded(difference: np.ndarray) -> bool:
    """Distinguish uneven light or noise on the border from ink that crosses the border."""
    at_border = _border(difference)
    between = (at_border > _EVEN) & (at_border < 0.6 * difference.max())
    return between.mean() > 0.15


def _has_strip(difference: np.ndarray) -> bool:
    """Return whether a whole side of the picture may show something beside the sheet."""
    sides = (difference[0], difference[-1], difference[:, 0], difference[:, -1])
    return any((side > 0.5 * difference.max()).all() for side in sides)


def _has_corner(difference: np.ndarray) -> bool:
    """Return whether a corner of the picture may show something beside the sheet."""
    return bool(difference[[0, 0, -1, -1], [0, -1, 0, -1]].max() > 0.5 * difference.max())


def _is_exact(difference: np.ndarray) -> bool:
    """Return whether the paper at the border is of exactly one colour, as on a screen."""
    at_border = _border(difference)
    paper = at_border[at_border < MIN_CONTRAST / 2]
    return bool((paper == 0).mean() > _EXACT)


def _noise(difference: np.ndarray) -> float:
    at_border = _border(difference)
    usual = float(np.median(at_border))
    spread = 1.4826 * float(np.median(abs(at_border - usual)))  # a standard deviation, if normal
    return usual + NOISE_MARGIN * spread


def _border(channel: np.ndarray) -> np.ndarray:
    depth = max(1, min(channel.shape) // 50)
    sides = (channel[:depth], channel[-depth:], channel[:, :depth], channel[:, -depth:])
    return np.concatenate([side.ravel() for side in sides])
