"""Plain resizing, as many drawing demos do: the whole canvas turned grey and reduced to 28x28.

Shown beside the proper way, because most wrong answers in apps of this kind come from it.
"""

import numpy as np
from PIL import Image

from core.reading.normalise import FIELD


def resized(picture: np.ndarray) -> np.ndarray:
    """Resize a whole picture to a model's field, without finding, cropping or centring the ink.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        White ink on black.

    Returns
    -------
    float32 array, shape (28, 28), in [0, 1]

    Examples
    --------
    >>> resized(np.zeros((280, 280, 3), np.uint8)).shape
    (28, 28)
    """
    grey = Image.fromarray(picture).convert("L").resize((FIELD, FIELD))
    return np.asarray(grey, np.float32) / 255
