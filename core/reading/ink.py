"""Where a picture holds ink, and how much, whatever its colours.

Ink is what differs from the paper, and the paper is what the border of the picture looks like.
The difference is taken in premultiplied colour, alpha included: there a half-covered pixel lies
half-way between paper and ink, so that soft edges keep their shades, ink that stands only in alpha
is seen, and colours hidden under full transparency are not.
"""

import numpy as np

MIN_CONTRAST = 24  # levels of 255 between paper and ink; less is taken for noise
NOISE_MARGIN = 4  # standard deviations of the paper's noise that are not ink
_EVEN = 2  # levels; what differs by no more has the colour of the paper
_SMOOTHING = 64  # the part of a side over which noise is averaged to estimate shaded paper
_STROKES = 3  # on shaded paper no stroke is wider than this part of the picture's longer side


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
        picture is blank or as good as blank.
    """
    ink = _ink_on_paper(_channels(_on_one_sheet(picture)))
    if not ink.any() and picture.shape[2:] == (4,) and np.median(_border(picture[..., 3])) < 128:
        # What looked like an opaque sheet is one shape of one colour on a transparent ground.
        return _ink_on_paper([picture[..., 3]])
    return ink


def _on_one_sheet(picture: np.ndarray) -> np.ndarray:
    """Give the transparent margin of an opaque sheet of paper the sheet's own colour."""
    if picture.shape[2:] != (4,):
        return picture
    opaque = picture[..., 3] > 127
    if opaque.all() or opaque.mean() < 0.5:
        return picture
    sheet = np.median(picture[opaque][:, :3], axis=0)
    alpha = picture[..., 3:] / np.float32(255)
    return np.round(picture[..., :3] * alpha + sheet * (1 - alpha)).astype(np.uint8)


def _channels(picture: np.ndarray) -> list[np.ndarray]:
    """Split into premultiplied uint8 channels, leaving out those that add nothing."""
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


def _ink_on_paper(channels: list[np.ndarray]) -> np.ndarray:
    """Stretch the difference from paper so that noise becomes 0 and solid ink 1."""
    difference = _from_even_paper(channels)
    if _is_shaded(difference):
        difference = np.maximum.reduce([_from_shaded_paper(channel) for channel in channels])
    noise = _noise(difference)
    contrast = _ink_level(difference) - noise
    if contrast < MIN_CONTRAST:
        return np.zeros(difference.shape, np.float32)
    return ((difference.astype(np.float32) - np.float32(noise)) / np.float32(contrast)).clip(0, 1)


def _from_even_paper(channels: list[np.ndarray]) -> np.ndarray:
    """Return the largest difference over the channels from the border's colour, in levels."""
    papers = (np.median(_border(channel)).round().astype(np.int16) for channel in channels)
    pairs = zip(channels, papers, strict=True)
    return np.maximum.reduce([abs(channel - paper) for channel, paper in pairs])


def _is_shaded(difference: np.ndarray) -> bool:
    """Tell light and shadow on the border, or noise, from ink that runs over the border."""
    at_border = _border(difference)
    between = (at_border > _EVEN) & (at_border < 0.6 * difference.max())
    return between.mean() > 0.15


def _noise(difference: np.ndarray) -> float:
    at_border = _border(difference)
    usual = float(np.median(at_border))
    spread = 1.4826 * float(np.median(abs(at_border - usual)))  # a standard deviation, if normal
    return usual + NOISE_MARGIN * spread


def _border(channel: np.ndarray) -> np.ndarray:
    depth = max(1, min(channel.shape) // 50)
    sides = (channel[:depth], channel[-depth:], channel[:, :depth], channel[:, -depth:])
    return np.concatenate([side.ravel() for side in sides])


def _from_shaded_paper(channel: np.ndarray) -> np.ndarray:
    """Return how far a channel differs, towards its ink's side, from paper in uneven light."""
    from scipy import ndimage

    window = max(channel.shape) // _STROKES | 1
    smooth = ndimage.uniform_filter(
        channel.astype(np.float32), 1 + max(channel.shape) // _SMOOTHING, mode="nearest"
    )
    # Ink is the minority around it, which gives the differences from the local mean their skew.
    skew = ((smooth - ndimage.uniform_filter(smooth, window)) ** 3).sum()
    if skew > 0:
        paper = 255 - _closed(255 - smooth, window)
        return (channel - paper).clip(0)
    paper = _closed(smooth, window)
    # Ink that absorbs light does so in proportion: the quotient is the same in the shade.
    return 255 * (1 - channel / paper.clip(1)).clip(0)


def _closed(channel: np.ndarray, window: int) -> np.ndarray:
    """Fill what is dark and narrower than a window, and leave slopes and wide shadows as they are.

    A morphological closing. The margin lets windows stand out over the border, so that a slope is
    left as it is up to there.
    """
    from scipy import ndimage

    margin = window // 2
    padded = np.pad(channel, margin, mode="edge")
    dilated = ndimage.maximum_filter(padded, window, mode="nearest")
    closed = ndimage.minimum_filter(dilated, window, mode="nearest")
    return closed[margin:-margin, margin:-margin] if margin else closed


def _ink_level(difference: np.ndarray) -> float:
    """Return the difference that solid ink has: the median above Otsu's threshold.

    Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979).
    """
    counts = np.bincount(difference.ravel().astype(np.uint8), minlength=256)
    levels = np.arange(256)
    below = counts.cumsum()
    mass = (counts * levels).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = (mass / below - (mass[-1] - mass) / above) ** 2 * below * above
    threshold = int(np.nan_to_num(apart).argmax())
    inked = counts * (levels > threshold)
    return float(np.searchsorted(inked.cumsum(), inked.sum() / 2)) if inked.any() else 0.0
