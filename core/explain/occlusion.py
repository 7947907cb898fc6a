"""Occlusion: the fall of an answer's probability when a patch of the image is erased.

It only queries the model, so it works for every model. It shows what the model would miss, one
patch at a time. It does not show the joint effect of two patches, or that of a white patch.

Source: Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901.
"""

import numpy as np

from core.explain.change import Predict

PATCH = 5  # pixels: about as wide as a stroke and its edges


def occlusion(predict: Predict, image: np.ndarray, digit: int, patch: int = PATCH) -> np.ndarray:
    """Measure how much the probability of a digit falls when a patch is erased.

    Parameters
    ----------
    predict : callable
        Maps float32 images (n, 28, 28) to probabilities (n, 10).
    image : float32 array, shape (28, 28), in [0, 1]
    digit : int
        The digit whose probability is measured, 0 to 9.
    patch : int
        Side of the square that becomes black, in pixels, odd.

    Returns
    -------
    float32 array, shape (28, 28), in [-1, 1]
        For each pixel, the fall of the probability when the patch around it is erased: above 0
        where the ink supports the digit, below 0 where it contradicts it.

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
    reach = patch // 2
    places, wiped = [], [image]
    for row, column in np.ndindex(image.shape):
        rows = slice(max(row - reach, 0), row + reach + 1)
        columns = slice(max(column - reach, 0), column + reach + 1)
        if image[rows, columns].any():  # Without ink, nothing changes.
            without = image.copy()
            without[rows, columns] = 0
            places.append((row, column))
            wiped.append(without)
    probability = predict(np.stack(wiped))[:, digit]  # (1 + wiped,)
    falls = np.zeros_like(image)
    if places:
        falls[tuple(np.transpose(places))] = probability[0] - probability[1:]
    return falls
