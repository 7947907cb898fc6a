"""Pieces: candidates of a segmentation, labelled by whether they are one whole digit.

The segmenter is trained on them. Numbers of one to four digits are put on a line, apart, close or
touching. The digits of a number come all from MNIST or all from the generator of strokes.
`core.reading.segment` proposes the candidates. Since the owner of all ink is known, so is whether a
candidate is one digit.
"""

import numpy as np
from PIL import Image

from core.architecture import CLASSES
from core.reading.cuts import cut
from core.reading.normalise import FIELD, as_bytes, as_floats, normalise
from core.reading.segment import candidates
from core.strokes import digits, pen
from core.strokes.line import in_line

NOT_ONE = CLASSES  # the label of a piece of a digit, or of more than one
_HEIGHTS = (48, 80)  # pixels of a digit: finer drawings give the same images
_PENS = (0.05, 0.17)  # diameters, as shares of that height
_LENGTHS = (0.1, 0.4, 0.3, 0.2)  # shares of numbers with one to four digits
_WHOLE = 0.92  # of a digit's ink and of the candidate's: a larger share of both is that digit
_PIECE = 0.85  # a smaller share of either is not; between the two nobody can tell
_MOST = 16  # candidates of one number that are not one digit


def draw(
    images: np.ndarray, labels: np.ndarray, n: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw numbers and return their candidates.

    Parameters
    ----------
    images : uint8 array, shape (m, 28, 28)
    labels : int array, shape (m,)
        The digits that half of the numbers are made of.
    n : int
        How many numbers; each has about ten candidates.
    seed : int

    Returns
    -------
    images : uint8 array, shape (k, 28, 28)
    labels : int array, shape (k,)
        A digit, or `NOT_ONE`.
    """
    rng = np.random.default_rng(seed)
    parts = [_of_one_number(images, labels, rng) for _ in range(n)]
    found, kinds = zip(*parts, strict=True)
    return np.concatenate(found), np.concatenate(kinds)


def _of_one_number(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    written, layers = _number(images, labels, rng)
    ink = layers.max(axis=0)
    layers = layers * (layers == ink)  # ink that two digits share counts for both
    total = layers.sum(axis=(1, 2))
    parts, _ = cut(ink)
    mass = np.stack([np.bincount(parts.ravel(), layer.ravel()) for layer in layers])
    found, kinds = [], []
    for candidate in candidates(ink):
        own = mass[:, candidate.start : candidate.stop].sum(axis=1)
        digit = own.argmax()
        share = min(own[digit] / total[digit], own[digit] / own.sum())
        if not _PIECE < share < _WHOLE:
            found.append(as_bytes(candidate.steps.image))
            kinds.append(written[digit] if share >= _WHOLE else NOT_ONE)
    labelled = np.array(kinds, int)
    order = rng.permutation(len(labelled))
    one = labelled[order] != NOT_ONE
    kept = np.concatenate([order[one], order[~one][:_MOST]])
    return np.array(found, np.uint8).reshape(-1, FIELD, FIELD)[kept], labelled[kept]


def _number(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[list[int], np.ndarray]:
    """Return the digits of a number and the ink of each, shape (digits, height, width)."""
    n = int(rng.choice(len(_LENGTHS), p=_LENGTHS)) + 1
    height = rng.uniform(*_HEIGHTS)
    width = height * rng.uniform(*_PENS)
    heights = height * np.exp(rng.normal(0, 0.1, n))
    if rng.random() < 0.5:
        chosen = rng.integers(len(images), size=n)
        written = labels[chosen].tolist()
        contrast = rng.uniform(2, 5)
        inks = [_scanned(images[k], h, contrast) for k, h in zip(chosen, heights, strict=True)]
    else:
        written = rng.integers(CLASSES, size=n).tolist()
        inks = [_written(d, h, width, rng) for d, h in zip(written, heights, strict=True)]
    ways = [
        (0.5, -width * rng.uniform(0.05, 1, n - 1)),
        (0.35, height * rng.uniform(0.02, 0.12, n - 1)),
        (0.15, height * rng.uniform(0.12, 0.5, n - 1)),
    ]
    chances, gaps = zip(*ways, strict=True)
    way = rng.choice(len(ways), n - 1, p=chances)
    return written, in_line(inks, np.choose(way, gaps), rng.normal(0, 0.04 * height, n))


def _scanned(image: np.ndarray, height: float, contrast: float) -> np.ndarray:
    """Enlarge an image of MNIST, with edges as sharp as a pen's."""
    digit = normalise(as_floats(image)).cropped
    scale = min(height / digit.shape[0], 1.2 * height / digit.shape[1])
    sides = [max(2, round((side + 2) * scale)) for side in digit.shape[::-1]]
    large = Image.fromarray(np.pad(digit, 1)).resize(sides, Image.Resampling.BILINEAR)
    return normalise(((np.asarray(large) - 0.5) * contrast + 0.5).clip(0, 1)).cropped


def _written(digit: int, height: float, width: float, rng: np.random.Generator) -> np.ndarray:
    strokes = digits.write(digit, rng)
    path = np.concatenate(strokes)
    low, extent = path.min(axis=0), np.ptp(path, axis=0).clip(1e-2)
    scale = min(height / extent[1], 1.1 * height / extent[0])
    placed = [(stroke - low) * scale + width for stroke in strokes]
    return normalise(pen.draw(placed, width, int((extent * scale).max() + 2 * width) + 3)).cropped
