"""LIBSVM's text: a line for each image, its label and those pixels that are not blank."""

import io
import math
import re

import numpy as np

from core.data.brought.contents import MAX_BYTES, Entry, too_large
from core.data.brought.table_text import MAX_COLUMNS
from core.data.validate import MAX_IMAGES
from core.errors import DigitLabError

_LINE = re.compile(rb"\s*[-+]?\d+(\.\d*)?\s+(\d+:[-+.\deE]+\s+){2}")
# A file is as wide as its last pixel that is not blank: 780 of 784.
_USUAL = (64, 256, 400, 784, 1024)


def is_sparse(entry: Entry) -> bool:
    """Return whether a text file begins as LIBSVM's do: a label, then ``place:value``."""
    return _LINE.match(entry.head()[:200]) is not None


def read(entry: Entry, title: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Read a LIBSVM file, as `core.data.brought.tables.read` reads CSV.

    Raises
    ------
    DigitLabError
        It is damaged or too large.
    """
    from sklearn.datasets import load_svmlight_file

    try:
        pixels, labels = load_svmlight_file(io.BytesIO(entry.read()), dtype=np.float32)
    except (ValueError, OverflowError) as fault:  # a torn line, a place beyond all numbers
        raise DigitLabError(
            f"{title} is not a whole LIBSVM file: copy or download it again, or save it as CSV."
        ) from fault
    n, width = pixels.shape
    if n * width * pixels.dtype.itemsize > MAX_BYTES:
        raise too_large(title)
    if n > MAX_IMAGES or width > MAX_COLUMNS:
        raise DigitLabError(
            f"{title} has {n:,} images of {width:,} pixels, and at most {MAX_IMAGES:,} of "
            f"{MAX_COLUMNS:,} are read: save fewer or smaller images."
        )
    side = math.ceil(math.sqrt(width))
    wanted = next((usual for usual in _USUAL if usual >= width), side**2)
    pixels.resize(n, wanted)
    return pixels.toarray(), labels, f"images of {math.isqrt(wanted)}x{math.isqrt(wanted)} pixels"
