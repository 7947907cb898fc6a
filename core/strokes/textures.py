"""Textures: pictures without writing, such as patches, noise and synthetic photographs.

Each function makes one at random: ink, float32 in [0, 1], or grey, uint8, whose ink must still be
found. For `core.strokes.others`.
"""

import math

import numpy as np

from core.strokes.doodles import rotation

SIDE = 84  # pixels of a picture: three for each of the 28


def patches(rng: np.random.Generator) -> np.ndarray:
    """Draw several round patches of ink."""
    smooth = _smooth(rng, rng.uniform(0.06, 0.2))
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return _edge(smooth - 1.5 * (x**2 + y**2) + rng.uniform(0, 0.5))


def polygon(rng: np.random.Generator) -> np.ndarray:
    """Draw a filled polygon."""
    corners = rng.integers(3, 8)
    angles = np.sort(
        rng.uniform(0, math.tau)
        + math.tau * (np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) / corners
    )
    far = rng.uniform(0.5, 1, corners)
    path = np.stack([np.cos(angles), np.sin(angles)], 1) * far[:, None] * 0.75
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    inside = np.zeros((SIDE, SIDE), bool)
    for (x0, y0), (x1, y1) in zip(path, np.roll(path, -1, 0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0 + 1e-9) + x0)
    return inside.astype(np.float32)


def _edge(height: np.ndarray) -> np.ndarray:
    return (20 * height + 0.5).clip(0, 1).astype(np.float32)


def _smooth(rng: np.random.Generator, scale: float) -> np.ndarray:
    """Noise that is smooth over a share of the picture's side; standard deviation 1."""
    waves = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]) * SIDE
    noise = np.fft.irfft2(waves * np.exp(-((frequency * scale * math.pi) ** 2) / 2), (SIDE, SIDE))
    noise -= noise.mean()
    return noise / noise.std()


def _grey(values: np.ndarray) -> np.ndarray:
    return (128 + 127 * values.clip(-1, 1)).astype(np.uint8)


def white_noise(rng: np.random.Generator) -> np.ndarray:
    """Make squares of independent greys."""
    cell = rng.choice([2, 4, 8, 14])
    cells = rng.standard_normal((SIDE // cell, SIDE // cell)) * rng.uniform(0.3, 2)
    return _grey(cells.repeat(cell, 0).repeat(cell, 1))  # (84, 84)


def clouds(rng: np.random.Generator) -> np.ndarray:
    """Make smooth clouds, like an unfocused photograph."""
    return _grey(_smooth(rng, rng.uniform(0.02, 0.3)) * rng.uniform(0.2, 1))


def stripes(rng: np.random.Generator) -> np.ndarray:
    """Make stripes with soft or hard edges."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    angle = rng.uniform(0, math.pi)
    wave = np.sin(math.tau * rng.uniform(2, 12) * (x * math.cos(angle) + y * math.sin(angle)))
    return _grey(wave * rng.uniform(0.3, 3) + rng.uniform(0, 0.3) * _smooth(rng, 0.02))


def checks(rng: np.random.Generator) -> np.ndarray:
    """Make a rotated chequered pattern."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    turned = np.stack([x, y], -1) @ rotation(rng.uniform(0, 90))  # (84, 84, 2)
    tile = np.floor(turned * rng.uniform(2, 10)).sum(-1) % 2
    return _grey((2 * tile - 1) * rng.uniform(0.3, 1) + 0.1 * _smooth(rng, 0.01))


def grain(rng: np.random.Generator) -> np.ndarray:
    """Make a close-up of rough paper or a wall, with dark specks and light from one side."""
    fine = _smooth(rng, rng.uniform(0.01, 0.04))
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    light = rng.uniform(-0.3, 0.3) * x + rng.uniform(-0.3, 0.3) * y
    return _grey(0.8 + light - 0.1 * np.exp(rng.uniform(0.8, 1.5) * fine))


def greys(rng: np.random.Generator) -> np.ndarray:
    """Overlay patches of even grey, like those of rooms and landscapes."""
    levels = np.zeros((SIDE, SIDE))
    for _ in range(rng.integers(2, 6)):
        levels += rng.uniform(0.2, 0.6) * np.sign(_smooth(rng, rng.uniform(0.05, 0.3)))
    return _grey(levels + rng.uniform(0, 0.1) * _smooth(rng, 0.005))
