"""The predictor: a trained model that classifies images, without TensorFlow.

The app, the command line and the benchmarks all predict through it.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.architecture import CLASSES
from core.errors import DigitLabError
from core.reading.network import Network


@dataclass(frozen=True)
class Prediction:
    """A model's output for n images.

    Attributes
    ----------
    probabilities : float32 array, shape (n, 10), rows sum to 1
        Column k is the probability of the digit k.
    embedding : float32 array, shape (n, d)
        The input of the network's last layer for each image.
    """

    probabilities: np.ndarray
    embedding: np.ndarray


class Predictor:
    """A ``model.onnx`` ready to predict. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        ONNX file with one float32 input (n, 28, 28, 1) and the float32 outputs ``probabilities``
        (n, 10) and ``embedding`` (n, d).

    Raises
    ------
    DigitLabError
        If there is no such file, it is too large, or it is not such a model.
    """

    def __init__(self, path: Path) -> None:
        self._network = Network(path, {"probabilities": CLASSES, "embedding": None})

    def predict(self, images: np.ndarray) -> Prediction:
        """Predict the digits in images.

        Parameters
        ----------
        images : float32 array, shape (n, 28, 28), in [0, 1]
            White ink on black, as in MNIST.

        Returns
        -------
        Prediction

        Raises
        ------
        DigitLabError
            If the model fails, or answers with anything but probabilities.

        Examples
        --------
        >>> from core import registry
        >>> from core.data import load_test
        >>> images = load_test("sample").x[:5].astype(np.float32) / 255  # (5, 28, 28)
        >>> found = registry.find("tiny").predictor().predict(images)
        >>> found.probabilities.shape
        (5, 10)
        """
        probabilities, embedding = self._network.run(images)
        if not are_probabilities(probabilities):
            raise DigitLabError(
                f"{self._network.name} did not answer with {CLASSES} probabilities that sum to 1:"
                " export the model again with a softmax output."
            )
        return Prediction(probabilities, embedding)


def ms_per_image(predictor: Predictor, images: np.ndarray) -> float:
    """Return the median time of reading a single one of images (n, 28, 28), in milliseconds."""
    seconds = []
    for image in images[:, None]:  # each (1, 28, 28)
        began = time.perf_counter()
        predictor.predict(image)
        seconds.append(time.perf_counter() - began)
    return 1000 * float(np.median(seconds))


def are_probabilities(answers: np.ndarray) -> bool:
    """Return whether each row of a float array (n, 10) is a distribution over the digits."""
    # Written so that a NaN fails the comparisons.
    return bool((answers >= 0).all() and (abs(answers.sum(axis=1) - 1) < 1e-3).all())
