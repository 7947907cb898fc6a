"""Generated training digits: synthetic strokes, drawn with pens of all widths."""

from collections.abc import Sequence

import numpy as np

from core.reading.normalise import FIELD, as_bytes, to_mnist
from core.strokes import digits, pen

_SIDE = 84  # pixels of the drawing: three for each of the 28; more improves nothing
_BOX = 52
_PENS = (0.04, 0.2)  # diameters, as shares of the digit's longer side: fine liner to marker


def write_digits(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Write digits and bring them to MNIST's form, as a drawing is.

    Parameters
    ----------
    n : int
        Number of digits; the ten digits alternate.
    seed : int
        The same seed gives the same images.

    Returns
    -------
    images : uint8 array, shape (n, 28, 28)
    labels : uint8 array, shape (n,)
    """
    rng = np.random.default_rng([seed, n])
    images = np.empty((n, FIELD, FIELD), np.uint8)
    labels = (np.arange(n) % 10).astype(np.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:] = picture(digits.write(label, rng), rng)
    return images, labels


def picture(strokes: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit with a pen of any width and bring it to MNIST's form, as a drawing is.

    Parameters
    ----------
    strokes : sequence of float array, shape (points, 2)
        The digit, centred at (0, 0), its longer side 1; y downwards.
    rng : numpy.random.Generator
        Determines the pen.

    Returns
    -------
    uint8 array, shape (28, 28)
    """
    placed = [stroke * _BOX + _SIDE / 2 for stroke in strokes]
    width = _BOX * np.exp(rng.uniform(*np.log(_PENS)))
    return as_bytes(to_mnist(pen.draw(placed, width, _SIDE)))
