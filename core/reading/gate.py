"""The gate: whether an image is a digit at all, whatever classifier is to read it.

A classifier knows ten answers and gives one of them to a star, a letter or a scribble, often with a
probability near 1. The gate is a small network of its own that learned from digits and from what
is none (`core.training.gate`), and it comes before every classifier alike, one that was trained a
minute ago included. Runs through ONNX Runtime, on one thread.
"""

from pathlib import Path

import numpy as np

from core.errors import DigitLabError
from core.paths import PROJECT
from core.reading.network import Network

FOLDER = PROJECT / "models" / "gate"
# 0.6 % of the digits that half of the writers drew on tablets lie below, over all variants of
# ``bench/strokes.py``; ``bench/refusal.py`` prints which share of the other half's digits do.
REFUSE_BELOW = 0.069


class Gate:
    """A ``gate.onnx`` ready to judge. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        ONNX file with one float32 input (n, 28, 28, 1) and the float32 output ``digitness``
        (n, 1).

    Raises
    ------
    DigitLabError
        If there is no such file, it is too large, or it is not such a model.
    """

    def __init__(self, path: Path) -> None:
        self._network = Network(path, {"digitness": 1})

    def digitness(self, images: np.ndarray) -> np.ndarray:
        """Return how probably each image is a digit.

        Parameters
        ----------
        images : float32 array, shape (n, 28, 28), in [0, 1]
            White ink on black, in MNIST's form (`core.reading.normalise`).

        Returns
        -------
        float32 array, shape (n,), in [0, 1]
            Below ``REFUSE_BELOW`` an image is refused.

        Raises
        ------
        DigitLabError
            If the network fails, or answers with anything but numbers in [0, 1].
        """
        (digitness,) = self._network.run(images)
        # Written so that a NaN fails the comparison.
        if not ((digitness >= 0) & (digitness <= 1)).all():
            raise DigitLabError(
                f"{self._network.name} did not answer with a number from 0 to 1: get the file that"
                " comes with Digit Lab again."
            )
        return digitness[:, 0]


def load() -> Gate:
    """Load the gate that comes with Digit Lab; keep it, since this takes some milliseconds.

    Raises
    ------
    DigitLabError
        The file is missing or damaged.
    """
    return Gate(FOLDER / "gate.onnx")


def load_if_there() -> Gate | None:
    """Load the gate, or return ``None`` where it did not come along: then nothing is refused."""
    return load() if (FOLDER / "gate.onnx").exists() else None
