"""Tries: drawings whose answer turns when one more thing is drawn, for Home, Draw and lessons.

Each is in the address of Draw by its name. What its words promise, `tests/strokes/test_tries.py`
reads with the model that new visitors meet.
"""

import math
from typing import NamedTuple

import numpy as np

from core.strokes.digits import Strokes


class Try(NamedTuple):
    """A drawing on a square canvas, and what becomes of it.

    Attributes
    ----------
    question : str
    task : str
        What is there, what to draw, and what it then becomes.
    strokes : list of float64 array, shape (points, 2)
        x and y in shares of the canvas' side, y downwards.
    answer : str
        To the strokes, as the text of a reading.
    kept : int
        How many of the strokes stay.
    added : list of float64 array, shape (points, 2)
    becomes : str
        The answer to the strokes that stay and those that are added.
    """

    question: str
    task: str
    strokes: Strokes
    answer: str
    kept: int
    added: Strokes
    becomes: str

    @property
    def changed(self) -> Strokes:
        """The drawing after the task."""
        return [*self.strokes[: self.kept], *self.added]


def _line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, float)


def _arc(
    middle: tuple[float, float], radii: tuple[float, float], start: float, end: float
) -> np.ndarray:
    """Return part of an ellipse; angles in degrees, 0 to the right, clockwise."""
    angles = np.radians(np.linspace(start, end, 40))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii + middle


def _flag(degrees: float) -> np.ndarray:
    """Return the flag of a 1, at an angle to the line of writing."""
    x, y = _STEM[0]
    angle = math.radians(degrees)
    return _line((x - 0.3 * math.cos(angle), y + 0.3 * math.sin(angle)), (x, y))


_STEM = _line((0.57, 0.15), (0.57, 0.86))
_CUP = _line((0.33, 0.18), (0.3, 0.36), (0.34, 0.48), (0.45, 0.51), (0.57, 0.48), (0.63, 0.42))
_FOUR = [_line((0.21, 0.18), (0.12, 0.5), (0.42, 0.5)), _line((0.34, 0.27), (0.33, 0.8))]
_TWO = np.concatenate(
    [_arc((0.73, 0.36), (0.13, 0.15), 190, 390), _line((0.58, 0.77), (0.9, 0.77))]
)

TRIES = {
    "flag": Try(
        "When is a 1 a 7?",
        "A 1 with a steep flag. Undo the flag and draw it flat instead: the 1 becomes a 7.",
        [_STEM, _flag(60)],
        "1",
        kept=1,
        added=[_flag(5)],
        becomes="7",
    ),
    "four": Try(
        "When is a 4 a 9?",
        "A 4 that is open at the top. Close it with an arch: it becomes a 9.",
        [_CUP, _line((0.64, 0.18), (0.61, 0.86))],
        "4",
        kept=2,
        added=[_line((0.33, 0.18), (0.48, 0.13), (0.64, 0.18))],
        becomes="9",
    ),
    "face": Try(
        "Is a face a digit?",
        "A circle, so far a 0. Draw two eyes and a mouth in it: now it is not a digit.",
        [_arc((0.5, 0.5), (0.36, 0.36), -90, 270)],
        "0",
        kept=1,
        added=[
            _line((0.38, 0.36), (0.38, 0.42)),
            _line((0.62, 0.36), (0.62, 0.42)),
            _arc((0.5, 0.54), (0.18, 0.15), 20, 160),
        ],
        becomes="?",
    ),
    "two": Try(
        "One digit or two?",
        "A 4. Write a 2 beside it: the answer is 42.",
        _FOUR,
        "4",
        kept=2,
        added=[_TWO],
        becomes="42",
    ),
}
