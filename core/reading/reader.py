"""From a picture to an answer: the one path of the Draw page, the command line and benchmarks.

A picture holds one digit: all its ink, in however many strokes, but for specks of dirt.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from core.reading.ink import find_ink
from core.reading.normalise import INK_THRESHOLD, Normalised, normalise
from core.reading.predictor import Predictor

# Of digits that people wrote on tablets 2 % fall below this probability, and little more than half
# of those are read right; of MNIST's test images 1 % do.
UNSURE_BELOW = 0.7
# An isolated piece with less ink than this share of the largest one is dirt. The smallest piece
# that belonged to any of 2,386 digits written on tablets had 0.07.
SPECK = 0.03
_LONGEST_SIDE = 1024  # pixels; of more, neighbouring ones are averaged first

Verdict = Literal["digit", "unsure", "blank"]


@dataclass(frozen=True)
class Digit:
    """One digit that was read.

    Attributes
    ----------
    digit : int
        The most probable digit.
    probabilities : float32 array, shape (10,), sums to 1
        One for each digit.
    box : tuple of four ints
        Left, top, right and bottom in pixels of the picture, the last two exclusive.
    steps : Normalised
        How it came to its 28x28 form.
    """

    digit: int
    probabilities: np.ndarray
    box: tuple[int, int, int, int]
    steps: Normalised

    @property
    def image(self) -> np.ndarray:
        """What the model saw: float32, shape (28, 28), in [0, 1]."""
        return self.steps.image


@dataclass(frozen=True)
class Reading:
    """What a picture says.

    Attributes
    ----------
    verdict : {'digit', 'unsure', 'blank'}
        A digit; one whose best probability is below ``UNSURE_BELOW``; nothing drawn.
    text : str
        The most probable reading, empty if nothing is drawn.
    digits : list of Digit
        Empty if nothing is drawn.
    """

    verdict: Verdict
    text: str
    digits: list[Digit]

    def to_json(self) -> dict[str, Any]:
        """Return verdict, text and digits as plain numbers, strings, lists and dictionaries."""
        digits = [
            {
                "digit": digit.digit,
                "probabilities": digit.probabilities.tolist(),
                "box": list(digit.box),
            }
            for digit in self.digits
        ]
        return {"verdict": self.verdict, "text": self.text, "digits": digits}


BLANK = Reading("blank", "", [])


def read(picture: np.ndarray, predictor: Predictor) -> Reading:
    """Read the digit in a picture.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied, of any colours.
    predictor : Predictor
        The model that is asked.

    Returns
    -------
    Reading

    Raises
    ------
    DigitLabError
        If the model fails.
    """
    smaller, factor = _reduced(picture)
    ink = find_ink(smaller)
    if not (ink > INK_THRESHOLD).any():
        return BLANK
    steps = normalise(without_specks(ink))
    probabilities = predictor.predict(steps.image[None]).probabilities[0]
    best = int(probabilities.argmax())
    height, width = picture.shape[:2]
    left, top, right, bottom = (factor * side for side in steps.box)
    box = (left, top, min(right, width), min(bottom, height))
    verdict: Verdict = "digit" if probabilities[best] >= UNSURE_BELOW else "unsure"
    return Reading(verdict, str(best), [Digit(best, probabilities, box, steps)])


def without_specks(ink: np.ndarray) -> np.ndarray:
    """Remove pieces that are isolated and tiny beside the largest one.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]

    Returns
    -------
    float32 array, shape (h, w), in [0, 1]
        ``ink`` with each speck set to 0.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    if count < 2:
        return ink
    mass = np.bincount(pieces.ravel(), weights=ink.ravel())
    mass[0] = 0  # paper
    speck = mass < SPECK * mass.max()
    speck[0] = False
    return np.where(speck[pieces], np.float32(0), ink)


def _reduced(picture: np.ndarray) -> tuple[np.ndarray, int]:
    """Average squares of pixels in a large picture, and return how many a side."""
    factor = -(-max(picture.shape[:2]) // _LONGEST_SIDE)
    if factor == 1:
        return picture, 1
    return np.asarray(Image.fromarray(picture).reduce(factor)), factor
