"""Augmentation: training images changed at random, to imitate more hands, pens and cameras.

`Augmentation` sets the amounts; `augment` applies them to a batch in NumPy. It runs in the pipeline
and not in the network, so the saved network contains none of it. Distances are pixels of the 28x28
image. Simard, Steinkraus and Platt 2003 (elastic distortion), https://doi.org/10.1109/ICDAR.2003.1227801.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

_GRID = 6  # points a side whose displacements define an elastic distortion
_SIDE = 28
_MIDDLE = (_SIDE - 1) / 2


class Augmentation(BaseModel):
    """Amounts of each change to training images; each is the largest that occurs.

    With all zero nothing changes. Amounts are drawn again for each image in each epoch.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rotation: float = Field(0, ge=0, le=45, description="degrees from 0 to 45")
    shift: float = Field(0, ge=0, le=8, description="pixels from 0 to 8")
    scale: float = Field(
        0, ge=0, le=0.5, description="a share from 0 to 0.5 (0.1: from a tenth smaller to larger)"
    )
    shear: float = Field(0, ge=0, le=0.6, description="pixels sideways a pixel down, from 0 to 0.6")
    elastic: float = Field(
        0, ge=0, le=2, description="pixels from 0 to 2 (standard deviation of the distortion)"
    )
    thickness: float = Field(
        0, ge=0, le=2, description="pixels from 0 to 2 that strokes grow or shrink on each side"
    )
    noise: float = Field(
        0,
        ge=0,
        le=0.5,
        description="a number from 0 to 0.5 (standard deviation of what is added to each pixel)",
    )
    damage: float = Field(
        0,
        ge=0,
        le=1,
        description="the share of images, from 0 to 1, with noise, haze, lines, blur, outlines or "
        "a band turned negative",
    )

    def halved(self) -> "Augmentation":
        """Return half of each amount."""
        return Augmentation(**{name: amount / 2 for name, amount in self})


NO_CHANGES = Augmentation()
# To begin with where nothing was changed: they leave every digit legible.
MODEST = Augmentation(rotation=10, shift=2, scale=0.1)


def augment(images: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Change each image of a batch at random.

    Parameters
    ----------
    images : float32 array, shape (n, 28, 28), in [0, 1]
        White ink on black.
    how : Augmentation
        The amount of each change.
    rng : numpy.random.Generator
        The same generator gives the same images.

    Returns
    -------
    float32 array, shape (n, 28, 28), in [0, 1]

    Examples
    --------
    >>> images = np.zeros((2, 28, 28), np.float32)
    >>> images[:, 4:24, 13:15] = 1  # two ones
    >>> turned = augment(images, Augmentation(rotation=15), np.random.default_rng(0))
    >>> turned.shape, bool((turned[0] == turned[1]).all())
    ((2, 28, 28), False)
    """
    if how.rotation or how.shift or how.scale or how.shear or how.elastic:
        images = _moved(images, how, rng)
    if how.thickness:
        images = _with_other_pen(images, how.thickness, rng)
    if how.noise:
        images = _with_noise(images, how.noise, rng)
    if how.damage:
        images = _damaged(images, how.damage, rng)
    return images


def _moved(images: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    n = len(images)

    def drawn(largest: float) -> np.ndarray:
        return rng.uniform(-largest, largest, n).astype(np.float32)

    # The source of each pixel: the inverse of rotation, scale and shear.
    angle, shear = np.radians(drawn(how.rotation)), drawn(how.shear)
    wide, high = 1 + drawn(how.scale), 1 + drawn(how.scale)
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.stack([np.stack([cosine, sine], 1), np.stack([-sine, cosine], 1)], 1)  # (n, 2, 2)
    ones, zeros = np.ones_like(shear), np.zeros_like(shear)
    bend = np.stack([np.stack([1 / wide, shear], 1), np.stack([zeros, ones / high], 1)], 1)
    axis = np.arange(_SIDE, dtype=np.float32) - _MIDDLE
    grid = np.stack([np.tile(axis, _SIDE), np.repeat(axis, _SIDE)])  # (2, 784): x, y of each pixel
    source = (bend @ rotation) @ grid + _MIDDLE  # (n, 2, 784)
    source += np.stack([drawn(how.shift), drawn(how.shift)], 1)[..., None]
    if how.elastic:
        knots = rng.normal(0, how.elastic, (n, 2, _GRID, _GRID)).astype(np.float32)
        source += (_BLEND @ knots @ _BLEND.T).reshape(n, 2, -1)  # (n, 2, 784)
    return _sampled(images, source[:, 0], source[:, 1])


def _blend() -> np.ndarray:
    """Return the weights of the knots at each pixel: cubic B-splines, which are smooth."""
    at = np.linspace(1, _GRID - 2, _SIDE)[:, None] - np.arange(_GRID)
    far = abs(at)
    near = 2 / 3 - far**2 + far**3 / 2
    return np.where(far < 1, near, np.where(far < 2, (2 - far) ** 3 / 6, 0)).astype(np.float32)


_BLEND = _blend()  # (28, 6)


def _sampled(images: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Interpolate images bilinearly between their pixels; black outside."""
    n = len(images)
    side = _SIDE + 2
    padded = np.zeros((n, side, side), np.float32)
    padded[:, 1:-1, 1:-1] = images
    x, y = (axis.clip(-1, _SIDE - 1e-3) + 1 for axis in (x, y))
    column, row = np.floor(x), np.floor(y)
    right, below = x - column, y - row
    place = (row * side + column).astype(np.int32)
    place += (np.arange(n, dtype=np.int32) * side * side)[:, None]
    flat = padded.ravel()
    above = flat[place] * (1 - right) + flat[place + 1] * right
    under = flat[place + side] * (1 - right) + flat[place + side + 1] * right
    return (above * (1 - below) + under * below).reshape(n, _SIDE, _SIDE)


def _with_other_pen(images: np.ndarray, largest: float, rng: np.random.Generator) -> np.ndarray:
    """Thicken or thin strokes by a fraction of a pixel, or more, on each side."""
    amount = rng.uniform(-largest, largest, len(images)).astype(np.float32)[:, None, None]
    amount *= rng.random(len(images))[:, None, None] < 0.7
    for _ in range(int(np.ceil(largest))):
        step = amount.clip(-1, 1)
        thinner, thicker = _nearest(images, np.minimum), _nearest(images, np.maximum)
        # A stroke of one or two pixels would vanish, so half of its ink remains.
        thinner = np.maximum(thinner, 0.5 * images)
        target = np.where(step > 0, thicker, thinner)
        images = images + abs(step) * (target - images)
        amount = amount - step
    return images


def _nearest(images: np.ndarray, choose: np.ufunc) -> np.ndarray:
    """Return the minimum or maximum of each pixel and its four neighbours."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    sides = choose(
        choose(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1]),
        choose(padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]),
    )
    return choose(images, sides)


def _with_noise(images: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    spread = rng.uniform(0, most, (len(images), 1, 1)).astype(np.float32)
    return (images + spread * rng.standard_normal(images.shape, np.float32)).clip(0, 1)


def _damaged(images: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Give a share of the images one fault each, of the kinds that pictures have."""
    images = images.copy()
    kinds = (_noisy, _speckled, _hazy, _crossed_out, _blurred, _outlined, _inverted)
    chosen = rng.permutation(len(images))[: rng.binomial(len(images), share)]
    for kind, part in zip(kinds, np.array_split(chosen, len(kinds)), strict=True):
        if part.size:
            images[part] = kind(images[part], rng).clip(0, 1)
    return images


def _noisy(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    spread = rng.uniform(0.05, 0.4, (len(images), 1, 1))
    return images + spread * rng.standard_normal(images.shape)


def _speckled(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    hit = rng.random(images.shape) < rng.uniform(0.02, 0.25, (len(images), 1, 1))
    return np.where(hit, rng.integers(0, 2, images.shape), images)


def _hazy(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Reduce contrast, on a background of uneven brightness."""
    n = len(images)
    ground = rng.uniform(-0.2, 1, (n, 1, 1)) + rng.uniform(0, 0.4, (n, 1, 1)) * (
        _BLEND @ rng.standard_normal((n, _GRID, _GRID)) @ _BLEND.T
    )
    contrast = rng.uniform(0.3, 1, (n, 1, 1))
    return np.maximum(ground.clip(0, 0.85), 0) * (1 - images) + images * np.maximum(
        contrast, ground.clip(0, 0.85) + 0.15
    )


def _crossed_out(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a thin straight line, or a few, over each image, in black or white."""
    n = len(images)
    y, x = np.mgrid[:_SIDE, :_SIDE] - _MIDDLE
    for _ in range(rng.integers(1, 4)):
        angle = rng.uniform(0, np.pi, (n, 1, 1))
        off = abs(np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-11, 11, (n, 1, 1)))
        line = (rng.uniform(0.6, 1.6, (n, 1, 1)) - off).clip(0, 1)
        shade = rng.integers(0, 2, (n, 1, 1))
        images = images + line * (shade - images)
    return images


def _blurred(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smear in one direction, as a moving camera does."""
    n = len(images)
    angle, length = rng.uniform(0, np.pi, n), rng.uniform(0.5, 4, n)
    y, x = (side.ravel() for side in np.mgrid[:_SIDE, :_SIDE].astype(np.float32))
    steps = np.linspace(-1, 1, 5)
    offsets = [(step * length * np.cos(angle), step * length * np.sin(angle)) for step in steps]
    return np.mean([_sampled(images, x + dx[:, None], y + dy[:, None]) for dx, dy in offsets], 0)


def _outlined(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the strokes hollow: with soft edges, or as lines one pixel wide."""
    soft = _nearest(images, np.maximum) - _nearest(images, np.minimum)
    ink = (images > rng.uniform(0.2, 0.7, (len(images), 1, 1))).astype(np.float32)
    sharp = ink - _nearest(ink, np.minimum)
    return np.where(rng.random((len(images), 1, 1)) < 0.5, soft, sharp)


def _inverted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Invert black and white within a band, at any position and angle."""
    n = len(images)
    y, x = np.mgrid[:_SIDE, :_SIDE] - _MIDDLE
    angle = rng.uniform(0, np.pi, (n, 1, 1))
    off = abs(np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-8, 8, (n, 1, 1)))
    return np.where(off < rng.uniform(1, 6, (n, 1, 1)), 1 - images, images)
