"""Synthetic photographs and scans of paper with digits that people wrote on tablets.

For ``bench/paper.py``. A picture is built in the order of the real process: a sheet with its print,
the ink of a pen, light, lens and sensor, and a JPEG file with EXIF data. What `Kind` leaves open is
drawn at random; a generator in the same state gives the same file.
"""

import io
import math
from dataclasses import dataclass, fields, replace

import numpy as np
from PIL import Image

from core.strokes import pen

ANY = "any"
ORIENTATION = 0x0112  # the EXIF tag
_PENS = {"pen": (0.025, 0.07), "pencil": (0.025, 0.07), "felt tip": (0.07, 0.16)}  # of a digit
_FINEST = 1.6  # pixels; what a finer pen writes, nobody reads in such a picture
_LINES = ((0.55, 0.72, 0.95), (0.7, 0.7, 0.7), (0.95, 0.62, 0.62))  # blue, grey and red print
_INKS = ((0.03, 0.05, 0.25), (0.02, 0.02, 0.03), (0.1, 0.12, 0.4))  # how much light is left
_MARKERS = (*_INKS, (0.5, 0.02, 0.03), (0.02, 0.25, 0.08))
_GAMMA = 2.2
_CHOICES = {
    "print": ("plain", "ruled", "squared"),
    "tool": ("pen", "pencil", "felt tip"),
    "light": ("even", "uneven", "soft shadow", "hard shadow"),
    "ground": ("sheet", "table", "scanner"),
}


@dataclass(frozen=True)
class Kind:
    """What a picture shows; ``'any'`` leaves the choice to chance.

    Attributes
    ----------
    print : {'plain', 'ruled', 'squared', 'any'}
        What is printed on the sheet.
    tool : {'pen', 'pencil', 'felt tip', 'any'}
    light : {'even', 'uneven', 'soft shadow', 'hard shadow', 'any'}
    ground : {'sheet', 'table', 'scanner', 'any'}
        What is around the sheet: nothing in sight, a table, a scanner's dark lid.
    poor : bool
        A blurred, noisy picture in a small file.
    longest : tuple of two ints
        Range of the picture's longer side in pixels.
    """

    print: str = "plain"
    tool: str = "pen"
    light: str = "even"
    ground: str = "sheet"
    poor: bool = False
    longest: tuple[int, int] = (300, 1600)


KINDS = {
    "plain": Kind(),
    "uneven light": Kind(light="uneven"),
    "soft shadow": Kind(light="soft shadow"),
    "hard shadow": Kind(light="hard shadow"),
    "ruled": Kind("ruled", light="uneven"),
    "squared": Kind("squared", light="uneven"),
    "pencil": Kind(tool="pencil", light="uneven"),
    "pencil, squared": Kind("squared", "pencil", "uneven"),
    "felt tip": Kind(tool="felt tip", light="uneven"),
    "scan": Kind(ANY, ANY, ground="scanner"),
    "on a table": Kind(ANY, ANY, "uneven", "table"),
    "poor picture": Kind(ANY, ANY, "uneven", poor=True),
    "12 megapixels": Kind(ANY, ANY, ANY, longest=(3900, 4096)),
    "everything": Kind(ANY, ANY, ANY, ANY),
}


@dataclass(frozen=True)
class _View:
    """What each pixel sees of the sheet, on which the picture's shorter side is 1 long.

    Attributes
    ----------
    height, width : int
        Of the picture, in pixels.
    turn : float
        By how much the sheet lies turned, in radians.
    tilt : float array, shape (2,)
        How much farther the sheet is to the right and at the bottom.
    """

    height: int
    width: int
    turn: float
    tilt: np.ndarray

    @property
    def short(self) -> int:
        return min(self.height, self.width)

    @property
    def frame(self) -> tuple[np.ndarray, np.ndarray]:
        """X and y of each pixel, (1, w) and (h, 1), from the middle of the picture."""
        x = np.arange(self.width, dtype=np.float32)[None, :] - np.float32(self.width / 2)
        y = np.arange(self.height, dtype=np.float32)[:, None] - np.float32(self.height / 2)
        return x / np.float32(self.short), y / np.float32(self.short)

    def sheet(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y on the sheet, each (h, w), of each pixel."""
        x, y = self.frame
        cos, sin = np.float32(math.cos(self.turn)), np.float32(math.sin(self.turn))
        depth = 1 + np.float32(self.tilt[0]) * x + np.float32(self.tilt[1]) * y
        return (cos * x + sin * y) / depth, (cos * y - sin * x) / depth

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return x and y, (n, 2), of the pixels that see points of the sheet, (n, 2)."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        straight = points @ np.array([[cos, sin], [-sin, cos]])
        seen = straight / (1 - straight @ self.tilt)[:, None]
        return seen * self.short + np.array([self.width, self.height]) / 2


def picture(strokes: list[np.ndarray] | None, kind: Kind, rng: np.random.Generator) -> bytes:
    """Take a picture of a digit on paper.

    Parameters
    ----------
    strokes : list of float array, shape (points, 2), or None
        x and y of each stroke's points, the longest side of the digit's box 1 long; None leaves
        the sheet blank.
    kind : Kind
    rng : numpy.random.Generator

    Returns
    -------
    bytes
        A JPEG file whose EXIF data turn the picture upright.
    """
    kind = _settled(kind, rng)
    longest = round(math.exp(rng.uniform(*np.log(kind.longest))))
    enlarged = 2 if longest > 2048 else 1  # more than that is the sensor's noise, and takes long
    sides = [longest // enlarged, round(longest / enlarged * rng.uniform(0.7, 0.75))]
    height, width = sides if rng.random() < 0.5 else sides[::-1]
    by_hand = kind.ground != "scanner"
    turn = math.radians(rng.uniform(-7, 7) if by_hand else rng.uniform(-4, 4))
    view = _View(height, width, turn, rng.uniform(-0.12, 0.12, 2) * by_hand)
    x, y = view.sheet()
    size = rng.uniform(0.2, 0.75)  # of the digit
    nib = max(rng.uniform(*_PENS[kind.tool]) * size, _FINEST / view.short)
    print_ = _print(x, y, kind, size, nib, view, rng)
    sheet = _texture(view, rng)[..., None] * rng.uniform(0.85, 1, 3).astype(np.float32) * print_
    if strokes is not None:
        sheet = _written(sheet, print_, strokes, kind, size, nib, view, rng)
    sheet = _laid(sheet, x, y, kind, view, rng)
    seen = Image.fromarray(_camera(sheet * _light(kind, view, rng), kind, view, rng))
    if enlarged > 1:
        seen = seen.resize((width * enlarged, height * enlarged), Image.Resampling.BICUBIC)
    return _file(seen, kind, rng)


def _settled(kind: Kind, rng: np.random.Generator) -> Kind:
    drawn = {name: str(rng.choice(options)) for name, options in _CHOICES.items()}
    open_ = [field.name for field in fields(kind) if getattr(kind, field.name) == ANY]
    return replace(kind, **{name: drawn[name] for name in open_})


def _print(
    x: np.ndarray,
    y: np.ndarray,
    kind: Kind,
    size: float,
    nib: float,
    view: _View,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return how much light the printed lines leave, (h, w, 3)."""
    print_ = np.ones((view.height, view.width, 3), np.float32)
    # A digit is written one to four lines high; lines are no nearer than a person can see in the
    # picture, and finer than what is written.
    spacing = max(size / rng.uniform(0.8, 4), 14 / view.short)
    width = max(min(rng.uniform(0.03, 0.06) * spacing, 0.6 * nib), 1 / view.short)
    colour = np.array(_LINES[rng.integers(len(_LINES))], np.float32) ** rng.uniform(0.4, 1.4)
    along = {"plain": (), "ruled": (y,), "squared": (y, x)}[kind.print]
    for across in along:
        offset = rng.uniform(0, spacing)
        away = abs((across - offset) % spacing - spacing / 2)
        print_ *= 1 - _band(away, width, view)[..., None] * (1 - colour)
    if along and rng.random() < 0.3:
        margin = abs(x - rng.uniform(-0.45, 0.45))
        red = np.array(_LINES[2], np.float32)
        print_ *= 1 - _band(margin, 1.5 * width, view)[..., None] * (1 - red)
    return print_


def _band(away: np.ndarray, width: float, view: _View) -> np.ndarray:
    """Return how much of each pixel a line covers whose middle is so far away."""
    return ((width / 2 - away) * view.short + 0.5).clip(0, min(1, width * view.short))


def _texture(view: _View, rng: np.random.Generator) -> np.ndarray:
    """Return the brightness of the paper's fibres, (h, w), around 1."""
    scale = rng.uniform(0.5, 2)
    return 1 + np.float32(rng.uniform(0.003, 0.02)) * _grain(view, scale, rng)


def _grain(view: _View, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Return noise, (h, w), of standard deviation 1 whose grains are some pixels wide."""
    from scipy import ndimage

    white = rng.standard_normal((view.height, view.width), np.float32)
    soft = ndimage.gaussian_filter(white, scale)
    return soft / soft.std()


def _written(
    sheet: np.ndarray,
    print_: np.ndarray,
    strokes: list[np.ndarray],
    kind: Kind,
    size: float,
    nib: float,
    view: _View,
    rng: np.random.Generator,
) -> np.ndarray:
    """Lay ink on the sheet; it lets as much of the print shine through as it does by chance."""
    path = np.concatenate(strokes)
    low, high = path.min(axis=0), path.max(axis=0)
    # Perspective and turn bring nothing that is this far from the edges out of the picture.
    reach = 0.36 * np.array([view.width, view.height]) / view.short
    room = (reach - (high - low) * size / 2).clip(0)
    middle = rng.uniform(-room, room)
    placed = [view.pixels((stroke - (low + high) / 2) * size + middle) for stroke in strokes]
    cover = _cover(placed, nib * view.short, view)
    if kind.tool == "pencil":
        # Graphite stays on the fibres that stand out.
        cover *= (0.75 + rng.uniform(0.1, 0.35) * _grain(view, 0.8, rng)).clip(0, 1)
        ink = np.full(3, rng.uniform(0.08, 0.3), np.float32)
    else:
        cover *= (0.95 + 0.05 * _grain(view, 4, rng)).clip(0, 1)
        inks = _MARKERS if kind.tool == "felt tip" else _INKS
        ink = np.array(inks[rng.integers(len(inks))], np.float32) + rng.uniform(0, 0.1)
    inked = ink * print_ ** rng.uniform(0, 1)
    return sheet + cover[..., None] * (inked - sheet)


def _cover(strokes: list[np.ndarray], width: float, view: _View) -> np.ndarray:
    """Return how much of each pixel the pen covers, (h, w)."""
    path = np.concatenate(strokes)
    corner = np.floor(path.min(axis=0) - width - 2).astype(int)
    side = int(np.ceil((path.max(axis=0) - corner).max() + width + 2))
    window = pen.draw([stroke - corner for stroke in strokes], width, side)
    cover = np.zeros((view.height, view.width), np.float32)
    left, top = corner.clip(0)
    seen = window[top - corner[1] :, left - corner[0] :][: view.height - top, : view.width - left]
    cover[top : top + seen.shape[0], left : left + seen.shape[1]] = seen
    return cover


def _laid(
    sheet: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    kind: Kind,
    view: _View,
    rng: np.random.Generator,
) -> np.ndarray:
    """Put the sheet on a table, or on a scanner's glass with a strip of its lid in sight."""
    reach = np.array([view.width, view.height]) / (2 * view.short)
    if kind.ground == "table":
        table = rng.uniform(0.02, 0.35, 3).astype(np.float32)[None, None]
        around = table * (1 + 0.15 * _grain(view, rng.uniform(1, 12), rng))[..., None]
        low, high = -reach * rng.uniform(0.82, 1.1, 2), reach * rng.uniform(0.82, 1.1, 2)
    elif kind.ground == "scanner":
        around = np.full(sheet.shape, rng.uniform(0.005, 0.1), np.float32)
        low, high = -reach * rng.uniform(0.9, 1.15, 2), reach * rng.uniform(0.9, 1.15, 2)
    else:
        return sheet
    inside = np.minimum(np.minimum(x - low[0], high[0] - x), np.minimum(y - low[1], high[1] - y))
    on = (inside * view.short + 0.5).clip(0, 1)[..., None]
    return around + on * (sheet - around)


def _light(kind: Kind, view: _View, rng: np.random.Generator) -> np.ndarray:
    """Return the light that falls on the sheet, (h, w, 3), 1 where it is brightest."""
    x, y = view.frame
    light = np.ones((view.height, view.width), np.float32)
    if kind.light != "even":
        towards = rng.uniform(0, math.tau)
        slope = math.cos(towards) * x + math.sin(towards) * y
        light *= 1 - np.float32(rng.uniform(0.1, 0.55)) * (slope - slope.min()) / np.ptp(slope)
        light *= 1 - np.float32(rng.uniform(0, 0.5)) * (x**2 + y**2)
    if kind.light.endswith("shadow"):
        edge = rng.uniform(0.004, 0.015) if kind.light == "hard shadow" else rng.uniform(0.08, 0.3)
        inside = (_inside_shadow(x, y, rng) / np.float32(edge) + 0.5).clip(0, 1)
        light *= 1 - np.float32(rng.uniform(0.25, 0.65)) * inside
    warm = rng.uniform(0.8, 1, 3).astype(np.float32)
    return light[..., None] * (warm / warm.max())


def _inside_shadow(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how far each pixel is inside the shadow of a straight edge, or of an arm."""
    towards = rng.uniform(0, math.tau)
    along = math.cos(towards) * x + math.sin(towards) * y
    across = math.cos(towards) * y - math.sin(towards) * x
    edge = rng.uniform(-0.3, 0.3)
    if rng.random() < 0.5:
        return along - np.float32(edge)
    thick = np.float32(rng.uniform(0.12, 0.3))
    beside = across - np.float32(rng.uniform(-0.4, 0.4))
    # A round end, and from there on a strip.
    return thick - np.hypot(beside, np.minimum(along - np.float32(edge), 0))


def _camera(radiance: np.ndarray, kind: Kind, view: _View, rng: np.random.Generator) -> np.ndarray:
    """Return what lens and sensor make of it, uint8 (h, w, 3)."""
    from scipy import ndimage

    blur = rng.uniform(1.2, 2) if kind.poor else rng.uniform(0.3, 0.9)
    soft = ndimage.gaussian_filter(radiance, (blur, blur, 0))
    exposed = soft / np.quantile(soft[::4, ::4], 0.99) * np.float32(rng.uniform(0.5, 1.05))
    levels = 255 * exposed.clip(0, 1) ** np.float32(1 / _GAMMA)
    noise = rng.uniform(5, 10) if kind.poor else rng.uniform(0.5, 4)
    levels += np.float32(noise) * rng.standard_normal(levels.shape, np.float32)
    return levels.round().clip(0, 255).astype(np.uint8)


def _file(image: Image.Image, kind: Kind, rng: np.random.Generator) -> bytes:
    """Save as a camera that may have been held sideways does."""
    orientation = int(rng.integers(1, 9))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = image if orientation == 1 else image.transpose(_STORED[orientation])
    quality = rng.integers(20, 41) if kind.poor else rng.integers(40, 91)
    file = io.BytesIO()
    stored.save(file, "JPEG", quality=int(quality), exif=exif)
    return file.getvalue()


# How a picture lies in the file so that the orientation, EXIF 2.3 section 4.6.4, turns it upright.
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
