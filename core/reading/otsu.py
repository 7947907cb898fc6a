"""Otsu's threshold: the darkness of solid ink among pixels of paper, soft edges and ink."""

import numpy as np


def ink_level(difference: np.ndarray) -> float:
    """Return the difference of solid ink from paper: the median above Otsu's threshold.

    Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979).

    Parameters
    ----------
    difference : array of numbers in [0, 255], of any shape
        Difference of each pixel from paper, in levels.

    Returns
    -------
    float, in [0, 255]
        0 if nothing differs.
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
