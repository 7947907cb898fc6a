"""Generator of non-digits: letters, shapes, doodles, broken digits and textures.

For the gate (`core.reading.gate`). It is trained on the kinds marked ``trained``, and
``bench/refusal.py`` measures it on the rest. Those are other letters, other scripts, other shapes,
and other ways to doodle, to break a digit and to fill a picture. So the figure shows how the gate
handles input that nobody anticipated. Letters and shapes are divided by the alphabet.

Letters and drawings that look like digits are kinds of their own, in neither half.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.strokes import digits, doodles, first_drawings, glyphs, outlines, pen, textures
from core.strokes.digits import Strokes
from core.strokes.textures import SIDE

LOOK_ALIKES = "BbDgIilOoQqSsyZz"
MIRRORED = (3, 4, 6, 7, 9)  # a mirrored 2 is an S, so a 5; a mirrored 5 is a Z, so a 2
TO_QUARTER = (0, 2, 3, 4, 5, 6, 7, 8, 9)  # the pieces of a 1 can still be a 1
_BOX = 56  # pixels of a drawing's longest side
_SWAY = 0.035

Generator = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """One kind of non-digit.

    Attributes
    ----------
    name : str
    trained : bool
        Whether the gate is trained on it; otherwise it is held back for the figure.
    make : callable
        Makes a picture, `ink` or grey, from a random generator.
    grey : bool
        Whether a picture is uint8 grey, whose ink must still be found, or float32 ink in [0, 1].
    times : int
        Factor on the number of training images: endlessly varied kinds deserve more than an
        alphabet.
    """

    name: str
    trained: bool
    make: Callable[[Generator], np.ndarray]
    grey: bool = False
    times: int = 1


def ink(strokes: Strokes, rng: Generator) -> np.ndarray:
    """Draw strokes in the centre of a picture with a pen of random width.

    Parameters
    ----------
    strokes : list of float array, shape (points, 2)
        In any unit: they are scaled to the picture.
    rng : numpy.random.Generator
        Determines the width, between 1/25 and 1/5 of the drawing's longest side.

    Returns
    -------
    float32 array, shape (84, 84), in [0, 1]
    """
    width = _BOX * math.exp(rng.uniform(math.log(0.04), math.log(0.2)))
    placed = [stroke * _BOX + SIDE / 2 for stroke in digits.fit(strokes)]
    return pen.draw(placed, width, SIDE)


def _hand(strokes: Strokes, rng: Generator) -> Strokes:
    return digits.by_hand(digits.fit(strokes), rng)


def _glyph(texts: list[str], rng: Generator) -> Strokes:
    """Write one of several glyphs, with each point moved a little."""
    strokes = []
    ways = glyphs.parse(texts[rng.integers(len(texts))])
    for smooth, path in ways[rng.integers(len(ways))]:
        if len(path) == 1:
            strokes.append(path + rng.normal(0, _SWAY, path.shape))
        else:
            strokes.append((digits.curve if smooth else digits.line)(path, rng, _SWAY))
    return strokes


def _word(texts: list[str], rng: Generator) -> Strokes:
    strokes = []
    for place in range(rng.integers(2, 5)):
        shift = (place * rng.uniform(0.7, 1.1), rng.normal(0, 0.08))
        strokes += [stroke + shift for stroke in digits.fit(_glyph(texts, rng))]
    return strokes


def _heap(count: int, rng: Generator) -> Strokes:
    """Write several digits on top of one another."""
    strokes = []
    for _ in range(count):
        shift = rng.uniform(0.1, 0.45) * np.array([1, 0.6]) * rng.choice([-1, 1], 2)
        size = rng.uniform(0.7, 1.2)
        strokes += [stroke * size + shift for stroke in digits.write(int(rng.integers(10)), rng)]
    return strokes


def _turned(matrix: np.ndarray, choice: tuple[int, ...], rng: Generator) -> Strokes:
    return [stroke @ matrix for stroke in digits.write(rng.choice(choice), rng)]


def _struck_out(rng: Generator) -> Strokes:
    """Write a digit and scribble over it."""
    scribble = [stroke * rng.uniform(0.7, 1.1) for stroke in digits.fit(doodles.scribble(rng))]
    return digits.write(int(rng.integers(10)), rng) + scribble


def _quartered(rng: Generator) -> np.ndarray:
    """Cut a digit into four pieces and leave none in its place."""
    return quartered(_digit(rng, TO_QUARTER), rng)


def _halved(rng: Generator) -> np.ndarray:
    """Cut a digit in two, and exchange the halves or shift one along the cut."""
    return halved(_digit(rng, (2, 4, 5, 6, 7, 9)), rng)


def quartered(picture: np.ndarray, rng: Generator) -> np.ndarray:
    """Cut the ink of a picture into four pieces and reassemble them wrongly.

    Parameters
    ----------
    picture : float32 array, shape (h, w)
    rng : numpy.random.Generator

    Returns
    -------
    float32 array, shape (h', w')
        No piece is where it was.
    """
    crop = _cropped(picture)
    rows, columns = crop.shape[0] // 2, crop.shape[1] // 2
    pieces = [crop[y : y + rows, x : x + columns] for y in (0, rows) for x in (0, columns)]
    order = rng.choice([(1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
    return np.block([[pieces[order[0]], pieces[order[1]]], [pieces[order[2]], pieces[order[3]]]])


def halved(picture: np.ndarray, rng: Generator) -> np.ndarray:
    """Cut the ink of a picture in two, and exchange the halves or shift one along the cut.

    Parameters
    ----------
    picture : float32 array, shape (h, w)
    rng : numpy.random.Generator

    Returns
    -------
    float32 array, shape (h', w')
    """
    crop = _cropped(picture)
    lying = rng.random() < 0.5
    crop = crop if lying else crop.T
    middle = crop.shape[0] // 2
    top, bottom = crop[:middle], crop[middle:]
    if rng.random() < 0.5:
        result = np.concatenate([bottom, top])
    else:
        slide = round(crop.shape[1] * rng.uniform(0.5, 0.9))
        top, bottom = (
            np.pad(half, ((0, 0), sides))
            for half, sides in zip(
                (top, bottom), rng.permutation([(0, slide), (slide, 0)]), strict=True
            )
        )
        result = np.concatenate([top, bottom])
    return result if lying else result.T


def _digit(rng: Generator, choice: tuple[int, ...]) -> np.ndarray:
    return ink(digits.write(rng.choice(choice), rng), rng)


def _cropped(picture: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero((picture > 0.1).any(axis=axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _drawn(strokes: Callable[[Generator], Strokes]) -> Callable[[Generator], np.ndarray]:
    """Make pictures from strokes, written by different hands."""

    def make(rng: Generator) -> np.ndarray:
        return ink(_hand(strokes(rng), rng), rng)

    return make


def _one_of(
    table: dict[str, str], names: Iterable[str] | None = None
) -> Callable[[Generator], np.ndarray]:
    """Make pictures of all or some of the glyphs of a table."""
    texts = [table[name] for name in names or table]
    return _drawn(partial(_glyph, texts))


def _by_the_alphabet() -> tuple[str, str]:
    """Divide the letters that do not look like digits; both cases of a letter go together."""
    letters = [letter for letter in glyphs.LATIN if letter not in LOOK_ALIKES]
    order = sorted({letter.lower() for letter in letters})
    trained = set(order[::2])
    return (
        "".join(x for x in letters if x.lower() in trained),
        "".join(x for x in letters if x.lower() not in trained),
    )


TRAINED_LETTERS, HELD_BACK_LETTERS = _by_the_alphabet()
TRAINED_SHAPES, HELD_BACK_SHAPES = sorted(glyphs.SHAPES)[::2], sorted(glyphs.SHAPES)[1::2]
_MIRRORED, _UPSIDE_DOWN, _LYING = np.diag([-1, 1]), np.diag([-1, -1]), doodles.rotation(90)

KINDS = (
    Kind("Latin letters, one half", True, _one_of(glyphs.LATIN, TRAINED_LETTERS)),
    Kind("Cyrillic letters", True, _one_of(glyphs.CYRILLIC)),
    Kind("Han characters", True, _one_of(glyphs.HAN)),
    Kind("runes", True, _one_of(glyphs.RUNES)),
    Kind("Hangul", True, _one_of(glyphs.HANGUL)),
    Kind("Armenian letters", True, _one_of(glyphs.ARMENIAN)),
    Kind("Devanagari letters", True, _one_of(glyphs.DEVANAGARI)),
    Kind("Arabic letters", True, _one_of(glyphs.ARABIC)),
    Kind("words", True, _drawn(partial(_word, [glyphs.LATIN[x] for x in TRAINED_LETTERS]))),
    Kind("made-up glyphs", True, _drawn(doodles.made_up), times=6),
    Kind("lines, arcs and rings", True, _drawn(doodles.parts), times=4),
    Kind("stems, bars and bowls", True, _drawn(doodles.stems_and_bowls)),
    Kind("shapes, one half", True, _one_of(glyphs.SHAPES, TRAINED_SHAPES)),
    Kind("doodles", True, _drawn(doodles.doodle)),
    Kind("zigzags", True, _drawn(doodles.zigzag)),
    Kind("scribbles", True, _drawn(doodles.scribble)),
    Kind("dashes and arcs", True, _drawn(doodles.arc_or_dash)),
    Kind("dots", True, _drawn(doodles.dots)),
    Kind("spirals", True, _drawn(doodles.spiral)),
    Kind("outlines with something in them", True, _drawn(outlines.holding_things), times=6),
    Kind("notched outlines", True, _drawn(outlines.notched), times=4),
    Kind("outlines with parts", True, _drawn(outlines.with_parts), times=4),
    Kind("two digits over one another", True, _drawn(partial(_heap, 2))),
    Kind("digits in four wrong pieces", True, _quartered),
    Kind("mirrored 3 4 6 7 9", True, _drawn(partial(_turned, _MIRRORED, MIRRORED))),
    Kind("3 4 upside down", True, _drawn(partial(_turned, _UPSIDE_DOWN, (3, 4)))),
    Kind("patches", True, textures.patches),
    Kind("white noise", True, textures.white_noise, grey=True),
    Kind("clouds", True, textures.clouds, grey=True),
    Kind("stripes", True, textures.stripes, grey=True),
    Kind("Latin letters, other half", False, _one_of(glyphs.LATIN, HELD_BACK_LETTERS)),
    Kind("Greek letters", False, _one_of(glyphs.GREEK)),
    Kind("Hebrew letters", False, _one_of(glyphs.HEBREW)),
    Kind("kana", False, _one_of(glyphs.KANA)),
    Kind("shapes, other half", False, _one_of(glyphs.SHAPES, HELD_BACK_SHAPES)),
    Kind("rows of loops", False, _drawn(doodles.loops)),
    Kind("wandering lines", False, _drawn(doodles.wandering)),
    Kind("rosettes", False, _drawn(doodles.rosette)),
    Kind("hatching and grids", False, _drawn(doodles.hatching)),
    Kind("faces", False, _drawn(first_drawings.face)),
    Kind("stars", False, _drawn(first_drawings.star)),
    Kind("houses", False, _drawn(first_drawings.house)),
    Kind("suns", False, _drawn(first_drawings.sun)),
    Kind("stick figures", False, _drawn(first_drawings.stick_figure)),
    Kind("clocks and wheels", False, _drawn(first_drawings.clock)),
    Kind("ticks and crosses", False, _drawn(first_drawings.tick_or_cross)),
    Kind("signatures", False, _drawn(first_drawings.signature)),
    Kind("three digits in a heap", False, _drawn(partial(_heap, 3))),
    Kind("digits in two wrong halves", False, _halved),
    Kind(
        "2 3 4 5 6 7 9 on their side",
        False,
        _drawn(partial(_turned, _LYING, (2, 3, 4, 5, 6, 7, 9))),
    ),
    Kind("digits scribbled over", False, _drawn(_struck_out)),
    Kind("filled polygons", False, textures.polygon),
    Kind("checks", False, textures.checks, grey=True),
    Kind("grain", False, textures.grain, grey=True),
    Kind("patches of grey", False, textures.greys, grey=True),
)
LOOK_ALIKE_KINDS = (
    Kind("look-alike letters", False, _one_of(glyphs.LATIN, LOOK_ALIKES)),
    Kind("apples", False, _drawn(first_drawings.apple)),  # outlines like a zero with a tail
)
