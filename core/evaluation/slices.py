"""Slices of a test set: accuracy by measurable properties, such as thickness, slant and size.

Each property splits a test set into fifths, from least to most. A model that reads 99 % of all
images correctly may read far fewer in one fifth, and people who write like that should know.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson
from core.reading.normalise import as_floats

PARTS = 5
_BATCH = 100  # images: a few MB of intermediate arrays


@dataclass(frozen=True)
class Property:
    """A property that can be measured on an image.

    Attributes
    ----------
    title : str
        Its name for people.
    unit : str
        Follows a number, including the space before it.
    digits : int
        Number of meaningful decimals.
    words : tuple of str
        Names of the fifths, from least to most.
    explanation : str
        One sentence on what is measured.
    """

    title: str
    unit: str
    digits: int
    words: tuple[str, str, str, str, str]
    explanation: str


PROPERTIES: Mapping[str, Property] = {
    "thickness": Property(
        "Stroke",
        " px",
        1,
        ("thinnest", "thin", "medium", "thick", "thickest"),
        "Width of the stroke in pixels, from the area of the ink and the length of its outline.",
    ),
    "slant": Property(
        "Slant",
        "°",
        0,
        ("most to the left", "to the left", "medium", "to the right", "most to the right"),
        "Angle by which the ink leans to the right, in degrees, from its second moments.",
    ),
    "aspect": Property(
        "Shape",
        "",
        2,
        ("narrowest", "narrow", "medium", "wide", "widest"),
        "Width of the ink over its height, from its second moments.",
    ),
    "size": Property(
        "Size",
        " px",
        1,
        ("smallest", "small", "medium", "large", "largest"),
        "Distance of the ink from its centre: the root mean square, in pixels.",
    ),
    "ink": Property(
        "Ink",
        " %",
        1,
        ("least ink", "little ink", "medium", "much ink", "most ink"),
        "Share of the picture that is covered by ink, in per cent.",
    ),
}


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Measure every property of every image.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
        White ink (255) on black (0).

    Returns
    -------
    dict of str to ndarray of float, shape (n,)
        By the names in `PROPERTIES`; NaN for an image without ink.

    Examples
    --------
    >>> from core.data import load_test
    >>> measured = measure(load_test("sample").x)
    >>> sorted(measured)
    ['aspect', 'ink', 'size', 'slant', 'thickness']
    >>> measured["thickness"].shape
    (382,)
    """
    parts = [_measure(images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in PROPERTIES}


def _measure(images: np.ndarray) -> dict[str, np.ndarray]:
    ink = as_floats(images)  # (n, h, w)
    n, height, width = ink.shape
    y, x = (np.arange(side, dtype=np.float32) - (side - 1) / 2 for side in (height, width))
    powers = np.stack([np.ones(height * width), *_moments(y, x)], axis=1).astype(np.float32)
    sums = ink.reshape(n, -1) @ powers  # (n, 6): area, then what the moments are made of
    area = sums[:, 0].astype(np.float64)
    inked = area > 0
    area[~inked] = np.nan
    mean_x, mean_y, xx, yy, xy = (sums[:, k] / area for k in range(1, 6))
    var_x, var_y, cov = xx - mean_x**2, yy - mean_y**2, xy - mean_x * mean_y
    # A single pixel has no extent: the extent of a square pixel prevents a division by zero.
    var_x, var_y = np.maximum(var_x, 0) + 1 / 12, np.maximum(var_y, 0) + 1 / 12
    return {
        "thickness": _stroke_width(area, _outline(ink)),
        # y grows downwards, so ink that leans to the right is further right the higher it is.
        "slant": np.degrees(np.arctan(-cov / var_y)),
        "aspect": np.sqrt(var_x / var_y),
        "size": np.sqrt(var_x + var_y),
        "ink": 100 * area / (height * width),
    }


def _moments(y: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
    """Return x, y, x², y² and xy of every pixel, each (h * w,)."""
    rows, columns = np.meshgrid(y, x, indexing="ij")
    return [each.ravel() for each in (columns, rows, columns**2, rows**2, rows * columns)]


def _outline(ink: np.ndarray) -> np.ndarray:
    """Return the length of the ink's outline, (n,), in pixels.

    By the coarea formula: the total variation of grey ink is the mean length of the outlines at
    all levels of grey (Federer 1959, https://doi.org/10.2307/1993504).
    """
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))  # (n, h + 2, w + 2)
    # Differences of 2x2 blocks: half a pixel off in both directions, so neither is favoured.
    down = padded[:, 1:] - padded[:, :-1]
    right = padded[:, :, 1:] - padded[:, :, :-1]
    down = (down[:, :, 1:] + down[:, :, :-1]) / 2  # (n, h + 1, w + 1)
    right = (right[:, 1:] + right[:, :-1]) / 2  # (n, h + 1, w + 1)
    return np.sqrt(down**2 + right**2).sum(axis=(1, 2), dtype=np.float64)


def _stroke_width(area: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Return the width of a straight stroke with this area and this outline.

    A stroke of width w and length l has the area w l, and half its outline is w + l. Below two
    pixels the result is too large: a thin line between pixels is grey, like a wider one with less
    ink.
    """
    half = outline / 2
    return (half - np.sqrt(np.maximum(half**2 - 4 * area, 0))) / 2


@dataclass(frozen=True)
class Slice:
    """The images of one part of one property.

    Attributes
    ----------
    measure : str
        Name of the property.
    part : int
        From 1, the least, to 5, the most.
    low, high : float
        The smallest and the largest value in it.
    right, n : int
        Images read correctly, and all images in it.
    interval : tuple of float
        95 % Wilson interval of the accuracy.
    """

    measure: str
    part: int
    low: float
    high: float
    right: int
    n: int
    interval: tuple[float, float]

    @property
    def name(self) -> str:
        """Return the slice's name in addresses and files, such as ``thickness-1``."""
        return f"{self.measure}-{self.part}"

    @property
    def accuracy(self) -> float:
        """Return the share read correctly, in [0, 1]."""
        return self.right / self.n

    @property
    def kind(self) -> Property:
        """Return the property that was measured."""
        return PROPERTIES[self.measure]

    @property
    def words(self) -> str:
        """Return a description of its images in one or two words."""
        return self.kind.words[self.part - 1]


def parts(measured: np.ndarray) -> np.ndarray:
    """Return the part of a property that each image belongs to.

    Parameters
    ----------
    measured : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)
        1 to 5, with a fifth of the images each as far as values differ; equal values stay together.
        0 for NaN.
    """
    known = ~np.isnan(measured)
    found = np.zeros(len(measured), int)
    if known.any():
        edges = np.quantile(measured[known], np.arange(1, PARTS) / PARTS)
        found[known] = 1 + np.searchsorted(edges, measured[known])
    return found


def by_property(measured: Mapping[str, np.ndarray], right: np.ndarray) -> list[Slice]:
    """Return the accuracy on each part of each property, worst first.

    Parameters
    ----------
    measured : mapping of str to ndarray of float, shape (n,)
        Made by `measure`.
    right : ndarray of bool, shape (n,)
        Which images are read correctly.
    """
    found = []
    for name, values in measured.items():
        place = parts(values)
        for part in range(1, PARTS + 1):
            inside = place == part
            n = int(inside.sum())
            if n:
                correct = int(right[inside].sum())
                low, high = wilson(correct, n)
                found.append(
                    Slice(
                        measure=name,
                        part=part,
                        low=float(values[inside].min()),
                        high=float(values[inside].max()),
                        right=correct,
                        n=n,
                        interval=(float(low), float(high)),
                    )
                )
    return sorted(found, key=lambda one: one.accuracy)
