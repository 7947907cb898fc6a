"""From a picture to an answer: the one path of the Draw page, the command line and benchmarks.

A picture holds one digit or several on a line, each in however many strokes, and specks of dirt.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from PIL import Image

from core.reading.gate import REFUSE_BELOW
from core.reading.ink import find_ink
from core.reading.network import Judge
from core.reading.normalise import INK_THRESHOLD, Normalised, bounding_box
from core.reading.pictures import LONGEST_SIDE
from core.reading.predictor import Predictor
from core.reading.segment import digits_in

# Of digits that people wrote on tablets 2 % fall below this probability, and little more than half
# of those are read right; of MNIST's test images 1 % do.
UNSURE_BELOW = 0.7
# An isolated piece with less ink than this share of the largest one is dirt. The smallest piece
# that belonged to any of 2,386 digits written on tablets had 0.07.
SPECK = 0.03
# A frame, drawn or the ground that a sheet lies on: each side of the ink's box is inked for this
# share at least, and what it holds has some pixels a side. So many may stand in one another.
_FRAME, _LEAST_SIDE, _MOST_FRAMES = 0.9, 28, 3
_OVER_THE_EDGE = 2  # pixels that a soft edge of a frame has
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
    ink : float32 array, shape (h, w), in [0, 1]
        What was read: without specks, and without a frame and all that lies beyond it. As large as
        the picture, or smaller by a whole factor where the picture is large; shape (0, 0) if
        nothing is drawn.
    """

    verdict: Verdict
    text: str
    digits: list[Digit]
    ink: np.ndarray

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


BLANK = Reading("blank", "", [], np.zeros((0, 0), np.float32))


def read(picture: np.ndarray, predictor: Predictor, gate: Judge | None = None) -> Reading:
    """Read the digit or the digits in a picture.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied, of any colours. What stands in a frame is
        read without it.
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
        If the model, the gate or the network that parts digits fails.

    Examples
    --------
    >>> from core import registry
    >>> from core.reading import gate
    >>> from core.strokes import pen
    >>> seven = [np.array([[60.0, 50.0], [200.0, 50.0], [110.0, 230.0]])]
    >>> ink = pen.draw(seven, width=18, side=280)  # (280, 280)
    >>> picture = (255 * ink).round().astype(np.uint8)
    >>> reading = read(picture, registry.find("flagship").predictor(), gate.load())
    >>> reading.text, reading.verdict
    ('7', 'digit')
    >>> reading.digits[0].box
    (51, 41, 209, 239)
    """
    smaller, factor = _reduced(picture)
    digits, ink = _digits(smaller, predictor, gate, _MOST_FRAMES)
    if not digits:
        return BLANK
    height, width = picture.shape[:2]
    placed = []
    for digit in digits:
        left, top, right, bottom = (factor * side for side in digit.box)
        placed.append(replace(digit, box=(left, top, min(right, width), min(bottom, height))))
    text = "".join(REFUSED if d.verdict == "not-a-digit" else str(d.digit) for d in placed)
    return Reading(_together([digit.verdict for digit in placed]), text, placed, ink)


def _digits(
    picture: np.ndarray, predictor: Predictor, gate: Judge | None, frames: int
) -> tuple[list[Digit], np.ndarray]:
    """Read the digits in a picture, in so many frames at most; boxes in pixels of the picture.

    The ink that they were read from, (h, w), comes with them.
    """
    ink = find_ink(picture)
    if not (ink > INK_THRESHOLD).any():
        return [], ink
    clean = without_specks(ink)
    digits = []
    for steps, probabilities, digitness in digits_in(clean, predictor, gate):
        said = verdict(probabilities, digitness)
        best = int(probabilities.argmax())
        digits.append(Digit(said, best, probabilities, digitness, steps.box, steps))
    one = len(digits) == 1 and digits[0].verdict == "digit"  # an angular 0 or 8 is its own frame
    if one or not frames or (inside := _inside_of_frame(ink)) is None:
        return digits, clean
    # What is framed is a picture of its own: its paper may have another colour.
    within, ink_within = _digits(np.ascontiguousarray(picture[inside]), predictor, gate, frames - 1)
    if all(digit.verdict == "not-a-digit" for digit in within):
        return digits, clean
    rest = np.zeros_like(clean)
    rest[inside] = ink_within
    return [_moved(digit, inside[1].start, inside[0].start) for digit in within], rest


def _inside_of_frame(ink: np.ndarray) -> tuple[slice, slice] | None:
    """Return rows and columns within a frame around all ink, or ``None`` where there is none."""
    solid = ink > 0.5
    left, top, right, bottom = bounding_box(solid)
    if min(right - left, bottom - top) < _LEAST_SIDE:
        return None
    framed = solid[top:bottom, left:right]
    sides = (framed[0], framed[-1], framed[:, 0], framed[:, -1])
    if min(side.mean() for side in sides) < _FRAME:
        return None
    edge = _OVER_THE_EDGE
    return slice(top + edge, bottom - edge), slice(left + edge, right - edge)


def _moved(digit: Digit, right: int, down: int) -> Digit:
    a, b, c, d = digit.box
    box = (a + right, b + down, c + right, d + down)
    return replace(digit, box=box, steps=replace(digit.steps, box=box))


def verdict(probabilities: np.ndarray, digitness: float | None) -> Verdict:
    """Say of one image, by what the model and the gate answered, how it is taken.

    Parameters
    ----------
    probabilities : float array, shape (10,)
    digitness : float or None
        As `Digit` has it.
    """
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
