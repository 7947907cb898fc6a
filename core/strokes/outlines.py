"""Outlines: closed shapes with something in them, on them or cut into them.

Each function draws one at random, in any unit and position, for `core.strokes.others`. A ring alone
is a zero, and so is one with a slash or a dot in it: those are never drawn.
"""

import math

import numpy as np

from core.strokes import digits
from core.strokes.digits import Strokes
from core.strokes.doodles import rotation

_POINTS = 16  # that an outline is drawn through
# Corners of angular outlines: a box, a diamond, a triangle, a house, a shield.
_ANGULAR = (
    [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)],
    [(0, -0.5), (0.5, 0), (0, 0.5), (-0.5, 0)],
    [(0, -0.5), (0.5, 0.5), (-0.5, 0.5)],
    [(0, -0.5), (0.5, -0.1), (0.4, 0.5), (-0.4, 0.5), (-0.5, -0.1)],
    [(-0.5, -0.5), (0.5, -0.5), (0.45, 0.1), (0, 0.5), (-0.45, 0.1)],
)


def holding_things(rng: np.random.Generator) -> Strokes:
    """Draw an outline with dots, dashes, arcs, rings or crosses scattered in it."""
    things = rng.integers(1, 6)
    # Alone, a dot, a dash or an arc may be the mark in somebody's zero.
    kinds = [0, 1, 2, 3, 4] if things > 1 else [3, 4]
    within: Strokes = []
    places = rng.permutation([(x, y) for x in (-0.2, 0, 0.2) for y in (-0.22, 0, 0.22)])
    for x, y in places[:things]:
        within += _thing(np.array([x, y]) + rng.normal(0, 0.02, 2), int(rng.choice(kinds)), rng)
    return [_outline(rng), *within]


def notched(rng: np.random.Generator) -> Strokes:
    """Draw a round outline with a notch, with or without a point on the other side, as a heart."""
    angles = np.linspace(0, math.tau, 60)
    at, wide, deep = rng.uniform(0, math.tau), rng.uniform(0.2, 0.5), rng.uniform(0.35, 0.75)
    if rng.random() < 0.5:
        at = -math.pi / 2  # from above
    away = abs((angles - at + math.pi) % math.tau - math.pi)
    radius = 1 - deep * np.exp(-((away / wide) ** 2))
    if rng.random() < 0.6:
        radius += rng.uniform(0.1, 0.5) * np.exp(-(((math.pi - away) / 0.35) ** 2))
    around = np.stack([radius * np.cos(angles), radius * np.sin(angles)], 1)
    around *= (rng.uniform(0.4, 0.62), 0.5)
    return [_uneven(around, rng)]


def with_parts(rng: np.random.Generator) -> Strokes:
    """Draw an outline with loops, spikes or legs on its rim, and sometimes something in it."""
    outline = _outline(rng)
    strokes = [outline]
    for place in rng.choice(len(outline), rng.integers(2, 6), replace=False):
        root = outline[place]
        out = root / max(float(np.hypot(*root)), 1e-3)
        across = out @ rotation(90)
        reach, half = rng.uniform(0.15, 0.5), rng.uniform(0.06, 0.2)
        match rng.integers(3):
            case 0:
                radii = (half, half * rng.uniform(0.8, 1.4))
                strokes.append(digits.arc(tuple(root + half * out), radii, 0, 360, rng, 0.01))
            case 1:
                corners = [root + half * across, root + reach * out, root - half * across]
                strokes.append(digits.line(corners, rng, 0.01))
            case _:
                strokes.append(digits.line([root, root + reach * out], rng, 0.02))
    if rng.random() < 0.4:
        strokes += _thing(rng.normal(0, 0.1, 2), int(rng.integers(5)), rng)
    return strokes


def _outline(rng: np.random.Generator) -> np.ndarray:
    """Draw a closed outline around (0, 0): mostly a ring, or with corners."""
    size = (rng.uniform(0.75, 1.15), rng.uniform(0.9, 1.1))
    if rng.random() < 0.3:
        corners = _ANGULAR[rng.integers(len(_ANGULAR))]
        return digits.line([*corners, corners[0]], rng, 0.02) * size
    angles = rng.uniform(0, math.tau) + np.linspace(0, rng.uniform(350, 390), _POINTS) / 57.3
    around = 0.5 * np.stack([np.cos(angles), np.sin(angles)], 1) * size
    return digits.curve(around, rng, rng.uniform(0, 0.025))


def _uneven(path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move each point of a path a little, most of it together with its neighbours."""
    drift = np.cumsum(rng.normal(0, 0.006, path.shape), axis=0)
    return path + drift - np.linspace(0, 1, len(path))[:, None] * drift[-1]


def _thing(place: np.ndarray, kind: int, rng: np.random.Generator) -> Strokes:
    """Draw a dot, a dash, an arc, a ring or a cross, small."""
    size = rng.uniform(0.06, 0.13)
    match kind:
        case 0:
            return [place[None] + rng.normal(0, 0.01, (2, 2))]
        case 1:
            along = np.array([size, 0]) @ rotation(rng.choice([0, 90, rng.uniform(0, 180)]))
            return [digits.line([place - along, place + along], rng, 0.01)]
        case 2:
            radii = (rng.uniform(1, 2) * size, size)
            start = rng.choice([0, 90, 180, 270])
            return [digits.arc(tuple(place), radii, start, rng.uniform(120, 200), rng, 0.01)]
        case 3:
            radii = (size, rng.uniform(0.7, 1.3) * size)
            return [digits.arc(tuple(place), radii, rng.uniform(0, 360), 360, rng, 0.01)]
        case _:
            arms = np.array([(-size, 0), (size, 0)]) @ rotation(rng.choice([0, 45]))
            return [digits.line(place + arms @ rotation(turn), rng, 0.01) for turn in (0, 90)]
