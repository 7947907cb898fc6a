"""Images of any shape, type and range, brought to the form of all data sets: uint8 (n, 28, 28).

Numbers become 0 to 255. What is not 28 pixels wide and high is brought to it as MNIST was made,
which needs to know ink from paper: the border is paper.
"""

from dataclasses import dataclass

import numpy as np

from core.data.validate import MAX_IMAGES
from core.errors import DigitLabError

_BLOCK = 4_000  # images converted at a time, which bounds the memory for it
_SIDE = 28
_SMALLEST, _LARGEST = 8, 1024  # pixels of a side
_FOR_STATISTICS = 100  # images
_STILL = 1e-6  # a pixel that varies less is the same in all images
_BRIGHT = 160  # of 255: a border that is more is paper
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
# Ranges that people save, each where the smallest and largest numbers come close to it.
_RANGES = ((0, 1), (0, 16), (0, 255), (-1, 1), (-0.5, 0.5), (-128, 127), (0, 65535))
_CLOSE = 0.1  # of the range
_FILLED = 0.7  # of 0 to 255


@dataclass(frozen=True)
class Form:
    """How images were saved.

    Attributes
    ----------
    low, high : float
        The numbers that became 0 and 255.
    size : tuple of two ints
        Height and width before they became 28.
    colour : bool
    notes : tuple of str
        What else was done.
    """

    low: float
    high: float
    size: tuple[int, int]
    colour: bool
    notes: tuple[str, ...] = ()

    def said(self) -> str:
        """Say it in a few words."""
        pale = "" if (self.low, self.high) in _RANGES else ", stretched to 0 to 255"
        parts = [f"values {self.low:g} to {self.high:g}{pale}"]
        if self.size != (_SIDE, _SIDE):
            parts.append(f"{self.size[1]} x {self.size[0]} pixels, brought to 28 x 28")
        if self.colour:
            parts.append("in colour, made grey")
        return "; ".join([*parts, *self.notes])


def shaped(array: np.ndarray, count: int, field: str) -> np.ndarray:
    """View an array as pictures.

    Parameters
    ----------
    array : array
        Flat (n, 784), with channels first or last, or with the images along the last axis.
    count : int
        How many images there should be: the number of labels.
    field : str
        Its name in errors.

    Returns
    -------
    array, shape (n, h, w) or (n, h, w, 3)

    Raises
    ------
    DigitLabError
        It is none of these, or holds no images or too many.
    """
    if array.ndim >= 1 and not 1 <= len(array) <= MAX_IMAGES and array.shape[-1] != count:
        raise DigitLabError(
            f"{field} holds {len(array):,} images and 1 to {MAX_IMAGES:,} are allowed: save"
            f" {'more' if len(array) == 0 else 'fewer'}."
        )
    pictures = array
    if array.ndim >= 2 and len(array) != count and array.shape[-1] == count:
        pictures = np.moveaxis(array, -1, 0)  # MATLAB: images along the last axis
    if pictures.ndim == 3 and 1 in pictures.shape[1:]:
        pictures = pictures.reshape(len(pictures), -1)  # (n, 784, 1)
    if pictures.ndim == 2:
        pictures = _unrolled(pictures)
    elif pictures.ndim == 4:
        pictures = _one_grey_or_three(pictures)
    sides = pictures.shape[1:3]
    if pictures.ndim < 3 or not all(_SMALLEST <= side <= _LARGEST for side in sides):
        raise DigitLabError(
            f"{field} has the shape {array.shape} and should have (n, 28, 28) or (n, 28, 28, 1):"
            " reshape or scale the images."
        )
    return pictures


def _unrolled(rows: np.ndarray) -> np.ndarray:
    pixels = rows.shape[1]
    side = round(pixels**0.5)
    if side * side == pixels:
        return rows.reshape(-1, side, side)
    side = round((pixels / 3) ** 0.5)
    if 3 * side * side != pixels:
        return rows
    planes = np.moveaxis(rows.reshape(-1, 3, side, side), 1, -1)  # as CIFAR: colour after colour
    whole = rows.reshape(-1, side, side, 3)
    return whole if _colours_differ(whole) < _colours_differ(planes) else planes


def _colours_differ(pictures: np.ndarray) -> float:
    """Return how far apart the colours of a pixel are, (n, h, w, 3): little, if they are of one."""
    few = pictures[:: max(1, len(pictures) // 50)].astype(np.float32)
    return float(np.abs(np.diff(few, axis=-1)).mean())


def _one_grey_or_three(pictures: np.ndarray) -> np.ndarray:
    if pictures.shape[-1] not in (1, 2, 3, 4) and pictures.shape[1] in (1, 2, 3, 4):
        pictures = np.moveaxis(pictures, 1, -1)
    channels = pictures.shape[-1]
    if channels == 4 and pictures[..., :3].min() == pictures[..., :3].max():
        return pictures[..., 3]  # of one colour: what is drawn is in the transparency alone
    if channels in (1, 2):  # grey, and grey with transparency
        return pictures[..., 0]
    return pictures[..., :3] if channels in (3, 4) else pictures.reshape(len(pictures), -1)


def value_range(arrays: list[np.ndarray], fields: list[str]) -> tuple[float, float]:
    """Return the numbers that mean 0 and 255 in all parts of a data set.

    Raises
    ------
    DigitLabError
        A number is infinite or none, or all are alike: there is no ink.
    """
    ends = []
    for array, field in zip(arrays, fields, strict=True):
        if array.dtype.kind not in "biuf":
            raise DigitLabError(
                f"{field} is of type {array.dtype.name} and should be uint8 or a float: convert it"
                ' with .astype("uint8").'
            )
        low, high = float(array.min()), float(array.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise DigitLabError(
                f"{field} holds values from {low:g} to {high:g} and should lie in 0 to 1 or 0 to"
                " 255: remove what is not a number and scale the rest."
            )
        if low == high:
            raise DigitLabError(
                f"{field} holds no ink, all its values are {high:g}: save uint8 from 0 to 255, or"
                " floats from 0 to 1."
            )
        ends.append((low, high))
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if all(array.dtype.kind == "b" for array in arrays):
        return 0, 1
    for start, end in _RANGES:
        room = _CLOSE * (end - start)
        if start <= low <= start + room and end - room <= high <= end:
            return start, end
    # Hardly any digits reach all of it; what fills far less is pale, and is stretched.
    if low >= 0 and high <= 255 and high - low > _FILLED * 255:
        return 0, 255
    return low, high


def bring(arrays: list[np.ndarray], fields: list[str]) -> tuple[list[np.ndarray], Form]:
    """Bring the images of all parts of a data set to one form.

    Parameters
    ----------
    arrays : list of array, shape (n, h, w) or (n, h, w, 3)
        As `shaped` returns them.
    fields : list of str
        Their names in errors.

    Returns
    -------
    images : list of uint8 array, shape (n, 28, 28)
        Still black on white if they were brought so.
    form : Form
    """
    notes = []
    if all(array.dtype == np.int8 for array in arrays) and _is_wrapped(arrays[0]):
        arrays = [np.ascontiguousarray(array).view(np.uint8) for array in arrays]
        notes.append("bytes that were read as signed")
    if _is_standardised(arrays[0]):
        arrays = _each_pixel_stretched(arrays)
        notes.append("standardised pixel by pixel")
    low, high = value_range(arrays, fields)
    ranges = [value_range([array], [field]) for array, field in zip(arrays, fields, strict=True)]
    if len(set(ranges)) > 1 and set(ranges) <= set(_RANGES):  # one part was scaled, one was not
        low, high = ranges[0]
        notes.append("the parts in different ranges")
    else:
        ranges = [(low, high)] * len(arrays)
    size = (int(arrays[0].shape[1]), int(arrays[0].shape[2]))
    colour = any(array.ndim == 4 and not _is_grey(array) for array in arrays)
    images = [_as_bytes(array, *ends) for array, ends in zip(arrays, ranges, strict=True)]
    if any(image.shape[1:] != (_SIDE, _SIDE) for image in images):
        bright = is_bright(images[0])
        images = [255 - _to_28(255 - part) if bright else _to_28(part) for part in images]
    return images, Form(low, high, size, colour, tuple(notes))


def _is_standardised(array: np.ndarray) -> bool:
    """Return whether each pixel has mean 0 and variance 1, or none, as StandardScaler leaves it."""
    if array.dtype.kind != "f" or array.ndim != 3 or len(array) < _FOR_STATISTICS:
        return False
    some = array[:: max(1, len(array) // 2000)].astype(np.float64)
    if not np.isfinite(some).all():
        return False
    mean, deviation = some.mean(axis=0), some.std(axis=0)
    inked = deviation > _STILL
    room = 6 / len(some) ** 0.5 if len(some) < len(array) else 0.02
    fits = (abs(mean) < room) & ((abs(deviation - 1) < 0.3) | ~inked)
    return bool(inked.mean() > 0.3 and fits.mean() > 0.9)


def _each_pixel_stretched(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Undo what was done to each pixel: its least is paper and its most is ink, to 0 and 1."""
    low, high = arrays[0].min(axis=0), arrays[0].max(axis=0)
    span = np.where(high - low > _STILL, high - low, np.inf)  # where no image has ink, none is
    return [((array - low) / span).clip(0, 1).astype(np.float32) for array in arrays]


def is_bright(images: np.ndarray) -> bool:
    """Return whether the border of most images, uint8 (n, h, w), is bright: black on white."""
    some = images[:: max(1, len(images) // 500)]
    border = [some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]]
    return bool(np.median(np.concatenate(border, axis=1)) > _BRIGHT)


def _is_wrapped(array: np.ndarray) -> bool:
    """Return whether int8 holds bytes above 127 as negative numbers: then most are 0, not -128."""
    return int(np.count_nonzero(array == 0)) > int(np.count_nonzero(array == -128))


def _is_grey(array: np.ndarray) -> bool:
    few = array[:: max(1, len(array) // 200)]
    return bool((few[..., 0] == few[..., 1]).all() and (few[..., 0] == few[..., 2]).all())


def _as_bytes(array: np.ndarray, low: float, high: float) -> np.ndarray:
    if array.dtype == np.uint8 and array.ndim == 3 and (low, high) == (0, 255):
        return np.ascontiguousarray(array)
    images = np.empty(array.shape[:3], np.uint8)
    grey = array.ndim == 4 and _is_grey(array)
    for start in range(0, len(array), _BLOCK):
        block = array[start : start + _BLOCK]
        if array.ndim == 4:
            block = block[..., 0] if grey else block.astype(np.float32) @ _LUMA
        scaled = (block.astype(np.float64) - low) * (255 / (high - low))
        images[start : start + _BLOCK] = np.rint(scaled).clip(0, 255)
    return images


def _to_28(images: np.ndarray) -> np.ndarray:
    """Bring white on black, uint8 (n, h, w), to MNIST's form."""
    from core.reading.normalise import BOX, as_bytes, as_floats, to_mnist

    height, width = images.shape[1:]
    top, left = (height - _SIDE) // 2, (width - _SIDE) // 2
    if top >= 0 and left >= 0:
        inner = images[:, top : top + _SIDE, left : left + _SIDE]
        # MNIST with a border, as LeNet takes it: without the border it is MNIST again.
        if max(top, left) <= 4 and int(inner.sum(dtype=np.int64)) == int(
            images.sum(dtype=np.int64)
        ):
            return np.ascontiguousarray(inner)
    if max(height, width) == BOX:  # as MNIST before it was centred: nothing is scaled
        return _centred(images)
    brought = np.empty((len(images), _SIDE, _SIDE), np.uint8)
    for target, image in zip(brought, images, strict=True):
        target[:] = as_bytes(to_mnist(as_floats(image)))
    return brought


def _centred(images: np.ndarray) -> np.ndarray:
    """Move the centres of mass of images, uint8 (n, h, w), to that of MNIST's field."""
    from core.reading.normalise import CENTRE

    height, width = images.shape[1:]
    mass = np.maximum(images.sum(axis=(1, 2), dtype=np.float64), 1)  # (n,)
    moved = np.zeros((len(images), _SIDE, _SIDE), np.uint8)
    rows = (images.sum(axis=2) @ np.arange(height)) / mass
    columns = (images.sum(axis=1) @ np.arange(width)) / mass
    tops = np.rint(CENTRE - rows).astype(int).clip(0, _SIDE - height)
    lefts = np.rint(CENTRE - columns).astype(int).clip(0, _SIDE - width)
    for target, image, top, left in zip(moved, images, tops, lefts, strict=True):
        target[top : top + height, left : left + width] = image
    return moved
