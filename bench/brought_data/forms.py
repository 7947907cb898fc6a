"""A form of data set, what it is made from, and the list of all forms."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TAKEN, TOLD, REFUSED = "taken", "told", "refused"
PIXELS = [f"pixel{k}" for k in range(784)]
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Digits:
    """What every form is made from: uint8 (n, 28, 28) and (n,), white on black."""

    x: np.ndarray
    y: np.ndarray
    tx: np.ndarray
    ty: np.ndarray

    @property
    def flat(self) -> np.ndarray:
        """The training images, uint8 (n, 784)."""
        return self.x.reshape(len(self.x), -1)


@dataclass(frozen=True)
class Form:
    """A form of data set.

    Attributes
    ----------
    kind : str
        The group of the table that it stands in.
    wish : {'taken', 'told', 'refused'}
    write : callable
        Called with a path that does not exist, and digits.
    exact : bool
        Whether nothing of the images is lost, so that they come back as they were.
    """

    kind: str
    wish: str
    write: Callable[[Path, Digits], None]
    exact: bool = True


FORMS: dict[str, Form] = {}


def form(kind: str, name: str, wish: str = TAKEN, exact: bool = True) -> Callable:
    """Enter what is decorated as the form of this name."""

    def note(write: Callable[[Path, Digits], None]) -> Callable[[Path, Digits], None]:
        FORMS[name] = Form(kind, wish, write, exact)
        return write

    return note
