"""Degradations: what each of `core.evaluation.corruptions` does to images, a function each.

Reimplemented from the description of MNIST-C (Mu and Gilmer 2019,
https://arxiv.org/abs/1906.02337). Each function takes three arguments: images as floats
(n, 28, 28) in [0, 1]; a generator, which draws for each image separately; and one row of the
corruption's table of strengths. Values outside [0, 1] are for the caller to clip.
"""

from collections.abc import Callable

import numpy as np

SIDE = 28

_MIDDLE = (SIDE - 1) / 2
_FOG_MAP = 256  # pixels a side; a power of two
_FOG_BATCH = 64  # maps in memory at a time
_LINE_REACH = 2.3  # pixels: the ink of a line is log(1 - distance / reach) + 1
_MUD = 63 / 255
_GROW = np.ones((3, 3), bool)


def shot_noise(images: np.ndarray, rng: np.random.Generator, photons: float) -> np.ndarray:
    """Count photons (Poisson); ``photons`` is the mean for white."""
    return rng.poisson(images * photons).astype(np.float32) / photons


def impulse_noise(images: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Turn a share of the pixels black or white, half of them each."""
    hit = rng.random(images.shape, np.float32) / share  # below 1 where a pixel is hit
    return np.where(hit < 0.5, np.float32(0), np.where(hit < 1, np.float32(1), images))


def glass_blur(
    images: np.ndarray, rng: np.random.Generator, level: tuple[float, int, int]
) -> np.ndarray:
    """Blur, swap each pixel with a near one at even odds, several times, and blur again.

    ``level``: the blur's standard deviation in pixels, the longest swap in pixels, the rounds.
    """
    sigma, furthest, rounds = level
    blurred = _blur(images, sigma)
    every = np.arange(len(images))
    for _ in range(rounds):
        for row in range(SIDE - furthest, furthest, -1):
            for column in range(SIDE - furthest, furthest, -1):
                swapped = every[rng.random(len(every)) < 0.5]
                # Towards the upper left; the other side excludes the longest step.
                there = rng.integers(-furthest, furthest, (2, len(swapped))) + [[row], [column]]
                near = blurred[swapped, there[0], there[1]]
                blurred[swapped, there[0], there[1]] = blurred[swapped, row, column]
                blurred[swapped, row, column] = near
    return _blur(blurred, sigma)


def motion_blur(
    images: np.ndarray, rng: np.random.Generator, level: tuple[int, float]
) -> np.ndarray:
    """Smear to the left, in a direction within 45 degrees of the horizontal.

    ``level``: the reach, of which twice as many pixels count, and the standard deviation in pixels
    of the half Gaussian that weights them.
    """
    radius, sigma = level
    distances = np.arange(2 * radius + 1)
    weights = np.exp(-(distances**2) / (2 * sigma**2)).astype(np.float32)
    angles = np.radians(rng.uniform(-45, 45, len(images)))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    every = np.arange(len(images))[:, None, None]  # (n, 1, 1)
    smeared = np.zeros_like(images)
    for distance, weight in zip(distances, weights / weights.sum(), strict=True):
        down, right = (
            np.rint(distance * part(angles)).astype(int)[:, None, None] for part in (np.sin, np.cos)
        )
        y, x = (rows + down).clip(0, SIDE - 1), (columns + right).clip(0, SIDE - 1)
        smeared += weight * images[every, y, x]
    return smeared


def shear(images: np.ndarray, rng: np.random.Generator, angle: float) -> np.ndarray:
    """Slant to either side by an angle in radians, which also stretches the height by 1 / cos."""
    return _warp_either_way(
        images, rng, lambda side: [[np.cos(angle), 0], [-side * np.sin(angle), 1]]
    )


def scale(images: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Shrink to a fraction of the size."""
    return _warp_either_way(images, rng, lambda side: [[1 / factor, 0], [0, 1 / factor]])


def rotate(images: np.ndarray, rng: np.random.Generator, angle: float) -> np.ndarray:
    """Rotate to either side by an angle in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return _warp_either_way(images, rng, lambda side: [[cos, side * sin], [-side * sin, cos]])


def brightness(images: np.ndarray, rng: np.random.Generator, light: float) -> np.ndarray:
    """Add light to every pixel; 1 is white."""
    return images + np.float32(light)


def translate(images: np.ndarray, rng: np.random.Generator, pixels: int) -> np.ndarray:
    """Shift up or down, and left or right, by a whole number of pixels."""
    moved = np.zeros_like(images)
    inside = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))  # (n, 28 + 2p, 28 + 2p)
    down, right = rng.integers(0, 2, (2, len(images)))
    for row in (0, 1):
        for column in (0, 1):
            chosen = (down == row) & (right == column)
            top, left = 2 * pixels * row, 2 * pixels * column
            moved[chosen] = inside[chosen, top : top + SIDE, left : left + SIDE]
    return moved


def stripe(images: np.ndarray, rng: np.random.Generator, width: int) -> np.ndarray:
    """Invert a stripe of ``width`` columns at either side: black to white and white to black."""
    spoilt = images.copy()
    for part in (spoilt[:, :, :width], spoilt[:, :, SIDE - width :]):
        np.subtract(1, part, out=part)
    return spoilt


def fog(images: np.ndarray, rng: np.random.Generator, level: tuple[float, float]) -> np.ndarray:
    """Lay a cloud over the image and rescale the sum to the image's range.

    ``level``: the strength of the cloud as a multiple of white, and the decay of its roughness from
    one scale to the next finer one. A cloud is one corner of a fractal map.
    """
    strength, decay = level
    starts = range(0, len(images), _FOG_BATCH)
    sizes = [min(_FOG_BATCH, len(images) - start) for start in starts]
    clouds = [_plasma(size, decay, rng)[:, :SIDE, :SIDE] for size in sizes]
    white = images.max(axis=(1, 2), keepdims=True)
    mixed = images + strength * np.concatenate([images[:0], *clouds])
    return mixed * (white / (white + strength))


def spatter(
    images: np.ndarray, rng: np.random.Generator, level: tuple[float, float, float, float, float]
) -> np.ndarray:
    """Splash grey mud on the image.

    ``level``: mean and standard deviation of the noise that makes the drops, its blur in pixels,
    the height above which it is a drop, and the blur of the drops' rims in pixels.
    """
    mean, deviation, size, height, softness = level
    noise = rng.standard_normal(images.shape, np.float32) * deviation + mean
    drops = _blur((_blur(noise, size) > height).astype(np.float32), softness)
    drops[drops < 0.8] = 0
    return images * (1 - drops) + _MUD * drops


def dotted_line(images: np.ndarray, rng: np.random.Generator, lines: int) -> np.ndarray:
    """Draw lines, two pixels on and two off, from a point on the left to one on the right."""
    columns = np.arange(SIDE)
    shown = (columns // 2 % 2 == 1) & (columns < SIDE - 1)
    for _ in range(lines):
        left, right = rng.integers(0, SIDE - 1, (2, len(images), 1))
        heights = left + (right - left) * columns / (SIDE - 1)
        images = _with_line(images, heights, shown)
    return images


def zigzag(images: np.ndarray, rng: np.random.Generator, lines: int) -> np.ndarray:
    """Draw zigzags, 2 pixels high to either side and 8 from tooth to tooth, almost level."""
    first, last = 2, SIDE - 3
    columns = np.arange(SIDE)
    shown = (columns >= first) & (columns <= last)
    teeth = np.abs((columns - first + 6) % 8 - 4) - 2
    for _ in range(lines):
        start = rng.integers(0, SIDE - 1, (len(images), 1))
        rise = rng.integers(-5, 5, (len(images), 1))
        heights = start + rise * (columns - first) / (last - first) + teeth
        images = _with_line(images, heights, shown)
    return images


def canny_edges(images: np.ndarray, rng: np.random.Generator, sigma: float) -> np.ndarray:
    """Keep only edges, one pixel thin, found after a blur with a standard deviation of ``sigma``.

    Canny 1986, https://doi.org/10.1109/TPAMI.1986.4767851: the gradient's maxima across an edge,
    above 0.2, and those above 0.1 that touch them.
    """
    from scipy import ndimage

    smooth = _blur(images, sigma)
    down, right = (_sobel(smooth, axis) for axis in (1, 2))
    steepness = np.hypot(down, right)
    edge = _is_ridge(steepness, down, right) & (steepness > 0.1)
    # Pieces are joined within an image, never across images.
    pieces, count = ndimage.label(edge, structure=np.stack([~_GROW, _GROW, ~_GROW]))
    kept = np.zeros(count + 1, bool)
    kept[pieces[steepness > 0.2]] = True
    kept[0] = False
    return kept[pieces].astype(np.float32)


def _blur(images: np.ndarray, sigma: float) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(images, (0, sigma, sigma), mode="nearest")


def _sobel(images: np.ndarray, axis: int) -> np.ndarray:
    # SciPy's own would also average over neighbouring images.
    from scipy import ndimage

    steps = ndimage.correlate1d(images, (-1, 0, 1), axis, mode="nearest")
    return ndimage.correlate1d(steps, (1, 2, 1), 3 - axis, mode="nearest")


def _warp_either_way(
    images: np.ndarray, rng: np.random.Generator, matrix: Callable[[int], list[list[float]]]
) -> np.ndarray:
    """Warp around the centre by the matrix for side 1 or -1, drawn for each image.

    A matrix leads from (row, column) of the result to those of the image.
    """
    from scipy import ndimage

    sides = rng.choice((-1, 1), len(images))
    warped = np.empty_like(images)
    for side in (-1, 1):
        whole = np.eye(3)
        whole[1:, 1:] = matrix(side)
        middle = np.array([0, _MIDDLE, _MIDDLE])
        warped[sides == side] = ndimage.affine_transform(
            images[sides == side], whole, middle - whole @ middle, order=1
        )
    return warped


def _plasma(n: int, decay: float, rng: np.random.Generator) -> np.ndarray:
    """Make periodic fractal maps by the diamond-square algorithm, float32 in [0, 1].

    Fournier, Fussell and Carpenter 1982, https://doi.org/10.1145/358523.358553.
    """
    maps = np.zeros((n, _FOG_MAP, _FOG_MAP), np.float32)

    def between(total: np.ndarray) -> np.ndarray:
        noise = rng.random(total.shape, np.float32) * 2 - 1
        return total / 4 + ruggedness * noise

    ruggedness, step = 1.0, _FOG_MAP
    while step > 1:
        half = step // 2
        corners = maps[:, ::step, ::step]
        pairs = corners + np.roll(corners, -1, 1)
        maps[:, half::step, half::step] = between(pairs + np.roll(pairs, -1, 2))
        middles = maps[:, half::step, half::step]
        above_and_below = middles + np.roll(middles, 1, 1)
        beside = corners + np.roll(corners, -1, 2)
        maps[:, ::step, half::step] = between(above_and_below + beside)
        left_and_right = middles + np.roll(middles, 1, 2)
        maps[:, half::step, ::step] = between(left_and_right + pairs)
        step, ruggedness = half, ruggedness / decay**2
    maps -= maps.min(axis=(1, 2), keepdims=True)
    return maps / maps.max(axis=(1, 2), keepdims=True)


def _with_line(images: np.ndarray, heights: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Add a line at the given height, (n, 28), in each column where it is shown."""
    rows = np.arange(SIDE)[:, None]
    distance = np.abs(rows - heights[:, None, :])  # (n, 28, 28)
    ink = np.log1p(-np.minimum(distance, 0.9 * _LINE_REACH) / _LINE_REACH) + 1
    return (images + (ink.clip(0) * shown).astype(np.float32)).clip(0, 1)


def _is_ridge(steepness: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Mark the pixels without a steeper neighbour along the gradient; never on the image's rim."""
    around = np.pad(steepness, ((0, 0), (1, 1), (1, 1)))  # (n, 30, 30)

    def at(row: np.ndarray | int, column: np.ndarray | int) -> np.ndarray:
        every, rows, columns = np.ogrid[: len(steepness), :SIDE, :SIDE]
        return around[every, rows + 1 + row, columns + 1 + column]

    level = np.abs(right) >= np.abs(down)
    small, large = np.where(level, (down, right), (right, down))
    share = np.abs(small) / np.maximum(np.abs(large), 1e-12)
    # The gradient meets the ring of neighbours between a straight one and a diagonal one.
    lean = np.where(small * large < 0, -1, 1)
    ridge = np.zeros(steepness.shape, bool)
    ridge[:, 1:-1, 1:-1] = True
    for way in (-1, 1):
        straight = np.where(level, at(0, way), at(way, 0))
        diagonal = np.where(level, at(way * lean, way), at(way, way * lean))
        ridge &= steepness >= (1 - share) * straight + share * diagonal
    return ridge
