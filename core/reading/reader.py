"""From a picture to an answer: the one path of the Draw page, the command line and benchmarks.

A picture holds one digit or several on a line, each in however many strokes, and specks of dirt.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from core.reading.gate import REFUSE_BELOW
from core.reading.ink import find_ink
from core.reading.network import Judge
from core.reading.normalise import INK_THRESHOLD, Normalised
from core.reading.pictures import LONGEST_SIDE
from core.reading.predictor import Predictor
from core.reading.segment import digits_in

# Of digits that people wrote on tablets 2 % fall below this probability, and little more than half
# of those are read right; of MNIST's test images 1 % do.
UNSURE_BELOW = 0.7
# An isolated piece with less ink than this share of the largest one is dirt. The smallest piece
# that belonged to any of 2,386 digits written on tablets had 0.07.
SPECK = 0.03
REFUSED = "?"  # stands in a text for what is not a digit

Verdict = Literal["digit", "unsure", "not-a-digit", "blank"]


@dataclass(frozen=True)
class Digit:
    """One digit that was read, or what stands where a digit should.

    Attributes
    ----------
    verdict : {'digit', 'unsure', 'not-a-digit'}
        Refused by the gate: not a digit; else, if the best probability is below ``UNSURE_BELOW``,
        unsure.
    digit : int
        The most probable digit; for what is not a digit, the one that it is nearest to.
    probabilities : float32 array, shape (10,), sums to 1
        One for each digit.
    digitness : float or None
        How probably it is a digit at all, in [0, 1]; ``None`` if no gate was asked.
    box : tuple of four ints
        Left, top, right and bottom in pixels of the picture, the last two exclusive.
    steps : Normalised
        How it came to its 28x28 form.
    """

    verdict: Verdict
    digit: int
    probabilities: np.ndarray
    digitness: float | None
    box: tuple[int, int, int, int]
    steps: Normalised

    @property
    def image(self) -> np.ndarray:
        """What the model saw: float32, shape (28, 28), in [0, 1]."""
        return self.steps.image

    @property
    def candidates(self) -> list[int]:
        """The digits that it may be, the likeliest first: two where unsure, none if refused."""
        best = np.argsort(-self.probabilities, kind="stable").tolist()
        return best[: {"digit": 1, "unsure": 2}.get(self.verdict, 0)]


@dataclass(frozen=True)
class Reading:
    """What a picture says.

    Attributes
    ----------
    verdict : {'digit', 'unsure', 'not-a-digit', 'blank'}
        Nothing drawn: blank; nothing drawn that is a digit: not a digit; any part that is unsure or
        not a digit: unsure; else digit, also for a number of several digits.
    text : str
        The most probable reading, such as "2026", with "?" for what is not a digit; empty if
        nothing is drawn.
    digits : list of Digit
        From left to right; empty if nothing is drawn.
    """

    verdict: Verdict
    text: str
    digits: list[Digit]

    def to_json(self) -> dict[str, Any]:
        """Return verdict, text and digits as plain numbers, strings, lists and dictionaries."""
        digits = [
            {
                "digit": digit.digit,
                "verdict": digit.verdict,
                "candidates": digit.candidates,
                "probabilities": digit.probabilities.tolist(),
                "digitness": digit.digitness,
                "box": list(digit.box),
            }
            for digit in self.digits
        ]
        return {"verdict": self.verdict, "text": self.text, "digits": digits}


BLANK = Reading("blank", "", [])


def read(picture: np.ndarray, predictor: Predictor, gate: Judge | None = None) -> Reading:
    """Read the digit or the digits in a picture.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied, of any colours.
    predictor : Predictor
        The model that is asked.
    gate : Judge, optional
        Refuses what is not a digit; without one nothing is refused.

    Returns
    -------
    Reading

    Raises
    ------
    DigitLabError
        If the model or the gate fails.
    """
    smaller, factor = _reduced(picture)
    ink = find_ink(smaller)
    if not (ink > INK_THRESHOLD).any():
        return BLANK
    found = digits_in(without_specks(ink), predictor, gate)
    images = np.stack([steps.image for steps, _ in found])
    digitness = [None] * len(found) if gate is None else gate(images).tolist()
    height, width = picture.shape[:2]
    digits = []
    for (steps, probabilities), likely in zip(found, digitness, strict=True):
        left, top, right, bottom = (factor * side for side in steps.box)
        box = (left, top, min(right, width), min(bottom, height))
        verdict = _verdict(probabilities, likely)
        best = int(probabilities.argmax())
        digits.append(Digit(verdict, best, probabilities, likely, box, steps))
    text = "".join(REFUSED if d.verdict == "not-a-digit" else str(d.digit) for d in digits)
    return Reading(_together([digit.verdict for digit in digits]), text, digits)


def _verdict(probabilities: np.ndarray, digitness: float | None) -> Verdict:
    if digitness is not None and digitness < REFUSE_BELOW:
        return "not-a-digit"
    return "digit" if probabilities.max() >= UNSURE_BELOW else "unsure"


def _together(verdicts: list[Verdict]) -> Verdict:
    kinds = set(verdicts)
    return kinds.pop() if len(kinds) == 1 else "unsure"


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
    factor = -(-max(picture.shape[:2]) // LONGEST_SIDE)
    if factor == 1:
        return picture, 1
    return np.asarray(Image.fromarray(picture).reduce(factor)), factor
