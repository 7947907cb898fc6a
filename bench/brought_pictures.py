"""Pictures of the kinds that people bring: cropped to the ink, several lines, tables, turned.

For ``bench/brought.py`` and tests. The digits are those of the generator, `core.strokes.digits`, or
a person's strokes. Each kind is a function of a random number generator.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from core.strokes import digits, pen

Strokes = list[np.ndarray]
Hand = Callable[[int, np.random.Generator], Strokes]

_SIGNS = {
    "+": [[[0, -0.5], [0, 0.5]], [[-0.5, 0], [0.5, 0]]],
    "-": [[[-0.5, 0], [0.5, 0]]],
    ",": [[[0.1, -0.5], [-0.1, 0.5]]],
    ".": [[[0, 0], [0.02, 0.02]]],
}
_INKS = ((12, 14, 60), (8, 8, 10), (30, 35, 110), (90, 90, 92))


@dataclass(frozen=True)
class Brought:
    """A picture with what stands in it.

    Attributes
    ----------
    content : bytes
        A file.
    text : str
        The digits, with line breaks, spaces in wide gaps and "?" for other signs.
    turned : bool
        Whether it lies on its side, and is answered rightly by saying so.
    """

    content: bytes
    text: str
    turned: bool = False


def written(text: str, hand: Hand, rng: np.random.Generator, height: float) -> list[Strokes]:
    """Write signs beside each other, in pixels from (0, 0); a space is a wide gap."""
    placed, x = [], 0.0
    for sign in text:
        if sign == " ":
            x += 1.6 * height
            continue
        strokes = (
            hand(int(sign), rng) if sign.isdigit() else [np.array(s, float) for s in _SIGNS[sign]]
        )
        path = np.concatenate(strokes)
        low, extent = path.min(axis=0), np.ptp(path, axis=0).clip(1e-3)
        tall = height * math.exp(rng.normal(0, 0.06))
        size, drop = {
            "+": (0.55, 0.25),
            "-": (0.45, 0.5),
            ",": (0.28, 0.85),
            ".": (0.02, 0.95),
        }.get(sign, (1.0, 0.0))
        scale = size * min(tall / extent[1], 1.1 * tall / extent[0])
        down = drop * height + rng.normal(0, 0.02) * height
        placed.append([(stroke - low) * scale + (x, down) for stroke in strokes])
        x += extent[0] * scale + height * rng.uniform(0.2, 0.42)
    return placed


def moved(marks: Sequence[Strokes], x: float, y: float) -> list[Strokes]:
    """Move strokes."""
    return [[stroke + (x, y) for stroke in strokes] for strokes in marks]


def cover_of(marks: Sequence[Strokes], width: float, shape: tuple[int, int]) -> np.ndarray:
    """Return how much of each pixel a pen covers, (h, w); what is outside is cut off."""
    cover = np.zeros(shape, np.float32)
    for strokes in marks:
        path = np.concatenate(strokes)
        corner = np.floor(path.min(axis=0) - width - 2).astype(int)
        side = int(np.ceil((path.max(axis=0) - corner).max() + width + 2))
        window = pen.draw([stroke - corner for stroke in strokes], width, side)
        (left, top), (x, y) = corner.clip(0), (-corner).clip(0)
        seen = window[y:, x:][: max(shape[0] - top, 0), : max(shape[1] - left, 0)]
        place = cover[top : top + seen.shape[0], left : left + seen.shape[1]]
        np.maximum(place, seen, out=place)
    return cover


def photograph(
    cover: np.ndarray, rng: np.random.Generator, grain: float | None = None
) -> np.ndarray:
    """Return a photograph, uint8 (h, w, 3), of ink on paper with grain in uneven light."""
    from scipy import ndimage

    height, width = cover.shape
    blur = max(0.5, max(cover.shape) / 900) * rng.uniform(0.6, 1.3)
    soft = ndimage.gaussian_filter(cover, blur)[..., None]
    paper = rng.uniform(175, 235) * np.array((1, rng.uniform(0.96, 1), rng.uniform(0.9, 1)))
    ink = np.array(_INKS[rng.integers(len(_INKS))])
    x, y = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    towards, depth = rng.uniform(0, math.tau), rng.uniform(0, 0.35)
    slope = math.cos(towards) * x + math.sin(towards) * y
    light = (1 - depth * (slope - slope.min()) / np.ptp(slope))[..., None]
    noise = rng.normal(0, rng.uniform(1, 5) if grain is None else grain, (height, width, 1))
    return ((paper * (1 - soft) + ink * soft) * light + noise).clip(0, 255).astype(np.uint8)


def file_of(picture: np.ndarray, form: str = "JPEG", **options: object) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(
        file, form, **({"quality": 90} if form == "JPEG" else {}), **options
    )
    return file.getvalue()


def _number(rng: np.random.Generator, most: int = 6, least: int = 2) -> str:
    return "".join(map(str, rng.integers(0, 10, rng.integers(least, most + 1))))


def _box(marks: Sequence[Strokes]) -> tuple[np.ndarray, np.ndarray]:
    path = np.concatenate([stroke for strokes in marks for stroke in strokes])
    return path.min(axis=0), path.max(axis=0)


def _finished(cover: np.ndarray, rng: np.random.Generator) -> bytes:
    """Photograph, scan or draw it on a screen."""
    kind = rng.integers(4)
    if kind == 0:  # a screen or a clean scan
        return file_of((255 * (1 - cover)).astype(np.uint8), "PNG")
    return file_of(photograph(cover, rng), "JPEG" if kind < 3 else "PNG")


def cropped(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a digit cropped so closely that its ink touches one to four sides."""
    digit = int(rng.integers(10))
    height = math.exp(rng.uniform(math.log(50), math.log(900)))
    width = height * rng.uniform(0.04, 0.14)
    marks = written(str(digit), hand, rng, height)
    low, high = _box(marks)
    touched = rng.permutation(4)[: rng.integers(1, 5)]
    margins = rng.uniform(0.1, 0.5, 4) * height + width
    margins[touched] = rng.uniform(-0.1, 0.45, len(touched)) * width  # of the path: it is cut
    left, top, right, bottom = margins
    shape = int(high[1] - low[1] + top + bottom) + 1, int(high[0] - low[0] + left + right) + 1
    if min(shape) < 2 * width:  # a 1 cropped on both sides is a black picture
        return cropped(rng, hand)
    marks = moved(marks, left - low[0], top - low[1])
    return Brought(_finished(cover_of(marks, width, shape), rng), str(digit))


def number_at_edge(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a number whose first or last digit, or all, touch the picture's border."""
    text = _number(rng, 7)
    height = math.exp(rng.uniform(math.log(60), math.log(400)))
    width = height * rng.uniform(0.04, 0.12)
    marks = written(text, hand, rng, height)
    low, high = _box(marks)
    margins = rng.uniform(0.15, 0.5, 4) * height + width
    touched = [[0], [2], [0, 2], [3], [1, 3], [0, 1, 2, 3]][rng.integers(6)]
    margins[touched] = rng.uniform(-0.05, 0.45, len(touched)) * width
    left, top, right, bottom = margins
    shape = int(high[1] - low[1] + top + bottom) + 1, int(high[0] - low[0] + left + right) + 1
    cover = cover_of(moved(marks, left - low[0], top - low[1]), width, shape)
    return Brought(_finished(cover, rng), text)


def lines(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write two to five lines of digits."""
    texts = [_number(rng, 5, 1) for _ in range(rng.integers(2, 6))]
    return _sheet_of(texts, rng, hand, rng.uniform(1.35, 2.2))


def gaps(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write numbers with wide gaps on one line."""
    texts = [" ".join(_number(rng, 3) for _ in range(rng.integers(2, 4)))]
    return _sheet_of(texts, rng, hand, 1.5)


def _sheet_of(texts: list[str], rng: np.random.Generator, hand: Hand, spacing: float) -> Brought:
    height = math.exp(rng.uniform(math.log(40), math.log(160)))
    width = max(height * rng.uniform(0.05, 0.12), 2.5)
    marks = []
    for row, text in enumerate(texts):
        marks += moved(
            written(text, hand, rng, height), rng.uniform(0, 0.5) * height, row * spacing * height
        )
    low, high = _box(marks)
    margin = height * rng.uniform(0.3, 1.2)
    shape = int(high[1] - low[1] + 2 * margin), int(high[0] - low[0] + 2 * margin)
    marks = moved(marks, *(margin - low))
    turn = math.radians(rng.uniform(-3, 3))
    turned = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    middle = np.array(shape[::-1]) / 2
    marks = [[(s - middle) @ turned + middle for s in strokes] for strokes in marks]
    return Brought(_finished(cover_of(marks, width, shape), rng), "\n".join(texts))


def table(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a ruled table with a number in each cell."""
    rows, columns = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    texts = [[_number(rng, 2, 1) for _ in range(columns)] for _ in range(rows)]
    height = math.exp(rng.uniform(math.log(40), math.log(120)))
    width = max(height * rng.uniform(0.05, 0.1), 2.5)
    across, down, margin = 3.4 * height, 1.7 * height, rng.uniform(0.2, 0.8) * height
    shape = int(rows * down + 2 * margin), int(columns * across + 2 * margin)
    marks = []
    for row in range(rows):
        for column in range(columns):
            own = written(texts[row][column], hand, rng, height)
            low, high = _box(own)
            marks += moved(
                own,
                margin + (column + 0.5) * across - (low + high)[0] / 2,
                margin + (row + 0.5) * down - (low + high)[1] / 2,
            )
    cover = cover_of(marks, width, shape)
    ruled = Image.new("L", shape[::-1])
    draw, thick = ImageDraw.Draw(ruled), max(1, round(width * rng.uniform(0.3, 0.8)))
    for row in range(rows + 1):
        y = margin + row * down
        draw.line([(margin, y), (shape[1] - margin, y)], fill=255, width=thick)
    for column in range(columns + 1):
        x = margin + column * across
        draw.line([(x, margin), (x, shape[0] - margin)], fill=255, width=thick)
    cover = np.maximum(cover, np.asarray(ruled, np.float32) / 255)
    return Brought(_finished(cover, rng), "\n".join(" ".join(row) for row in texts))


def signs(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write digits with a plus, a minus, a comma or a point between them."""
    sign = "+-,."[rng.integers(4)]
    text = _number(rng, 2, 1) + sign + _number(rng, 2, 1)
    found = _sheet_of([text], rng, hand, 1.5)
    return Brought(found.content, text.replace(sign, "?"))


def small_pair(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write two digits within 28x28, with an empty column between them."""
    text = _number(rng, 2)
    height = rng.uniform(14, 20)
    first, second = (written(sign, hand, rng, height) for sign in text)
    (low, high), (start, end) = _box(first), _box(second)
    scale = min(1.0, 20 / ((high - low)[0] + (end - start)[0] + 3))
    (low, high), (start, end) = (low * scale, high * scale), (start * scale, end * scale)
    first, second = ([[s * scale for s in mark] for mark in marks] for marks in (first, second))
    wide = (high - low)[0] + 3.6 + (end - start)[0]
    x, y = (28 - wide) / 2, (28 - height * scale) / 2
    marks = moved(first, x - low[0], y - low[1])
    marks += moved(second, x + (high - low)[0] + 3.6 - start[0], y - start[1])
    grey = (255 * cover_of(marks, 1.6, (28, 28))).astype(np.uint8)
    return Brought(file_of(grey if rng.random() < 0.5 else 255 - grey, "PNG"), text)


def turned(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a digit or a number on its side, in a file that does not say so."""
    text = str(rng.choice([2, 3, 4, 5, 7])) if rng.random() < 0.6 else _number(rng, 4, 3)
    upright = np.asarray(Image.open(io.BytesIO(_sheet_of([text], rng, hand, 1.5).content)))
    return Brought(file_of(np.rot90(upright, rng.choice([1, 3])), "PNG"), text, turned=True)


def checker(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a digit on the squares that programs show in place of transparency."""
    digit, side, square = (
        int(rng.integers(10)),
        int(rng.integers(120, 600)),
        int(rng.integers(5, 17)),
    )
    cover = _in_the_middle(digit, side, hand, rng)
    y, x = np.mgrid[:side, :side] // square
    grey = np.where((x + y) % 2, 255, rng.integers(190, 225)) * (1 - cover)
    picture = grey.round().astype(np.uint8)
    return Brought(file_of(picture, "PNG" if rng.random() < 0.5 else "JPEG"), str(digit))


def _in_the_middle(digit: int, side: int, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    marks = written(str(digit), hand, rng, side * rng.uniform(0.4, 0.7))
    low, high = _box(marks)
    marks = moved(marks, *(side / 2 - (low + high) / 2))
    return cover_of(marks, side * rng.uniform(0.03, 0.08), (side, side))


def noisy(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a digit under much noise: grain, or single black and white pixels."""
    digit, side = int(rng.integers(10)), int(rng.integers(100, 500))
    cover = _in_the_middle(digit, side, hand, rng)
    if rng.random() < 0.5:
        return Brought(file_of(photograph(cover, rng, rng.uniform(15, 40)), "PNG"), str(digit))
    grey = (255 * (1 - cover)).astype(np.uint8)
    salted = rng.random(grey.shape)
    grey[salted < 0.03], grey[salted > 0.97] = 0, 255
    return Brought(file_of(grey, "PNG"), str(digit))


def blurred(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a digit out of focus."""
    from scipy import ndimage

    digit, side = int(rng.integers(10)), int(rng.integers(100, 600))
    cover = _in_the_middle(digit, side, hand, rng)
    soft = ndimage.gaussian_filter(cover, side * rng.uniform(0.01, 0.03))
    return Brought(file_of(photograph(soft, rng)), str(digit))


def torn(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Write a digit whose strokes are torn to dots, as a hard threshold leaves a dry pen."""
    digit, side = int(rng.integers(10)), int(rng.integers(100, 500))
    strokes = written(str(digit), hand, rng, side * 0.6)[0]
    low, high = _box([strokes])
    width = side * rng.uniform(0.03, 0.05)
    dots = []
    for stroke in strokes:
        steps = np.r_[0, np.hypot(*np.diff(stroke, axis=0).T).cumsum()]
        at = np.arange(0, steps[-1] + 1e-6, width * rng.uniform(1.4, 1.9))
        dots += [np.stack([np.interp(at, steps, stroke[:, k]) for k in (0, 1)], 1)]
    points = [point[None] for run in dots for point in run]
    cover = cover_of(moved([points], *(side / 2 - (low + high) / 2)), width, (side, side))
    return Brought(_finished(cover, rng), str(digit))


def border_to_border(rng: np.random.Generator, hand: Hand = digits.write) -> Brought:
    """Show a blank sheet with a table or a scanner's lid beside it."""
    side = int(rng.integers(200, 900))
    y, x = np.mgrid[:side, : int(side * rng.uniform(0.7, 1.4))]
    cover = np.zeros(y.shape, np.float32)
    slope = rng.uniform(-0.06, 0.06)
    for _ in range(rng.integers(1, 4)):
        edge = [y, x, y[::-1], x[:, ::-1]][rng.integers(4)]
        across = x if edge is y else y
        cover = np.maximum(cover, edge + slope * across < side * rng.uniform(0.005, 0.08))
    return Brought(file_of(photograph(cover * rng.uniform(0.6, 1), rng)), "")


KINDS: dict[str, Callable[..., Brought]] = {
    "cropped to the ink": cropped,
    "number at the border": number_at_edge,
    "blank, beside a table": border_to_border,
    "several lines": lines,
    "numbers with gaps": gaps,
    "a ruled table": table,
    "plus, minus, comma": signs,
    "two digits in 28x28": small_pair,
    "on its side": turned,
    "transparency's squares": checker,
    "noisy": noisy,
    "blurred": blurred,
    "torn to dots": torn,
}
