"""Digits written on tablets, drawn the way an HTML canvas draws them.

For ``bench/drawn.py``. Renders the digits of a file of strokes (`core.data.stroke_files`) as a
drawing page may meet them: in other colours, pens, places, sizes and slants.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from core.data import stroke_files
from core.data.stroke_files import Strokes
from core.strokes import pen

Part = Literal["choosing", "figure", "all"]

CANVAS = 280  # pixels a side
BLACK = (0, 0, 0, 255)
WHITE = (255, 255, 255, 255)
CLEAR = (0, 0, 0, 0)


@dataclass(frozen=True)
class Variant:
    """The circumstances of a drawing; lengths in canvas pixels, angles in degrees.

    Attributes
    ----------
    paper, pen : tuple of four ints
        RGBA colours.
    width : int
        Diameter of the round pen.
    fit : int
        Longest side of the box around the pen's path.
    place : {'middle', 'corner', 'around'}
        The middle; one of the four corners; 45 pixels from the middle in one of eight directions.
    slant : float
        Italic shear to the right.
    turn : float
        Clockwise rotation.
    """

    paper: tuple[int, int, int, int] = BLACK
    pen: tuple[int, int, int, int] = WHITE
    width: int = 18
    fit: int = 180
    place: str = "middle"
    slant: float = 0
    turn: float = 0


VARIANTS = {
    "default": Variant(),
    "pen16": Variant(width=16),
    "pen24": Variant(width=24),
    "inverted": Variant(paper=WHITE, pen=BLACK),
    "transparent": Variant(paper=CLEAR, pen=BLACK),
    "thin8": Variant(width=8),
    "thick30": Variant(width=30),
    "small_corner": Variant(fit=64, width=12, place="corner"),
    "off_centre": Variant(fit=130, place="around"),
    "big": Variant(fit=244),
    "slant10": Variant(slant=10),
    "slant-10": Variant(slant=-10),
    "rotate10": Variant(turn=10),
}


def from_environment(what: str) -> Strokes | None:
    """Read the file that ``DIGIT_LAB_PEN_STROKES`` names; without one say so and return ``None``.

    The strokes do not come with the project: without them the other benchmarks go on.

    Parameters
    ----------
    what : str
        What will not be measured, as the beginning of a sentence.
    """
    source = os.environ.get("DIGIT_LAB_PEN_STROKES")
    if not source:
        print(f"{what} not measured: DIGIT_LAB_PEN_STROKES names no file of pen strokes.")
        return None
    return stroke_files.load(Path(source))


def of_writers(digits: Strokes, part: Part) -> np.ndarray:
    """Return the places of the digits of one half of the writers.

    Whatever is chosen, a threshold or a network, is chosen on the digits of half of the writers,
    those of even numbers; figures are those of the others.

    Parameters
    ----------
    digits : Strokes
    part : {'choosing', 'figure', 'all'}

    Returns
    -------
    int array, shape (n,)
    """
    if part == "all":
        return np.arange(len(digits.labels))
    return np.flatnonzero(digits.writers % 2 == (part == "figure"))


def draw(strokes: list[np.ndarray], variant: Variant, index: int = 0) -> np.ndarray:
    """Draw a digit on a canvas.

    Parameters
    ----------
    strokes : list of float32 array, shape (points, 2)
        The digit.
    variant : Variant
        How it is drawn.
    index : int
        Chooses the corner or the direction, where the variant has several.

    Returns
    -------
    uint8 array, shape (280, 280, 4)
        RGBA, not premultiplied, as ``getImageData`` gives it.
    """
    cover = pen.draw(_placed(strokes, variant, index), variant.width, CANVAS)[..., None]
    paper, ink = (np.array(colour, np.float32) for colour in (variant.paper, variant.pen))
    over = ink[3] / 255 * cover
    under = paper[3] / 255 * (1 - over)
    alpha = over + under
    colour = (ink[:3] * over + paper[:3] * under) / np.where(alpha > 0, alpha, 1)
    return np.concatenate([colour, 255 * alpha], axis=-1).round().astype(np.uint8)


def _placed(strokes: list[np.ndarray], variant: Variant, index: int) -> list[np.ndarray]:
    """Shear, turn and scale the strokes and move the middle of their box to its place."""
    turn = math.radians(variant.turn)
    shear = np.array([[1, -math.tan(math.radians(variant.slant))], [0, 1]])
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    bent = [stroke.astype(np.float64) @ (rotation @ shear).T for stroke in strokes]
    path = np.concatenate(bent)
    low, high = path.min(axis=0), path.max(axis=0)
    scale = variant.fit / max((high - low).max(), 1e-6)
    return [(stroke - (low + high) / 2) * scale + _target(variant, index) for stroke in bent]


def _target(variant: Variant, index: int) -> np.ndarray:
    if variant.place == "corner":
        near = (variant.fit + variant.width) / 2 + 4
        far = CANVAS - near
        return np.array([(near, near), (far, near), (near, far), (far, far)][index % 4])
    if variant.place == "around":
        angle = math.tau * (index % 8) / 8
        return CANVAS / 2 + 45 * np.array([math.cos(angle), math.sin(angle)])
    return np.array([CANVAS / 2, CANVAS / 2])
