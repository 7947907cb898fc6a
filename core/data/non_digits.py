"""Non-digits in MNIST's form: what the gate is trained and measured on."""

import numpy as np

from core.reading.ink import find_ink
from core.reading.normalise import INK_THRESHOLD, as_bytes, as_floats, to_mnist
from core.strokes import others


def draw(kind: others.Kind, n: int, seed: int) -> np.ndarray:
    """Draw one kind of non-digit, and bring it to 28x28 by the steps of the reading.

    Parameters
    ----------
    kind : core.strokes.others.Kind
    n : int
        Number of images.
    seed : int
        The same seed gives the same images, whatever other kinds are drawn.

    Returns
    -------
    uint8 array, shape (n, 28, 28)
        Never blank: a picture without visible ink is drawn again.
    """
    rng = np.random.default_rng([seed, *kind.name.encode()])
    return np.stack([_image(kind, rng) for _ in range(n)])


def _image(kind: others.Kind, rng: np.random.Generator) -> np.ndarray:
    while True:
        picture = kind.make(rng)
        ink = find_ink(picture) if kind.grey else picture
        if (ink > INK_THRESHOLD).any():
            return as_bytes(to_mnist(ink))


def spoil(images: np.ndarray, labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Make non-digits from images of digits: mirrored, two in one place, or cut in four.

    Parameters
    ----------
    images : uint8 array, shape (m, 28, 28)
    labels : int array, shape (m,)
    n : int
        Number of images; a third of each kind.
    seed : int

    Returns
    -------
    uint8 array, shape (n, 28, 28)
    """
    rng = np.random.default_rng(seed)
    to_mirror = np.flatnonzero(np.isin(labels, others.MIRRORED))
    to_cut = np.flatnonzero(np.isin(labels, others.TO_QUARTER))
    ways = (
        lambda: images[rng.choice(to_mirror)][:, ::-1],
        lambda: others.quartered(images[rng.choice(to_cut)], rng),
        lambda: _overlaid(images[rng.choice(len(images), 2)], rng),
    )
    spoilt = (ways[place % len(ways)]() for place in range(n))
    return np.stack([as_bytes(to_mnist(as_floats(image))) for image in spoilt])


def _overlaid(pair: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put two digits on one field, so that they touch or cross."""
    field = np.zeros((48, 48), pair.dtype)
    for image, side in zip(pair, rng.permutation([-1, 1]), strict=True):
        x, y = 10 + side * rng.integers(2, 6), 10 + rng.integers(-4, 5)
        place = field[y : y + 28, x : x + 28]
        np.maximum(place, image, out=place)
    return field
