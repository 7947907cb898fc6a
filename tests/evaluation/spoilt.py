"""Images for the tests of corruptions, and what becomes of them."""

import numpy as np

from core.evaluation.corruptions import CORRUPTIONS


def spoil(name, images, severity=None, seed=0):
    return CORRUPTIONS[name](np.asarray(images), np.random.default_rng(seed), severity)


def blank(n=1, value=0):
    return np.full((n, 28, 28), value, np.uint8)


def dot(row, column, n=40):
    images = blank(n)
    images[:, row - 1 : row + 2, column - 1 : column + 2] = 255
    return images


def centres(images):
    """Row and column of each image's centre of mass, (n, 2)."""
    mass = images.astype(float)
    axis = np.arange(28)
    total = mass.sum(axis=(1, 2))
    return np.stack([mass.sum(axis=2) @ axis / total, mass.sum(axis=1) @ axis / total], axis=1)
