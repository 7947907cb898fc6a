"""The gate: judges whether an image is a digit at all, before any classifier reads it.

A classifier knows ten answers and gives one of them to a star, a letter or a scribble, often with a
probability near 1. The gate is a small network of its own, trained on digits and non-digits
(`core.training.gate`). It comes before every classifier alike, including one that was trained a
minute ago. Runs through ONNX Runtime, on one thread.

It looks at lines a little wider than they are, for it takes thin ones for no digits too often.
"""

import numpy as np

from core.paths import PROJECT
from core.reading.network import Judge

FILE, OUTPUT = PROJECT / "models" / "gate" / "gate.onnx", "digitness"
# An image that is less probably a digit than this is refused. 0.5 % of the digits that half of the
# writers drew on tablets lie below, over all variants of ``bench/strokes.py``; of other hands about
# 1 % do. ``bench/refusal.py`` prints it.
REFUSE_BELOW = 0.079
# Between that and this the gate is in doubt, and nothing is called certain. Of the digits of the
# same writers at most 1.7 % fall there, in whatever variant.
CLEAR_FROM = 0.5
# The share of its neighbours' ink that a pixel has at least. With it the gate refuses the most of
# the kinds of non-digits that it was trained on: the mean over four thresholds that refuse 0.3 to
# 1 % of those writers' digits.
_SPREAD = 0.3
# The network learned from lines as they are and takes wider ones for digits less readily. Its odds
# are raised by this factor: then as many of those digits lie below `REFUSE_BELOW` as before.
_ODDS = 3.16


class Gate(Judge):
    """The network of the gate, and how it is asked. May be shared by threads."""

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return the probability of each image to be a digit; see `Judge`."""
        judged = super().__call__(widened(images)) * _ODDS
        return judged / (1 + judged * (1 - 1 / _ODDS))


def widened(images: np.ndarray) -> np.ndarray:
    """Widen lines, thin ones above all.

    Parameters
    ----------
    images : float array, shape (n, 28, 28), in [0, 1]

    Returns
    -------
    array of the same shape, dtype and range
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    middle, before, after = slice(1, -1), slice(None, -2), slice(2, None)
    around = (
        padded[:, rows, columns]
        for rows, columns in ((before, middle), (after, middle), (middle, before), (middle, after))
    )
    return np.maximum(images, _SPREAD * np.maximum.reduce([*around]))


def load() -> Gate:
    """Load the gate that ships with Digit Lab; keep it, since this takes some milliseconds.

    Raises
    ------
    DigitLabError
        The file is missing or damaged.
    """
    return Gate(FILE, OUTPUT)


def load_if_there() -> Gate | None:
    """Load the gate, or return ``None`` if its file is missing; then nothing is refused."""
    return load() if FILE.exists() else None
