"""Generator of digits, in styles that people use and MNIST has few of.

MNIST was written by Americans. Elsewhere a 1 has a long flag and sometimes a foot, a 7 a bar, a 0 a
slash; a 4 is open or closed, a 5 is one stroke or two. Each function below writes one digit in one
of its styles as strokes through a few points. `write` distorts the result as hands do. The shapes
follow how the digits are taught, and what the training writers of pendigits (Alpaydin and Alimoglu
1996) make of them: their drawings were looked at, not fitted.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

Strokes = list[np.ndarray]

_STEPS = 8  # points of a curve for each one that it is drawn through


def write(digit: int, rng: np.random.Generator) -> Strokes:
    """Write a digit in a style and with a hand drawn at random.

    Parameters
    ----------
    digit : int
        0 to 9.
    rng : numpy.random.Generator
        Determines the style and the hand.

    Returns
    -------
    list of float64 array, shape (points, 2)
        x and y of each stroke, y downwards. The centre of their bounding box is (0, 0), and its
        longer side is 1.

    Examples
    --------
    >>> from core.strokes import pen
    >>> strokes = write(3, np.random.default_rng(3))
    >>> ink = pen.draw([200 * stroke + 140 for stroke in strokes], width=18, side=280)
    >>> ink.shape
    (280, 280)
    """
    return fit(by_hand(_WRITERS[digit](rng), rng))


def fit(strokes: Strokes) -> Strokes:
    """Move and scale strokes: centre of their bounding box at (0, 0), its longer side 1."""
    points = np.concatenate(strokes)  # (points, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    return [(stroke - (low + high) / 2) / max((high - low).max(), 1e-6) for stroke in strokes]


def by_hand(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """Slant, stretch, rotate and bend strokes a little, the same for all strokes of a drawing."""
    return _distorted(strokes, rng, turn=6, slant=(0.12, 0.2), stretch=0.18)


def varied(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """Change a person's strokes as their own hand might: as `by_hand`, but less, to all sides."""
    return _distorted(strokes, rng, turn=5, slant=(0, 0.12), stretch=0.12)


def _distorted(
    strokes: Strokes,
    rng: np.random.Generator,
    turn: float,
    slant: tuple[float, float],
    stretch: float,
) -> Strokes:
    """Distort strokes; degrees, mean and spread of the slant, and the spread of a logarithm."""
    angle, leaning = math.radians(rng.normal(0, turn)), rng.normal(*slant)
    wide = math.exp(rng.normal(0, stretch))
    linear = (
        np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        @ np.array([[1, -leaning], [0, 1]])
        @ np.array([[wide, 0], [0, 1]])
    )
    waves = rng.normal(0, 0.025, (3, 2))
    frequency, phase = rng.uniform(2, 7, (3, 2)), rng.uniform(0, math.tau, 3)

    def bent(stroke: np.ndarray) -> np.ndarray:
        angles = stroke @ frequency.T + phase
        return (stroke + np.sin(angles) @ waves) @ linear.T

    return [bent(stroke) for stroke in strokes]


def curve(points: ArrayLike, rng: np.random.Generator, sway: float = 0.03) -> np.ndarray:
    """Return a smooth stroke through points, each moved at random first.

    A uniform Catmull-Rom spline (Catmull and Rom 1974).
    """
    through = np.array(points)  # (n, 2)
    through = through + rng.normal(0, sway, through.shape)
    ends = np.concatenate(
        [2 * through[:1] - through[1:2], through, 2 * through[-1:] - through[-2:-1]]
    )
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    before, start, end, after = (ends[k : len(ends) - 3 + k, None] for k in range(4))
    pieces = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate([pieces.reshape(-1, 2), through[-1:]])  # (points, 2)


def line(points: ArrayLike, rng: np.random.Generator, sway: float = 0.03) -> np.ndarray:
    """Return a stroke with corners at points, each moved at random first."""
    corners = np.array(points)  # (n, 2)
    corners = corners + rng.normal(0, sway, corners.shape)
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    return np.concatenate(
        [(corners[:-1, None] * (1 - t) + corners[1:, None] * t).reshape(-1, 2), corners[-1:]]
    )


def arc(
    middle: tuple[float, float],
    radii: tuple[float, float],
    start: float,
    sweep: float,
    rng: np.random.Generator,
    sway: float = 0.03,
) -> np.ndarray:
    """Return a stroke along an ellipse; angles in degrees, 0 to the right, clockwise positive."""
    angles = np.radians(start + np.linspace(0, sweep, max(5, int(abs(sweep) // 40))))
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii + middle  # (k, 2)
    return curve(around.tolist(), rng, sway)


def _zero(rng: np.random.Generator) -> Strokes:
    wide, side = rng.uniform(0.2, 0.48), rng.choice([-1, 1], p=[0.75, 0.25])
    ring = arc((0, 0), (wide, 0.5), rng.uniform(-130, -50), side * rng.uniform(325, 400), rng)
    style = rng.random()
    if style < 0.35:  # a slash, within the ring or far beyond it, rarely the other way
        x, y = rng.uniform(0.1, 1.35) * wide, rng.uniform(0.25, 1)
        x *= rng.choice([1, -1], p=[0.9, 0.1])
        return [ring, line([(x, -y), (-x, y)], rng)]
    if style < 0.4:
        return [ring, line([(0, -0.08), (0.02, 0.08)], rng)]
    if style < 0.46:  # a bar, within the ring or beyond it; across a narrow one it would be an 8
        half, rise = rng.uniform(0.5, 1.4) * wide, rng.uniform(-0.05, 0.05)
        widen = max(1, 0.32 / wide)
        return [ring * (widen, 1), line([(-half * widen, rise), (half * widen, -rise)], rng)]
    if style < 0.55:  # a tail at the top, where the pen entered or left
        tail = curve([(0.05, -0.5), (0.2 + wide / 2, -0.5), (0.3 + wide / 2, -0.6)], rng)
        return [ring, tail]
    return [ring]


def _one(rng: np.random.Generator) -> Strokes:
    style = rng.random()
    rise = rng.uniform(0, 0.12)
    foot = [(-rng.uniform(0.1, 0.4), 0.5 + rise), (rng.uniform(0.1, 0.4), 0.5 - rise)]
    if style < 0.2:
        return [line([(0, -0.5), (0, 0.5)], rng, 0.02)]
    # The flag rises to the top; in a 7 the bar lies flat.
    reach, drop = rng.uniform(0.1, 0.55), rng.uniform(0.1, 0.65)
    drop = max(drop, 0.55 * reach)
    flag = [(-reach, -0.5 + drop), (0, -0.5)]
    if style < 0.6:
        if rng.random() < 0.3:
            strokes = [curve([flag[0], (-reach / 3, -0.5 + drop / 2), flag[1]], rng, 0.02)]
            strokes.append(line([flag[1], (0, 0.5)], rng, 0.02))
        else:
            strokes = [line([*flag, (0, 0.5)], rng, 0.02)]
    elif style < 0.75:  # a flag that swings into a bent leg without a corner
        over, end = rng.uniform(0.02, 0.1), rng.uniform(-0.25, 0.05)
        drop = max(drop, 0.8 * reach)
        swing = [(-reach, -0.5 + drop), (-reach / 2, -0.53 + drop / 2), (over, -0.5), (over, -0.35)]
        # With a foot it would be a 2.
        return [curve([*swing, (over + end / 2, 0.05), (end, 0.5)], rng, 0.02)]
    elif style < 0.79:  # a flag that closes to a ring
        eye = [(-0.02, -0.25), (-0.13, -0.35), (-0.02, -0.5), (0.06, -0.38)]
        strokes = [curve([*eye, (0.03, 0), (0, 0.5)], rng, 0.015)]
    else:
        strokes = [line([flag[1], (0, 0.5)], rng, 0.02), line(flag, rng, 0.02)]
    if rng.random() >= 0.35:
        return strokes
    if style < 0.79 and rng.random() < 0.3:  # the foot without lifting the pen
        return [*strokes[:-1], np.concatenate([strokes[-1], line(foot, rng)])]
    return [*strokes, line(foot, rng)]


def _two(rng: np.random.Generator) -> Strokes:
    top = [(-0.28, -0.3), (-0.1, -0.48), (0.15, -0.46), (0.27, -0.27), (0.15, 0.0), (-0.12, 0.28)]
    style = rng.random()
    if style < 0.4:  # a corner, and a straight base
        return [
            np.concatenate(
                [curve([*top, (-0.32, 0.47)], rng), line([(-0.32, 0.47), (0.33, 0.47)], rng)]
            )
        ]
    if style < 0.7:  # a loop at the foot
        loop = [(-0.3, 0.44), (-0.3, 0.28), (-0.12, 0.32), (0.1, 0.46), (0.35, 0.42)]
        return [curve([*top, *loop], rng)]
    if style < 0.9:  # like a swan
        return [curve([*top, (-0.32, 0.45), (0.0, 0.4), (0.33, 0.48)], rng)]
    return [line([(-0.3, -0.45), (0.25, -0.45), (-0.3, 0.47), (0.33, 0.47)], rng)]


def _three(rng: np.random.Generator) -> Strokes:
    low = [(0.22, 0.08), (0.27, 0.3), (0.08, 0.48), (-0.15, 0.46), (-0.28, 0.33)]
    style = rng.random()
    if style < 0.2:  # a flat top with corners
        head = line([(-0.25, -0.47), (0.25, -0.47), (-0.02, -0.08)], rng)
        return [np.concatenate([head, curve([(-0.02, -0.08), *low], rng)])]
    high = [(-0.25, -0.36), (-0.08, -0.49), (0.15, -0.45), (0.22, -0.28), (0.08, -0.08)]
    waist = [(-0.08, -0.03)] if style < 0.6 else [(-0.08, -0.06), (-0.06, 0.03), (0.06, -0.01)]
    if style > 0.85:
        waist = [(-rng.uniform(0.0, 0.2), -0.03)]
        return [curve([*high, *waist], rng), curve([*waist, *low], rng)]
    return [curve([*high, *waist, *low], rng)]


def _four(rng: np.random.Generator) -> Strokes:
    style, bar = rng.random(), rng.uniform(0.02, 0.28)
    right = rng.uniform(0.28, 0.45)
    stem_x = rng.uniform(0.08, 0.25)
    if style < 0.08:  # parts that are apart: a stem beside the bar's end, or below it
        start, gap = rng.uniform(-0.15, 0.1), rng.uniform(0.03, 0.12)
        first = line([(start, -0.5), (start - rng.uniform(0.1, 0.3), bar), (0.15, bar)], rng)
        top = bar + (gap / 2 if rng.random() < 0.2 else rng.uniform(-0.4, -0.1))
        return [first, line([(0.17 + gap, top), (0.14 + gap, 0.5)], rng, 0.02)]
    if style < 0.16:  # open, in one stroke: the stem hangs from the bar's end
        start, turn = rng.uniform(-0.3, 0), rng.uniform(0.05, 0.2)
        hook = [
            (start, -0.5),
            (start - turn, bar - 0.1),
            (start - turn / 2, bar),
            (0.2, bar - 0.08),
        ]
        stem = line([(0.22, bar - rng.uniform(0.08, 0.2)), (rng.uniform(0.08, 0.24), 0.5)], rng)
        return [np.concatenate([curve(hook, rng, 0.02), stem])]
    if style < 0.5:  # open: down, across, then the stem as its own stroke
        start = rng.uniform(-0.3, 0.05)
        first = line([(start, -0.5), (start - rng.uniform(0.02, 0.3), bar), (right, bar)], rng)
        top = rng.uniform(-0.5, bar - 0.15)
        return [first, line([(stem_x + 0.02, top), (stem_x - 0.03, 0.5)], rng)]
    if style < 0.65:  # open and round
        cup = curve([(-0.25, -0.45), (-0.28, -0.15), (-0.1, 0.05), (0.2, 0.0), (0.25, -0.05)], rng)
        return [cup, line([(0.27, -0.45), (0.22, 0.5)], rng)]
    if style < 0.9:  # closed: a triangle, in one stroke or two
        first = line([(stem_x, -0.5), (-0.33, bar), (right, bar)], rng)
        return [first, line([(stem_x, -0.5), (stem_x - 0.02, 0.5)], rng)]
    return [line([(right, bar), (-0.33, bar), (stem_x, -0.5), (stem_x, 0.5)], rng)]


def _five(rng: np.random.Generator) -> Strokes:
    bowl = [(-0.22, -0.1), (0.02, -0.17), (0.24, 0.02), (0.24, 0.28), (0.02, 0.48), (-0.28, 0.38)]
    left = rng.uniform(-0.26, -0.15)
    reach = rng.uniform(0.12, 0.38)
    style = rng.random()
    if style < 0.35:  # one stroke, from the right end of the bar
        head = line([(reach, -0.48), (left, -0.48), (-0.22, -0.1)], rng)
        return [np.concatenate([head, curve(bowl, rng)])]
    if style < 0.5:  # nearly an S
        return [curve([(reach, -0.46), (-0.05, -0.48), (-0.24, -0.3), *bowl[1:]], rng)]
    body = np.concatenate([line([(left, -0.46), (-0.22, -0.1)], rng, 0.02), curve(bowl, rng)])
    # The bar as its own stroke: seldom exactly where the body begins.
    start = np.array([left, -0.48]) + rng.normal(0, 0.06, 2)
    bar = line([tuple(start), (start[0] + reach + 0.15, start[1] + rng.normal(0, 0.04))], rng, 0.02)
    return [body, bar]


def _six(rng: np.random.Generator) -> Strokes:
    reach, waist = rng.uniform(-0.05, 0.3), rng.uniform(-0.12, 0.12)
    stem = [(reach, -0.5), (-0.15 + reach / 3, -0.25), (-0.27, 0.15)]
    loop = [(-0.18, 0.42), (0.05, 0.5), (0.26, 0.3), (0.18, waist), (-0.02, waist), (-0.24, 0.25)]
    return [curve(stem + loop[: rng.integers(5, 7)], rng)]


def _seven(rng: np.random.Generator) -> Strokes:
    foot, right = rng.uniform(-0.25, 0.15), rng.uniform(0.2, 0.36)
    left = rng.uniform(-0.38, -0.2)
    tilt = rng.normal(0, 0.04)
    bar = [(left, -0.46 + tilt), (right, -0.46)]
    style = rng.random()
    if style < 0.25:  # a hook where the bar begins
        bar = [(left, -0.46 + rng.uniform(0.06, 0.2)), *bar]
    if style < 0.6:
        head = [line([*bar, (foot, 0.5)], rng, 0.025)]
    elif style < 0.8:  # a bent leg
        leg = curve([bar[-1], (0.05 + foot / 2, 0.0), (foot, 0.5)], rng)
        head = [np.concatenate([line(bar, rng, 0.025), leg])]
    else:
        return _round_seven(left, right, foot, rng)
    if rng.random() < 0.5:
        middle, half = (right + foot) / 2, rng.uniform(0.12, 0.28)
        y, rise = rng.uniform(-0.08, 0.12), rng.uniform(-0.08, 0.08)
        head.append(line([(middle - half, y + rise), (middle + half, y - rise)], rng, 0.02))
    return head


def _round_seven(left: float, right: float, foot: float, rng: np.random.Generator) -> Strokes:
    """Write a 7 with a round top, often with a foot that curls and a bar that lies low."""
    droop = rng.uniform(0.04, 0.2)
    arch = [(left, -0.46 + droop), (left / 2, -0.49), (right * 0.6, -0.48), (right, -0.36)]
    foot = min(foot, 0.02)
    leg = [(right * 0.75 + foot * 0.2, -0.08), (foot + 0.06, 0.3)]
    ends = (
        [(foot, 0.5)],
        [(foot - 0.04, 0.46), (foot - rng.uniform(0.1, 0.2), 0.44)],
        [(foot, 0.44), (foot + 0.06, 0.5), (foot + rng.uniform(0.1, 0.2), 0.46)],
    )
    if rng.random() < 0.2:  # without a bar a foot that curls would make it a 2
        return [curve([*arch, *leg, *ends[0]], rng, 0.02)]
    head = curve([*arch, *leg, *ends[rng.choice(3, p=[0.5, 0.3, 0.2])]], rng, 0.02)
    y, rise = rng.uniform(-0.05, 0.25), rng.uniform(-0.02, 0.08)
    middle = foot + (right - foot) * (0.5 - y)
    start = middle - rng.uniform(0.12, 0.3)
    bar = [(start, y + rise), (middle + rng.uniform(0.12, 0.35), y - rise)]
    if rng.random() < 0.4:  # the pen comes from above or from below
        bar = [(start - 0.02, y + rise + rng.choice([-0.07, 0.07])), *bar]
    return [head, curve(bar, rng, 0.02)]


def _eight(rng: np.random.Generator) -> Strokes:
    style, top = rng.random(), rng.uniform(0.15, 0.26)
    if style < 0.3:  # two rings
        upper = arc((0, -0.25), (top, 0.25), -90, rng.choice([-1, 1]) * rng.uniform(340, 390), rng)
        lower = arc((0, 0.24), (0.27, 0.26), -90, rng.choice([-1, 1]) * rng.uniform(340, 390), rng)
        return [upper, lower]
    start = (rng.uniform(0.05, 0.28), rng.uniform(-0.46, -0.32))
    down = [(-0.05, -0.5), (-top, -0.3), (0.0, -0.03), (0.26, 0.22), (0.02, 0.5), (-0.27, 0.25)]
    up = [(-0.02, 0.0), (top, -0.25), (rng.uniform(0.0, 0.2), -0.45)]
    if style < 0.4:  # open at the top
        up = [(-0.02, 0.0), (0.2, -0.2), (rng.uniform(0.2, 0.35), -0.4)]
    stroke = curve([start, *down, *up], rng)
    return [stroke * (-1, 1)] if rng.random() < 0.15 else [stroke]


def _nine(rng: np.random.Generator) -> Strokes:
    waist, foot = rng.uniform(-0.05, 0.12), rng.uniform(-0.2, 0.22)
    loop = [(0.24, -0.35), (0.02, -0.5), (-0.25, -0.3), (-0.15, waist), (0.08, waist - 0.02)]
    joint = (0.25, -0.3)
    style = rng.random()
    if style < 0.4:  # a straight leg
        leg = line([joint, (foot, 0.5)], rng, 0.02)
    elif style < 0.6:
        leg = curve([joint, (0.22, 0.1), (foot, 0.5)], rng)
    elif style < 0.8:  # a hook
        leg = curve([joint, (0.24, 0.15), (0.1, 0.46), (-0.1, 0.5), (-0.25, 0.38)], rng)
    elif style < 0.88:  # a tail to the right
        out = rng.uniform(0.1, 0.25)
        leg = curve([joint, (0.16, 0.2), (foot / 2, 0.45), (foot / 2 + out, 0.46)], rng, 0.02)
    else:
        return [_small_nine(rng)]
    ring = curve([*loop, joint], rng)
    return [np.concatenate([ring, leg])] if rng.random() < 0.7 else [ring, leg]


def _small_nine(rng: np.random.Generator) -> np.ndarray:
    """Write a 9 with a small ring, a waist beside it and a long tail to the left."""
    low, size = rng.uniform(-0.22, -0.08), rng.uniform(0.8, 1.4)
    ring = [(0.14, -0.41), (0.0, -0.5), (-0.15, -0.36), (-0.06, low), (0.11, low - 0.12)]
    back = [(0.14, -0.42), (rng.uniform(0.08, 0.18), low + 0.05)]
    reach = rng.uniform(0.1, 0.42)
    tail = [(0.22, low + 0.27), (0.16, 0.38), (0.0, 0.49), (-reach, rng.uniform(0.38, 0.52))]
    return curve([*(np.array([*ring, *back]) * (size, 1)), *tail], rng, 0.02)


_WRITERS = (_zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine)
