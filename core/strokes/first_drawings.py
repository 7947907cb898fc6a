"""First drawings: what people draw on an empty canvas to see what will be said of it.

Each function draws one at random, in any unit and position, for `core.strokes.others`. The gate is
trained on none of them: they show what it makes of outlines that are not digits.
"""

import math

import numpy as np

from core.strokes import digits
from core.strokes.digits import Strokes
from core.strokes.doodles import rotation


def face(rng: np.random.Generator) -> Strokes:
    """Draw a round face with two eyes and a mouth, at times with a nose, hair or ears."""
    wide, apart = rng.uniform(0.38, 0.55), rng.uniform(0.12, 0.22)
    strokes = [_ring((0, 0), (wide, 0.5), rng)]
    style, size, high = rng.integers(3), rng.uniform(0.03, 0.08), rng.uniform(-0.22, -0.08)
    for x in (-apart, apart):
        if style == 0:
            strokes.append(np.array([(x, high)]) + rng.normal(0, 0.008, (2, 2)))
        elif style == 1:
            strokes.append(digits.line([(x, high - size), (x, high + size)], rng, 0.01))
        else:
            strokes.append(_ring((x, high), (size, size), rng))
    middle, mouth = rng.uniform(0.08, 0.18), (rng.uniform(0.15, 0.3), rng.uniform(0.06, 0.2))
    match rng.integers(5):
        case 0:  # sad
            strokes.append(digits.arc((0, middle + 0.17), mouth, 200, 140, rng, 0.01))
        case 1:
            flat = [(-mouth[0], middle + 0.1), (mouth[0], middle + 0.1)]
            strokes.append(digits.line(flat, rng, 0.01))
        case _:
            strokes.append(digits.arc((0, middle), mouth, 20, 140, rng, 0.01))
    if rng.random() < 0.3:
        strokes.append(digits.line([(0, -0.05), (0.01, 0.08)], rng, 0.01))
    if rng.random() < 0.2:
        for x in (-0.2, 0, 0.2):
            strokes.append(digits.line([(x, -0.46), (1.3 * x, -0.66)], rng, 0.02))
    if rng.random() < 0.15:
        strokes += [_ring((side * (wide + 0.08), 0), (0.08, 0.12), rng) for side in (-1, 1)]
    return strokes


def star(rng: np.random.Generator) -> Strokes:
    """Draw a star of five or six points: across in one line, its outline, or two triangles."""
    points = 5 if rng.random() < 0.8 else 6
    if rng.random() < 0.5:
        corners = _around(2 * points, rng.normal(-math.pi / 2, 0.08))
        corners[1::2] *= rng.uniform(0.35, 0.55)
        return [digits.line([*corners, corners[0]], rng, 0.02)]
    corners = _around(points, rng.normal(-math.pi / 2, 0.08))
    if points == 5:
        return [digits.line([corners[2 * k % 5] for k in range(6)], rng, 0.02)]
    return [
        digits.line([*corners[first::2], corners[first], corners[first + 2]], rng, 0.02)
        for first in (0, 1)
    ]


def house(rng: np.random.Generator) -> Strokes:
    """Draw a house: walls, a roof, mostly a door and windows."""
    half, eaves = rng.uniform(0.35, 0.5), rng.uniform(-0.15, 0.05)
    top, over = rng.uniform(-0.6, -0.4), rng.uniform(0, 0.1)
    walls = [(-half, eaves), (-half, 0.5), (half, 0.5), (half, eaves)]
    roof = [(-half - over, eaves), (0, top), (half + over, eaves)]
    strokes = [digits.line(walls, rng, 0.015), digits.line(roof, rng, 0.015)]
    if rng.random() < 0.7:
        strokes.append(digits.line([(-half, eaves), (half, eaves)], rng, 0.015))
    if rng.random() < 0.8:
        x, high = rng.uniform(-0.25, 0.15), rng.uniform(0.15, 0.25)
        door = [(x, 0.5), (x, high), (x + 0.15, high), (x + 0.15, 0.5)]
        strokes.append(digits.line(door, rng, 0.01))
    if rng.random() < 0.5:
        x, y = 0.12, eaves + 0.08
        window = [(x, y), (x + 0.14, y), (x + 0.14, y + 0.13), (x, y + 0.13), (x, y)]
        strokes.append(digits.line(window, rng, 0.01))
    return strokes


def sun(rng: np.random.Generator) -> Strokes:
    """Draw a disc with rays, which touch it or not."""
    near, far = rng.uniform(1, 1.3), rng.uniform(1.6, 2.2)
    rays = _around(int(rng.integers(6, 13)), rng.uniform(0, math.tau))
    return [
        _ring((0, 0), (1, rng.uniform(0.9, 1.1)), rng),
        *(digits.line([near * ray, far * ray], rng, 0.04) for ray in rays),
    ]


def stick_figure(rng: np.random.Generator) -> Strokes:
    """Draw a person: a round head, a body, two arms and two legs."""
    head, shoulder, hip = rng.uniform(0.1, 0.18), rng.uniform(-0.1, 0.02), rng.uniform(0.12, 0.25)
    arm, lift, leg = rng.uniform(0.2, 0.4), rng.uniform(-0.2, 0.2), rng.uniform(0.12, 0.3)
    neck = -0.5 + 2 * head
    strokes = [
        _ring((0, -0.5 + head), (head, head), rng),
        digits.line([(0, neck), (0, hip)], rng, 0.01),
        digits.line([(0, hip), (-leg, 0.5)], rng, 0.02),
        digits.line([(0, hip), (leg, 0.5)], rng, 0.02),
    ]
    ends = [(-arm, shoulder + lift), (0, shoulder), (arm, shoulder + lift)]
    return [*strokes, digits.line(ends, rng, 0.02)]


def apple(rng: np.random.Generator) -> Strokes:
    """Draw an apple: two cheeks that meet in a dent above, a stalk, at times a leaf."""
    wide, dent = rng.uniform(0.45, 0.6), rng.uniform(0.08, 0.2)
    cheek = [(0, -0.4 + dent), (0.25, -0.42), (1, -0.1), (0.75, 0.35), (0.3, 0.5), (0, 0.45)]
    other = [(-x, y) for x, y in cheek[::-1]]
    strokes = [digits.curve(np.array([*cheek, *other]) * (wide, 1), rng, 0.015)]
    strokes.append(digits.curve([(0, -0.4 + dent), (0.03, -0.5), (0.1, -0.62)], rng, 0.01))
    if rng.random() < 0.4:
        strokes.append(_ring((0.2, -0.58), (0.12, 0.06), rng))
    return strokes


def clock(rng: np.random.Generator) -> Strokes:
    """Draw a clock or a wheel: a ring with two hands, or with spokes."""
    strokes = [_ring((0, 0), (0.5, 0.5), rng)]
    if rng.random() < 0.5:
        turn = rng.uniform(0, 360)
        spread = rng.choice([-1, 1]) * rng.uniform(45, 135)
        long, short = (0.42, 0) @ rotation(turn), (0.28, 0) @ rotation(turn + spread)
        return [*strokes, digits.line(np.stack([long, np.zeros(2), short]), rng, 0.01)]
    spokes = _around(int(rng.integers(3, 7)), rng.uniform(0, math.tau))
    return [*strokes, *(digits.line([(0, 0), 0.5 * spoke], rng, 0.01) for spoke in spokes)]


def tick_or_cross(rng: np.random.Generator) -> Strokes:
    """Draw a tick, a cross of two lines, or a plus."""
    if rng.random() < 0.5:
        low, right = rng.uniform(-0.25, -0.05), rng.uniform(0.35, 0.6)
        return [digits.line([(-0.45, rng.uniform(-0.05, 0.25)), (low, 0.45), (right, -0.5)], rng)]
    turn = rotation(rng.choice([0, 45]) + rng.normal(0, 5))
    arms = np.array([(-0.5, 0), (0.5, 0)]), np.array([(0, -0.5), (0, 0.5)])
    return [digits.line(arm @ turn, rng, 0.02) for arm in arms]


def signature(rng: np.random.Generator) -> Strokes:
    """Sign: a large first letter that runs into waves, at times underlined."""
    high = rng.uniform(0.6, 1.2)
    first = np.array([(0, 0.2), (0.15, -high), (0.35, -0.5 * high), (0.1, 0.0), (0.45, 0.15)])
    waves = rng.integers(6, 14)
    x = 0.5 + np.cumsum(rng.uniform(0.06, 0.2, waves))
    y = 0.12 - np.where(np.arange(waves) % 2, 0, rng.uniform(0.08, 0.35, waves))
    strokes = [digits.curve(np.concatenate([first, np.stack([x, y], 1)]), rng, 0.03)]
    if rng.random() < 0.4:
        strokes.append(digits.line([(0.1, 0.35), (x[-1], 0.25)], rng, 0.03))
    return strokes


def _ring(
    middle: tuple[float, float], radii: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    sweep = rng.choice([-1, 1]) * rng.uniform(350, 380)
    return digits.arc(middle, radii, rng.uniform(0, 360), sweep, rng, 0.015 * max(radii) / 0.5)


def _around(count: int, start: float) -> np.ndarray:
    """Return points on a circle of radius 1: float64 (count, 2)."""
    angles = start + np.arange(count) * math.tau / count
    return np.stack([np.cos(angles), np.sin(angles)], 1)
