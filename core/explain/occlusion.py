"""Occlusion: the fall of an answer's probability, or its odds, when a patch is erased.

It only queries the model, so it works for every model. It shows what the model would miss, one
patch at a time. It does not show the joint effect of two patches, or that of a white patch.

Source: Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901.
"""

import numpy as np

from core.explain.change import Predict

PATCH = 5  # pixels: about as wide as a stroke and its edges
_LEAST = 1e-6  # finer than what float32 holds of a probability next to 1 has no meaning


def occlusion(
    predict: Predict,
    image: np.ndarray,
    digit: int,
    patch: int = PATCH,
    step: int = 1,
    odds: bool = False,
) -> np.ndarray:
    """Measure how much the probability of a digit falls when a patch is erased.

    All images without a patch are predicted in one call, some 300 of a digit, or 80 with a step of
    2.

    Parameters
    ----------
    predict : callable
        Maps float32 images (n, 28, 28) to probabilities (n, 10).
    image : float32 array, shape (28, 28), in [0, 1]
    digit : int
        The digit whose probability is measured, 0 to 9.
    patch : int
        Side of the square that becomes black, in pixels: odd, or even with an even step.
    step : int
        Side of the square of pixels, in the middle of the patch, that share a value.
    odds : bool
        Measure the logarithm of the odds instead of the probability, which hardly falls while the
        model is sure.

    Returns
    -------
    float32 array, shape (28, 28), in [-1, 1], or any number with ``odds``
        For each pixel, the fall when the patch around it is erased: above 0 where the ink supports
        the digit, below 0 where it contradicts it.

    Examples
    --------
    >>> from core import registry
    >>> from core.data import load_test
    >>> model = registry.find("tiny").predictor()
    >>> image = load_test("sample").x[0].astype(np.float32) / 255
    >>> evidence = occlusion(lambda images: model.predict(images).probabilities, image, digit=3)
    >>> evidence.shape
    (28, 28)
    """
    image = np.asarray(image, np.float32)
    reach = (patch - step) // 2
    falls = np.zeros_like(image)
    places, wiped = [], [image]
    for top, left in np.ndindex(-(-image.shape[0] // step), -(-image.shape[1] // step)):
        rows = slice(max(step * top - reach, 0), step * (top + 1) + reach)
        columns = slice(max(step * left - reach, 0), step * (left + 1) + reach)
        if image[rows, columns].any():  # Without ink, nothing changes.
            without = image.copy()
            without[rows, columns] = 0
            places.append((step * top, step * left))
            wiped.append(without)
    measured = predict(np.stack(wiped))[:, digit]  # (1 + wiped,)
    if odds:
        measured = log_odds(measured)
    for (row, column), rest in zip(places, measured[1:], strict=True):
        falls[row : row + step, column : column + step] = measured[0] - rest
    return falls


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of probabilities, of any shape; those next to 0 and 1 are cut off."""
    cut = np.clip(np.asarray(probability, float), _LEAST, 1 - _LEAST)
    return np.log(cut / (1 - cut))
