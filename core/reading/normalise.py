"""Normalisation: from ink of any size to the 28x28 field, as the images of MNIST were made.

LeCun, Cortes and Burges: crop the digit, scale it with antialiasing to fit a 20x20 box with its
aspect ratio kept, and move its centre of mass to the middle of a 28x28 field. In their files that
middle is pixel index (14, 14), reached to within half a pixel, since they shifted by whole pixels.
So does this module. Drawings, uploaded pictures and the offline sample all go through here.

http://yann.lecun.com/exdb/mnist/
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

FIELD = 28
BOX = 20
CENTRE = 14  # index of the pixel of MNIST's centres of mass, on both axes
INK_THRESHOLD = 0.1  # fainter pixels, such as soft edges and noise, do not widen the crop


@dataclass(frozen=True)
class Normalised:
    """A digit in MNIST's form, with the steps that led there.

    Attributes
    ----------
    cropped : float32 array, shape (bottom - top, right - left), in [0, 1]
        The part of the ink inside ``box``; shape (0, 0) where nothing was drawn.
    scaled : float32 array, longest side 20, in [0, 1]
        ``cropped`` fitted into the 20x20 box; shape (0, 0) where nothing was drawn.
    image : float32 array, shape (28, 28), in [0, 1]
        ``scaled`` with its centre of mass in the middle; zeros where nothing was drawn.
    box : tuple of four ints
        Left, top, right and bottom of the crop in pixels of the ink, the last two exclusive;
        all zero where nothing was drawn.
    """

    cropped: np.ndarray
    scaled: np.ndarray
    image: np.ndarray
    box: tuple[int, int, int, int]


def to_mnist(ink: np.ndarray) -> np.ndarray:
    """Bring a digit to MNIST's 28x28 form.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Amount of ink in each pixel: 0 for paper, 1 for the solid part of a stroke.

    Returns
    -------
    float32 array, shape (28, 28), in [0, 1]
        White ink on black; all zeros if ``ink`` is blank.

    Examples
    --------
    >>> ink = np.zeros((280, 280), np.float32)
    >>> ink[40:240, 130:150] = 1  # a one, anywhere
    >>> image = to_mnist(ink)
    >>> image.shape
    (28, 28)
    >>> bounding_box(image)  # 20 pixels high
    (14, 4, 16, 24)
    """
    return normalise(ink).image


def as_floats(images: np.ndarray) -> np.ndarray:
    """Convert images from the form of data sets to that of networks.

    Parameters
    ----------
    images : uint8 array, shape (..., h, w)
        0 for paper, 255 for the solid part of a stroke.

    Returns
    -------
    float32 array, same shape, in [0, 1]
    """
    return images.astype(np.float32) / 255


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Convert images from the form of networks to that of data sets: inverse of `as_floats`.

    Parameters
    ----------
    images : float array, shape (..., h, w), in [0, 1]

    Returns
    -------
    uint8 array, same shape
    """
    return np.rint(255 * images).astype(np.uint8)


def normalise(ink: np.ndarray) -> Normalised:
    """Bring a digit to MNIST's 28x28 form and keep the steps.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Amount of ink in each pixel: 0 for paper, 1 for the solid part of a stroke.

    Returns
    -------
    Normalised
        The crop, the scaled digit, the 28x28 image and the crop's box.
    """
    box = bounding_box(ink)
    left, top, right, bottom = box
    cropped = np.ascontiguousarray(ink[top:bottom, left:right], dtype=np.float32)
    scaled = _fit(cropped)
    return Normalised(cropped, scaled, _centre(scaled), box)


def bounding_box(ink: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the ink, the last two exclusive; zeros without ink.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
    """
    inked = ink > INK_THRESHOLD
    rows = np.flatnonzero(inked.any(axis=1))
    if rows.size == 0:
        return (0, 0, 0, 0)
    columns = np.flatnonzero(inked.any(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _fit(cropped: np.ndarray) -> np.ndarray:
    """Scale so that the longest side is 20 pixels and no side vanishes."""
    if cropped.size == 0:
        return cropped
    factor = BOX / max(cropped.shape)
    height, width = (max(1, round(side * factor)) for side in cropped.shape)
    # Pillow's filters widen with the reduction, so they average over all source pixels.
    resized = Image.fromarray(cropped).resize((width, height), Image.Resampling.BILINEAR)
    scaled = np.asarray(resized)
    # A pen finer than a pixel of the box would leave it pale; MNIST's images all reach white.
    return scaled / scaled.max()


def _centre(scaled: np.ndarray) -> np.ndarray:
    field = np.zeros((FIELD, FIELD), np.float32)
    if scaled.size == 0:
        return field
    height, width = scaled.shape
    top = _offset(scaled.sum(axis=1))
    left = _offset(scaled.sum(axis=0))
    field[top : top + height, left : left + width] = scaled
    return field


def _offset(mass: np.ndarray) -> int:
    """Return where a profile starts so that its centre of mass is at ``CENTRE``, all of it inside.

    Only ink far more lopsided than a digit reaches the rim; it stops there and nothing is cut off.
    """
    centre = float(mass @ np.arange(mass.size)) / float(mass.sum())
    return min(max(round(CENTRE - centre), 0), FIELD - mass.size)
