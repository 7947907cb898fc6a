"""Doodles: meaningless strokes such as scribbles, loops and zigzags, for `core.strokes.others`.

Each function draws one at random, in any unit, position and direction.
"""

import math

import numpy as np

from core.strokes import digits
from core.strokes.digits import Strokes


def made_up(rng: np.random.Generator) -> Strokes:
    """Join some lines and curves at points of a grid, as an unknown script might."""
    places = np.linspace(-0.5, 0.5, rng.choice([3, 4]))
    grid = np.array([(x, y) for x in places for y in places])
    strokes = []
    for _ in range(rng.integers(2, 6)):
        path = grid[rng.choice(len(grid), rng.integers(2, 5), replace=False)]
        strokes.append((digits.curve if rng.random() < 0.5 else digits.line)(path, rng, 0.05))
    return strokes


def parts(rng: np.random.Generator) -> Strokes:
    """Draw lines, arcs, rings, corners and curves, each from the end of the last or elsewhere."""
    strokes: Strokes = []
    for _ in range(rng.integers(2, 6)):
        goes_on = strokes and rng.random() < 0.6
        start = strokes[-1][-1] if goes_on else rng.uniform(-0.5, 0.5, 2)
        strokes.append(_part(start, rng))
    return strokes


def _part(start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    match rng.integers(5):
        case 0:  # a line, mostly vertical, horizontal or diagonal
            angle = rng.choice([0, 45, 90, 135, 180, 270, rng.uniform(0, 360)])
            end = start + (rng.uniform(0.3, 1), 0) @ rotation(angle)
            return digits.line([start, end], rng, 0.02)
        case 1:
            sweep = rng.choice([-1, 1]) * rng.uniform(90, 270)
            return _arc_from(start, rng.uniform(0.12, 0.4, 2), sweep, rng)
        case 2:  # a ring
            radius = rng.uniform(0.1, 0.35)
            radii = np.array([radius, radius * rng.uniform(0.7, 1.4)])
            return _arc_from(start, radii, rng.choice([-360, 360]), rng)
        case 3:  # corners
            steps = rng.choice([-0.4, 0, 0.4], (rng.integers(2, 4), 2)) + rng.normal(0, 0.05, 2)
            return digits.line(np.cumsum([start, *steps], axis=0), rng, 0.02)
        case _:
            steps = rng.uniform(-0.5, 0.5, (rng.integers(2, 5), 2))
            return digits.curve(np.cumsum([start, *steps], axis=0), rng, 0.02)


def _arc_from(
    start: np.ndarray, radii: np.ndarray, sweep: float, rng: np.random.Generator
) -> np.ndarray:
    angle = rng.uniform(0, 360)
    middle = start - radii * (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    return digits.arc(tuple(middle), tuple(radii), angle, sweep, rng, 0.02)


def stems_and_bowls(rng: np.random.Generator) -> Strokes:
    """Combine the parts of letters as no alphabet does."""
    strokes = []
    for _ in range(rng.integers(3, 5)):
        x, y = rng.choice([-0.35, 0, 0.35]), rng.choice([-0.5, 0, 0.5])
        top = rng.choice([-0.5, 0])
        whole = rng.random() < 0.5
        middle, high = ((0, 0), 0.5) if whole else ((0, top + 0.25), 0.25)
        match rng.integers(4):
            case 0:
                strokes.append(digits.line([(x, -0.5 if whole else top), (x, 0.5)], rng))
            case 1:
                strokes.append(digits.line([(-0.35, y), (0.35, y)], rng))
            case 2:
                side = rng.choice([-0.35, 0.35])
                strokes.append(digits.line([(side, -0.5), (x, 0.5 if whole else 0)], rng))
            case 3:
                start = rng.choice([-90, 0, 90, 180])
                strokes.append(digits.arc(middle, (0.35, high), start, rng.uniform(150, 240), rng))
    return strokes


def doodle(rng: np.random.Generator) -> Strokes:
    """Draw one or two smooth lines through random points."""
    return [
        digits.curve(rng.uniform(-0.5, 0.5, (rng.integers(6, 14), 2)), rng)
        for _ in range(rng.integers(1, 3))
    ]


def zigzag(rng: np.random.Generator) -> Strokes:
    """Draw a line with corners at random points."""
    return [digits.line(rng.uniform(-0.5, 0.5, (rng.integers(5, 12), 2)), rng)]


def scribble(rng: np.random.Generator) -> Strokes:
    """Scribble as if to fill a patch."""
    turns = rng.integers(5, 16)
    across = np.tile([-0.5, 0.5], turns)[:turns] * rng.uniform(0.4, 1, turns)
    path = np.stack([across, np.linspace(-0.5, 0.5, turns)], 1) * (1, rng.uniform(0.3, 1.5))
    turned = path @ rotation(rng.uniform(0, 360))
    return [(digits.curve if rng.random() < 0.6 else digits.line)(turned, rng, 0.05)]


def arc_or_dash(rng: np.random.Generator) -> Strokes:
    """Draw a dash, an arch, a bowl or a hook: less than a digit, and not as upright as a 1."""
    if rng.random() < 0.4:
        slope = rng.uniform(-25, 25)
        return [digits.line(np.array([(-0.5, 0), (0.5, 0)]) @ rotation(slope), rng, 0.01)]
    radii = (0.5, rng.uniform(0.3, 0.9))
    return [digits.arc((0, 0), radii, rng.choice([0, 90, 180]), rng.uniform(120, 230), rng)]


def dots(rng: np.random.Generator) -> Strokes:
    """Tap the pen once or several times."""
    spread = rng.uniform(-0.5, 0.5, (rng.choice([1, 2, 3, 5, 10, 20]), 1, 2))
    return list(spread)


def loops(rng: np.random.Generator) -> Strokes:
    """Draw a row of loops, as in cursive writing without letters."""
    turns = rng.uniform(2.5, 6)
    t = np.linspace(0, turns * math.tau, int(20 * turns))
    size = 1 + 0.3 * np.sin(t * rng.uniform(0.05, 0.4) + rng.uniform(0, 6))
    x = t * rng.uniform(0.1, 0.5) + size * np.cos(t)
    return [np.stack([x, size * np.sin(t) * rng.uniform(0.8, 2)], 1) @ rotation(rng.normal(0, 20))]


def spiral(rng: np.random.Generator) -> Strokes:
    """Draw a spiral from its centre, in either direction."""
    turns = rng.uniform(2.2, 5)
    t = np.linspace(0, turns * math.tau, int(24 * turns))
    side = rng.choice([-1, 1])
    return [np.stack([t * np.cos(t), side * t * np.sin(t)], 1) @ rotation(rng.uniform(0, 360))]


def wandering(rng: np.random.Generator) -> Strokes:
    """Draw a wandering path that keeps its direction for a while."""
    heading = np.cumsum(rng.normal(0, rng.uniform(0.4, 0.8), rng.integers(100, 200)))
    heading += rng.uniform(0, math.tau)
    return [np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), 0)]


def hatching(rng: np.random.Generator) -> Strokes:
    """Draw parallel lines, or two sets of them that cross."""
    strokes = []
    for angle in [0, 90] if rng.random() < 0.5 else [0]:
        for offset in np.linspace(-0.5, 0.5, rng.integers(3, 7)):
            path = np.array([(-0.5, offset), (0.5, offset)]) @ rotation(angle)
            strokes.append(digits.line(path, rng, 0.03))
    turn = rotation(rng.uniform(0, 180))
    return [stroke @ turn for stroke in strokes]


def rosette(rng: np.random.Generator) -> Strokes:
    """Draw a flower in one line, with narrow or wide petals."""
    t = np.linspace(0, math.tau, 120)
    radius = rng.uniform(0, 1.2) + np.cos(rng.integers(3, 8) * t + rng.uniform(0, math.tau))
    return [np.stack([radius * np.cos(t), radius * np.sin(t)], 1)]


def rotation(degrees: float) -> np.ndarray:
    """Return the matrix that rotates points, as rows, clockwise on a picture."""
    angle = math.radians(degrees)
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
