"""Pendigits: digits that thirty people wrote on a tablet, fetched as a file of strokes.

They are the training writers of *Pen-Based Recognition of Handwritten Digits*; its other fourteen
are left for tests. UCI has the points of the pen in an archive, in UNIPEN's words and packed by
`compress`. ``python -m core data --fetch strokes`` fetches the archive, uses it only if its SHA-256
is right, and keeps the strokes as ``strokes/pendigits.npz`` in the data folder.

F. Alimoglu and E. Alpaydin: Methods of Combining Multiple Classifiers Based on Different
Representations for Pen-based Handwritten Digit Recognition, TAINN 1996.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data import stroke_files
from core.data.mirrors import Mirror, Progress, download
from core.data.stroke_files import Strokes
from core.disk import lzw, zip_entries
from core.disk.atomic import check_can_write, keeping
from core.errors import DigitLabError

NAME = "pendigits"
ABOUT = (
    "Pen-Based Recognition of Handwritten Digits, training writers: E. Alpaydin and F. Alimoglu, "
    "UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C5MG6K, CC BY 4.0."
)
_SETTING = "DIGIT_LAB_DATA"
_ENTRY = "pendigits-orig.tra.Z"
_MAX_PACKED = 16_000_000  # bytes; it takes less than a tenth of both
_MAX_TEXT = 64_000_000


@dataclass(frozen=True)
class Published:
    """The published archive: where it is, its SHA-256, and how much is in it."""

    mirror: Mirror
    sha256: str
    digits: int
    writers: int


PUBLISHED = Published(
    Mirror(
        "https://archive.ics.uci.edu/static/public/81/",
        {"pen+based+recognition+of+handwritten+digits.zip": 1_668_118},
    ),
    "1e02bea023613c2b11c9492f6f34caf975420455934f3527d270cee9a1f03b64",
    digits=7_494,
    writers=30,
)


def path() -> Path:
    """Return where the strokes are kept, if they are."""
    return stroke_files.folder() / f"{NAME}.npz"


def fetch(progress: Progress, published: Published = PUBLISHED) -> Path:
    """Download the archive and keep its strokes in the data folder.

    Parameters
    ----------
    progress : callable
        Called with the bytes done and the bytes in total.
    published : Published

    Returns
    -------
    pathlib.Path
        The file of strokes. It appears whole, or not at all.

    Raises
    ------
    DigitLabError
        The server did not deliver the archive, or the folder cannot be written.
    """
    target = path()
    check_can_write("The strokes", target.parent, _SETTING)
    try:
        (content,) = download(published.mirror, progress)
        strokes = _read(content, published)
    except (DigitLabError, OSError, ValueError) as fault:
        raise DigitLabError(
            f"Pendigits could not be downloaded from {published.mirror.base}: nothing was lost; "
            "check the network connection and try again."
        ) from fault
    with keeping("The strokes were downloaded but", target.parent, _SETTING):
        stroke_files.write(target, strokes)
    return target


def parse(text: str) -> Strokes:
    """Parse digits in UNIPEN's words.

    A digit begins with ``.SEGMENT DIGIT 0-1 ? "2"``, which counts its strokes and gives its label.
    In ``.COMMENT 2 1 7`` the second number is the writer. Points stand between ``.PEN_DOWN`` and
    ``.PEN_UP``, one a line; y grows upwards.

    Raises
    ------
    DigitLabError
        The text is not of this form.
    """
    labels: list[int] = []
    writers: list[int] = []
    drawings: list[list[list[tuple[int, int]]]] = []
    down = False
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        try:
            match words:
                case [".SEGMENT", "DIGIT", *_, label]:
                    labels.append(int(label.strip('"')))
                    drawings.append([])
                    down = False
                case [".COMMENT", label, writer, _] if len(writers) == len(labels) - 1:
                    if int(label) != labels[-1]:
                        raise ValueError
                    writers.append(int(writer))
                case [".PEN_DOWN"]:
                    drawings[-1].append([])
                    down = True
                case [".PEN_UP"]:
                    down = False
                case [x, y] if down:
                    drawings[-1][-1].append((int(x), int(y)))
        except (ValueError, IndexError):
            raise _fault(f"line {number} is not expected there") from None
    whole = len(labels) == len(writers) and all(drawing and all(drawing) for drawing in drawings)
    if not labels or not whole or min(labels) < 0 or max(labels) > 9:
        raise _fault("a digit has no label, no writer or no points")
    if max(map(abs, writers)) > np.iinfo(np.int16).max:
        raise _fault("a writer's number is too large")
    boxed = [_boxed([np.array(stroke, np.float64) for stroke in drawing]) for drawing in drawings]
    return Strokes(boxed, np.array(labels, np.uint8), np.array(writers, np.int16), NAME, ABOUT)


def _read(content: bytes, published: Published) -> Strokes:
    """Verify the archive and read its strokes; raises DigitLabError if it is another one."""
    found = hashlib.sha256(content).hexdigest()
    if found != published.sha256:
        raise _fault(f"the archive has SHA-256 {found[:12]}..., not {published.sha256[:12]}...")
    try:
        with zip_entries.archive(content) as archive:
            entry = archive.getinfo(_ENTRY)
            if entry.file_size > _MAX_PACKED:
                raise _fault(f"{_ENTRY} is too large")
            packed = zip_entries.read(archive, entry)
    except zip_entries.DAMAGE as fault:
        raise _fault(f"{_ENTRY} cannot be read") from fault
    strokes = parse(lzw.unpack(packed, _MAX_TEXT).decode("ascii", "replace"))
    digits, writers = len(strokes.labels), len(np.unique(strokes.writers))
    if (digits, writers) != (published.digits, published.writers):
        raise _fault(f"it has {digits:,} digits by {writers} people")
    return strokes


def _boxed(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Turn y downwards, and scale the longer side of the box to 1, with its corner at (0, 0)."""
    flipped = [stroke * (1, -1) for stroke in strokes]  # (points, 2) each
    points = np.concatenate(flipped)
    low = points.min(axis=0)
    side = max((points.max(axis=0) - low).max(), 1)
    return [((stroke - low) / side).astype(np.float32) for stroke in flipped]


def _fault(why: str) -> DigitLabError:
    return DigitLabError(f"This is not Pendigits as it was published: {why}.")
