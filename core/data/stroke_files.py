"""Files of strokes: digits that people wrote with a pen on a tablet, point by point.

An ``.npz`` file with these arrays; nothing else in it is read:

- ``points``, int16 (p, 2): x and y of every point, y downwards. 10,000 units are the longer side of
  a digit's bounding box; where the box lies does not matter.
- ``stroke_offsets``, int32 (s + 1,): stroke ``i`` has the points from ``stroke_offsets[i]`` up to
  ``stroke_offsets[i + 1]``.
- ``sample_offsets``, int32 (n + 1,): digit ``i`` has the strokes from ``sample_offsets[i]`` up to
  ``sample_offsets[i + 1]``.
- ``y``, uint8 (n,): the digits' labels.
- ``writer``, int16 (n,): a number for each person. People who are trained on and people whose
  digits are kept back are told apart by it.
- ``about``, uint8, optional: where they are from and under which licence, as UTF-8 text.

A file in ``strokes/`` of the data folder goes by its name: ``pendigits`` for
``strokes/pendigits.npz``. Without it a training learns from the rest.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from core import paths
from core.disk.atomic import replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError

UNIT = 10_000  # coordinate units along the longer side of a digit's box
MAX_BYTES = 200_000_000  # unpacked
MOST_ABOUT = 1_000  # bytes of text on where they are from
_MOST_WRITERS = np.iinfo(np.int16).max
_REQUIRED = ("points", "stroke_offsets", "sample_offsets", "y", "writer")


@dataclass(frozen=True)
class Strokes:
    """Digits as people's pens drew them.

    Attributes
    ----------
    drawings : list of list of float32 array, shape (points, 2)
        x and y of each stroke's points, y downwards; 1 is the longer side of the digit's box.
    labels : uint8 array, shape (n,)
    writers : int16 array, shape (n,)
    name : str
        The file's name without its ending.
    about : str
        Where they are from and under which licence; empty if the file does not say.
    """

    drawings: list[list[np.ndarray]]
    labels: np.ndarray
    writers: np.ndarray
    name: str = ""
    about: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex of points, strokes, labels and writers, however the file is packed."""
        content = hashlib.sha256()
        for array in _arrays(self):
            content.update(np.ascontiguousarray(array).tobytes())
        return content.hexdigest()

    def of(self, chosen: np.ndarray) -> "Strokes":
        """Return the digits at these places, int array of shape (k,)."""
        drawings = [self.drawings[at] for at in chosen.tolist()]
        return Strokes(drawings, self.labels[chosen], self.writers[chosen], self.name, self.about)


def find(source: str) -> Path | None:
    """Return the path of a file of strokes; ``None`` for a name that is not in the data folder.

    Parameters
    ----------
    source : str
        The name of a file in ``strokes/`` of the data folder, or a file's path.

    Raises
    ------
    DigitLabError
        It is a path, and there is no such file.
    """
    path = folder() / f"{source}.npz" if is_name(source) else Path(source)
    try:
        if path.expanduser().is_file():
            return path.expanduser()
    except (OSError, ValueError, RuntimeError):  # not a possible file name
        pass
    if is_name(source):
        return None
    raise DigitLabError(
        f"There is no file of strokes '{source}': give the path of one, or the name of one in "
        "strokes/ of the data folder, such as pendigits."
    )


def missing(sources: list[str]) -> list[str]:
    """Return the names of files that are not in the data folder.

    Raises
    ------
    DigitLabError
        One is given by its path, and there is no such file.
    """
    return [source for source in sources if find(source) is None]


def folder() -> Path:
    """Return the folder of the files that go by their names."""
    return paths.data_folder() / "strokes"


def is_name(source: str) -> bool:
    """Return whether a source is a name, not a path: it has no folder and no ending."""
    as_path = PureWindowsPath(source)  # knows both kinds of slashes, drives and shares
    return as_path.name == source and not as_path.suffix


def name_of(source: str) -> str:
    """Return a source's name for other machines, where its path means nothing."""
    return source if is_name(source) else PureWindowsPath(source).name.split(".")[0] or "strokes"


def load(path: Path) -> Strokes:
    """Read and check a file of strokes.

    Raises
    ------
    DigitLabError
        The file is missing, is not of this form, or holds no digits.
    """
    arrays = read_arrays(path, [*_REQUIRED, "about"], MAX_BYTES)
    title = path.name
    missing = [name for name in _REQUIRED if name not in arrays]
    if missing:
        raise _fault(title, f"it has no array '{missing[0]}'")
    for name, array in arrays.items():
        if name != "points" and array.dtype.kind not in "iu":
            raise _fault(title, f"'{name}' must be whole numbers, not {array.dtype}")
    points, of_strokes, of_samples, labels, writers = (arrays[name] for name in _REQUIRED)
    if points.ndim != 2 or points.shape[1] != 2:
        raise _fault(title, f"points have the shape {points.shape}, not (points, 2)")
    n = len(labels) if labels.ndim == 1 else 0
    if not n or writers.shape != (n,) or labels.min() < 0 or labels.max() > 9:
        raise _fault(title, "labels must be digits from 0 to 9, with a writer for each")
    if writers.min() < -_MOST_WRITERS or writers.max() > _MOST_WRITERS:
        raise _fault(title, f"the numbers of writers must be at most {_MOST_WRITERS:,}")
    _check_offsets(of_samples, n, len(of_strokes) - 1, "sample_offsets", title)
    _check_offsets(of_strokes, len(of_strokes) - 1, len(points), "stroke_offsets", title)
    if not np.isfinite(points).all() or abs(points).max() > 100 * UNIT:
        raise _fault(title, f"points must be about {UNIT:,} units apart at most")
    strokes = np.split(points.astype(np.float32) / UNIT, of_strokes[1:-1])
    drawings = [strokes[start:end] for start, end in pairwise(of_samples.tolist())]
    about = arrays.get("about", np.empty(0, np.uint8)).astype(np.uint8).tobytes()[:MOST_ABOUT]
    return Strokes(
        drawings,
        labels.astype(np.uint8),
        writers.astype(np.int16),
        path.stem,
        about.decode("utf-8", "replace"),
    )


def write(path: Path, strokes: Strokes) -> None:
    """Write a file of strokes; raises DigitLabError if it cannot be written."""
    about = np.frombuffer(strokes.about.encode()[:MOST_ABOUT], np.uint8)
    with replacing(path) as temporary:
        named: dict[str, Any] = dict(zip(_REQUIRED, _arrays(strokes), strict=True))
        np.savez_compressed(temporary, **named, about=about)


def _arrays(strokes: Strokes) -> tuple[np.ndarray, ...]:
    """Return what a file holds, in the order of `_REQUIRED`."""
    pieces = [stroke for drawing in strokes.drawings for stroke in drawing]
    return (
        np.rint(np.concatenate(pieces) * UNIT).astype(np.int16),
        np.cumsum([0, *map(len, pieces)]).astype(np.int32),
        np.cumsum([0, *map(len, strokes.drawings)]).astype(np.int32),
        strokes.labels.astype(np.uint8),
        strokes.writers.astype(np.int16),
    )


def _check_offsets(offsets: np.ndarray, n: int, end: int, name: str, title: str) -> None:
    """Refuse offsets that do not cut everything into ``n`` pieces of at least one each."""
    whole = offsets.ndim == 1 and len(offsets) == n + 1 and n > 0
    if not whole or offsets[0] != 0 or offsets[-1] != end or (np.diff(offsets) < 1).any():
        raise _fault(title, f"{name} must rise from 0 to {end}, in {n} steps")


def _fault(title: str, why: str) -> DigitLabError:
    return DigitLabError(
        f"{title} is not a file of strokes: {why}. docs/data-and-licences.md has the form."
    )
