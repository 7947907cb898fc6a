"""The reader: from a picture to an answer, for the Draw page, the command line and benchmarks.

A picture contains one digit, several on a line or lines, in any number of strokes, or a table, and
specks of dirt.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image

from core.reading import layout
from core.reading.border import Box
from core.reading.cuts import pen_width
from core.reading.gate import CLEAR_FROM, REFUSE_BELOW
from core.reading.ink import search
from core.reading.network import Judge
from core.reading.normalise import INK_THRESHOLD, Normalised, bounding_box, normalise
from core.reading.pictures import LONGEST_SIDE
from core.reading.predictor import Predictor
from core.reading.segment import digits_in
from core.reading.specks import AS_THICK, is_drawn, without_specks

# 2 % of the digits that people wrote on tablets fall below this probability, of which little more
# than half are read correctly; of MNIST's test images 1 % do. Several digits share the doubt that
# this leaves (Bonferroni): of ten that are each 90 % sure, one is probably wrong.
UNSURE_BELOW = 0.7
# A frame is drawn, or the background that a sheet lies on. Each side of the ink's box is inked for
# at least this share, and the inside has some pixels a side. Frames can be nested this deep.
_FRAME, _LEAST_SIDE, _MOST_FRAMES = 0.9, 28, 3
_OVER_THE_EDGE = 2  # pixels of a frame's soft edge
# A gap parts two numbers if it is wider than this, in heights of the digits of a line, and so many
# times as wide as the narrowest: digits may also be spread evenly.
_GAP, _WIDER = 1.1, 2.5
REFUSED = "?"  # a non-digit's place in the text

Verdict = Literal["digit", "unsure", "not-a-digit", "no-ink", "blank"]


@dataclass(frozen=True)
class Digit:
    """One digit that was read, or a non-digit in its place.

    Attributes
    ----------
    verdict : {'digit', 'unsure', 'not-a-digit'}
        Refused by the gate: not a digit. Otherwise, if the highest probability is below
        ``UNSURE_BELOW``, or nearer to 1 among several digits, or the gate is in doubt: unsure.
    digit : int
        The most probable digit; for a non-digit, the one nearest to it.
    probabilities : float32 array, shape (10,), sums to 1
        One for each digit.
    digitness : float or None
        Probability that it is a digit at all, in [0, 1]; ``None`` without a gate.
    box : tuple of four ints
        Left, top, right and bottom in pixels of the picture, the last two exclusive.
    steps : Normalised
        The steps to its 28x28 form.
    """

    verdict: Verdict
    digit: int
    probabilities: np.ndarray
    digitness: float | None
    box: tuple[int, int, int, int]
    steps: Normalised

    @property
    def image(self) -> np.ndarray:
        """The model's input: float32, shape (28, 28), in [0, 1]."""
        return self.steps.image

    @property
    def candidates(self) -> list[int]:
        """The digits that it may be, the most probable first: none if refused.

        Two if the classifier is unsure; one if only the gate is, whether it is a digit at all.
        """
        best = np.argsort(-self.probabilities, kind="stable").tolist()
        if self.verdict == "not-a-digit":
            return []
        either = self.verdict == "unsure" and (
            _is_clear(self.digitness) or self.probabilities.max() < UNSURE_BELOW
        )
        return best[: 2 if either else 1]


@dataclass(frozen=True)
class Reading:
    """The result of reading a picture.

    Attributes
    ----------
    verdict : {'digit', 'unsure', 'not-a-digit', 'no-ink', 'blank'}
        Nothing is there: blank; nothing that can be told from what is not ink: no ink. No part is a
        digit: not a digit. Any part unsure, not a digit or left out: unsure. Otherwise digit, also
        for a number of several digits.
    text : str
        The most probable reading, such as "2026", with "?" for a non-digit, a space in a wide gap
        and between the cells of a table, and line breaks; empty if nothing is drawn.
    digits : list of Digit
        From left to right, line by line; empty if nothing is drawn.
    ink : float32 array, shape (h, w), in [0, 1]
        The ink that was read: without specks, and without a frame and everything beyond it. It has
        the picture's size, or for a large picture that size divided by an integer; shape (0, 0) if
        nothing is drawn.
    left_out : list of tuple of four ints
        Boxes, like those of digits, of what could be ink, too, and was not read: it lies at the
        picture's border and may be a table beside the sheet, touches the lines of a ruled table, or
        is all there is and too faint.
    turned : str
        If nothing is a digit: what it reads turned by a quarter, where that was tried. Else empty.
    """

    verdict: Verdict
    text: str
    digits: list[Digit]
    ink: np.ndarray
    left_out: list[Box] = field(default_factory=list)
    turned: str = ""

    @property
    def signs(self) -> list[str]:
        """What is read of each digit, in the order of ``digits``."""
        return list("".join(self.text.split()))

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
        return {
            "verdict": self.verdict,
            "text": self.text,
            "lines": self.text.split("\n") if self.text else [],
            "digits": digits,
            "left_out": [list(box) for box in self.left_out],
            "turned": self.turned,
        }


BLANK = Reading("blank", "", [], np.zeros((0, 0), np.float32))


def read(
    picture: np.ndarray, predictor: Predictor, gate: Judge | None = None, *, turns: bool = False
) -> Reading:
    """Read the digit or digits in a picture.

    Parameters
    ----------
    picture : uint8 array, shape (h, w), (h, w, 3) or (h, w, 4)
        Grey, RGB, or RGBA that is not premultiplied, in any colours. The content of a frame is
        read without it.
    predictor : Predictor
        The classifier.
    gate : Judge, optional
        Refuses non-digits; without a gate nothing is refused.
    turns : bool
        Whether a picture without a digit is tried on its side, as a camera may have taken it.

    Returns
    -------
    Reading

    Raises
    ------
    DigitLabError
        If the model, the gate or the segmenter fails.

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
    found = _found(smaller, predictor, gate, _MOST_FRAMES)
    height, width = picture.shape[:2]

    def enlarged(box: Box) -> Box:
        left, top, right, bottom = (factor * side for side in box)
        return left, top, min(right, width), min(bottom, height)

    left_out = [enlarged(box) for box in found.left_out]
    if not found.lines:
        return replace(BLANK, verdict="no-ink", left_out=left_out) if left_out else BLANK
    digits = [
        _among(replace(digit, box=enlarged(digit.box)), found.accepted)
        for line in found.lines
        for digit in line
    ]
    said = _together([digit.verdict for digit in digits])
    if said == "digit" and left_out:
        said = "unsure"
    # A number on its side looks like lines of one digit each, or pieces of it.
    on_side = said == "not-a-digit" or (said == "unsure" and len(found.lines) > 1)
    turned = _turned(found.ink, predictor, gate) if turns and on_side else ""
    return Reading(said, found.text, digits, found.ink, left_out, turned)


class _Found(NamedTuple):
    """What is in a picture, line by line; boxes in its pixels, ink (h, w)."""

    lines: list[list[Digit]]
    text: str
    ink: np.ndarray
    left_out: list[Box]

    @property
    def accepted(self) -> int:
        """How many are digits."""
        return sum(digit.verdict != "not-a-digit" for line in self.lines for digit in line)


def _found(picture: np.ndarray, predictor: Predictor, gate: Judge | None, frames: int) -> _Found:
    """Read the digits in a picture, in at most this many frames."""
    ink, left_out = search(picture)
    if not (ink > INK_THRESHOLD).any():
        return _Found([], "", ink, left_out)
    clean = without_specks(ink, is_drawn(picture))
    digits = _on_line(clean, predictor, gate)
    as_line = _Found([digits], _text(digits, [digits]), clean, left_out)
    # An angular 0 or 8 is its own frame, and a 5 in two strokes is not two lines.
    if len(digits) == 1 and digits[0].verdict == "digit":
        # Signs are of the same pen; what is left of a printed line is finer.
        least = AS_THICK * pen_width(clean)
        signs = (sign for line in layout.lines(clean) for sign in line.signs)
        by_pen = any(pen_width(sign) > least for sign in signs)
        return _laid_out(as_line, predictor, gate) if by_pen else as_line
    if (in_cells := _in_cells(clean, predictor, gate)) is not None:
        return in_cells._replace(left_out=[*left_out, *in_cells.left_out])
    if not frames or (inside := _inside_of_frame(ink)) is None:
        return _laid_out(as_line, predictor, gate)
    # The content of a frame is a picture of its own: its paper may have another colour.
    within = _found(np.ascontiguousarray(picture[inside]), predictor, gate, frames - 1)
    if not within.accepted:
        return _laid_out(as_line, predictor, gate)
    rest = np.zeros_like(clean)
    rest[inside] = within.ink
    right, down = inside[1].start, inside[0].start
    moved = [[_moved(digit, right, down) for digit in line] for line in within.lines]
    moved_out = [_shifted(box, right, down) for box in within.left_out]
    return _Found(moved, within.text, rest, [*left_out, *moved_out])


def _on_line(ink: np.ndarray, predictor: Predictor, gate: Judge | None) -> list[Digit]:
    """Read ink, (h, w), as one line."""
    digits = []
    for steps, probabilities, digitness in digits_in(ink, predictor, gate):
        said = verdict(probabilities, digitness)
        best = int(probabilities.argmax())
        digits.append(Digit(said, best, probabilities, digitness, steps.box, steps))
    return digits


def _in_cells(ink: np.ndarray, predictor: Predictor, gate: Judge | None) -> _Found | None:
    """Read the cells of a ruled table, or return ``None`` without one."""
    table, touching = layout.cells(ink)
    if not table:
        return None
    rows = [[_on_line(cell, predictor, gate) for cell in row] for row in table]
    text = "\n".join(" ".join(_text(cell, [cell]) for cell in row) for row in rows)
    lines = [[digit for cell in row for digit in cell] for row in rows]
    written = np.maximum.reduce([cell for row in table for cell in row])
    found = _Found(lines, text, written, touching)
    return found if found.accepted else None


def _laid_out(as_line: _Found, predictor: Predictor, gate: Judge | None) -> _Found:
    """Read the same ink as lines, if it is written so."""
    ink = as_line.ink
    lines = layout.lines(ink)
    if len(lines) < 2 and not any(line.signs for line in lines):
        return as_line
    rows = []
    for line in lines:
        signs = [_sign(sign, predictor, gate) for sign in line.signs]
        digits = _on_line(line.ink, predictor, gate)
        rows.append(sorted([*digits, *signs], key=lambda digit: digit.box[0] + digit.box[2]))
    found = _Found(rows, "\n".join(_text(row, rows) for row in rows), ink, as_line.left_out)
    # A sign may have been read as a digit.
    more = found.accepted + sum(len(line.signs) for line in lines) >= as_line.accepted
    return found if more and 2 * found.accepted >= sum(map(len, rows)) else as_line


def _sign(ink: np.ndarray, predictor: Predictor, gate: Judge | None) -> Digit:
    """Return what is far lower than the digits beside it: a non-digit, whatever its form."""
    steps = normalise(ink)
    image = steps.image[None]  # (1, 28, 28)
    (probabilities,) = predictor.predict(image).probabilities
    digitness = None if gate is None else min(float(gate(image)[0]), REFUSE_BELOW / 2)
    best = int(probabilities.argmax())
    return Digit("not-a-digit", best, probabilities, digitness, steps.box, steps)


def _turned(ink: np.ndarray, predictor: Predictor, gate: Judge | None) -> str:
    """Return what ink reads turned by a quarter to either side; empty if no more than it does."""
    found = []
    for quarter in (-1, 1):
        side = np.ascontiguousarray(np.rot90(ink, quarter))
        digits = _on_line(side, predictor, gate)
        found.append(
            _laid_out(_Found([digits], _text(digits, [digits]), side, []), predictor, gate)
        )
    sure = [
        min((float(d.probabilities.max()) * (d.digitness or 1) for d in digits), default=0.0)
        if all(digit.verdict == "digit" for digit in digits)
        else 0.0
        for digits in ([digit for line in side.lines for digit in line] for side in found)
    ]
    best = int(np.argmax(sure))
    return found[best].text if sure[best] else ""


def _text(line: list[Digit], lines: list[list[Digit]]) -> str:
    """Return the text of one of the lines, with a space in each gap far wider than others."""
    height = float(np.median([digit.box[3] - digit.box[1] for digit in line]))
    gaps = _gaps(line)
    narrowest = min((gap for each in lines for gap in _gaps(each)), default=0)
    wide = max(_GAP * height, _WIDER * narrowest)
    signs = [REFUSED if d.verdict == "not-a-digit" else str(d.digit) for d in line]
    parts = [" " + sign if gap > wide else sign for sign, gap in zip(signs[1:], gaps, strict=True)]
    return "".join([*signs[:1], *parts])


def _gaps(line: list[Digit]) -> list[int]:
    return [after.box[0] - before.box[2] for before, after in pairwise(line)]


def _inside_of_frame(ink: np.ndarray) -> tuple[slice, slice] | None:
    """Return rows and columns within a frame around all ink, or ``None`` without a frame."""
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
    box = _shifted(digit.box, right, down)
    return replace(digit, box=box, steps=replace(digit.steps, box=box))


def _shifted(box: Box, right: int, down: int) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def verdict(probabilities: np.ndarray, digitness: float | None, among: int = 1) -> Verdict:
    """Return the verdict on one image, from the answers of the model and the gate.

    Parameters
    ----------
    probabilities : float array, shape (10,)
    digitness : float or None
        As in `Digit`.
    among : int
        How many digits are read together: the more, the surer each has to be.
    """
    if digitness is not None and digitness < REFUSE_BELOW:
        return "not-a-digit"
    sure = probabilities.max() >= 1 - (1 - UNSURE_BELOW) / max(among, 1)
    return "digit" if sure and _is_clear(digitness) else "unsure"


def _among(digit: Digit, count: int) -> Digit:
    """Return a digit with its verdict as one of several that are read together."""
    if digit.verdict == "not-a-digit":  # a sign is none, with or without a gate
        return digit
    return replace(digit, verdict=verdict(digit.probabilities, digit.digitness, count))


def _is_clear(digitness: float | None) -> bool:
    """Return whether the gate has no doubt that it is a digit."""
    return digitness is None or digitness >= CLEAR_FROM


def _together(verdicts: list[Verdict]) -> Verdict:
    kinds = set(verdicts)
    return kinds.pop() if len(kinds) == 1 else "unsure"


def _reduced(picture: np.ndarray) -> tuple[np.ndarray, int]:
    """Average squares of pixels in a large picture, and return their side in pixels."""
    factor = -(-max(picture.shape[:2]) // LONGEST_SIDE)
    if factor == 1:
        return picture, 1
    return np.asarray(Image.fromarray(picture).reduce(factor)), factor
