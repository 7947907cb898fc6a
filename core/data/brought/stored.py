"""An array in a file, known by its name, shape and type before it is read."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data.brought.contents import MAX_BYTES, too_large

NUMBERS, WORDS = "biuf", "US"  # dtype kinds


@dataclass(frozen=True)
class Stored:
    """An array that is read when it is needed.

    Attributes
    ----------
    name : str
        Its name in what was brought; for a file of its own, the file's path without endings.
    shape : tuple of int
    dtype : numpy.dtype
    load : callable
        Reads it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    load: Callable[[], np.ndarray]

    @property
    def of_numbers(self) -> bool:
        """Whether it holds numbers, not words or objects."""
        return self.dtype.kind in NUMBERS

    def read(self) -> np.ndarray:
        """Read the array; raises DigitLabError if it is too large, or of objects."""
        if math.prod(self.shape) * self.dtype.itemsize > MAX_BYTES:
            raise too_large(self.name)
        return self.load()


def in_memory(name: str, array: np.ndarray) -> Stored:
    """Return an array that has been read already."""
    return Stored(name, array.shape, array.dtype, lambda: array)
