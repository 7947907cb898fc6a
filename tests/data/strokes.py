"""Files of strokes for tests: digits as a few straight lines, by people who hardly differ."""

from pathlib import Path

import numpy as np

# Corners of each digit's strokes, on a field of 2 by 4; y downwards.
_LINES = (
    ([(0, 0), (2, 0), (2, 4), (0, 4), (0, 0)],),
    ([(1, 0), (1, 4)],),
    ([(0, 0), (2, 0), (2, 2), (0, 2), (0, 4), (2, 4)],),
    ([(0, 0), (2, 0), (2, 4), (0, 4)], [(0, 2), (2, 2)]),
    ([(0, 0), (0, 2), (2, 2)], [(2, 0), (2, 4)]),
    ([(2, 0), (0, 0), (0, 2), (2, 2), (2, 4), (0, 4)],),
    ([(2, 0), (0, 0), (0, 4), (2, 4), (2, 2), (0, 2)],),
    ([(0, 0), (2, 0), (1, 4)],),
    ([(0, 0), (2, 0), (2, 4), (0, 4), (0, 0)], [(0, 2), (2, 2)]),
    ([(2, 2), (0, 2), (0, 0), (2, 0), (2, 4)],),
)


def arrays(writers: int = 3) -> dict[str, np.ndarray]:
    """Return the arrays of a file in which each of some people wrote each digit once."""
    strokes = [np.array(stroke) * 2_500 for digit in _LINES for stroke in digit] * writers
    pieces = [len(digit) for digit in _LINES] * writers
    return {
        "points": np.concatenate(strokes).astype(np.int16),
        "stroke_offsets": np.cumsum([0, *map(len, strokes)]).astype(np.int32),
        "sample_offsets": np.cumsum([0, *pieces]).astype(np.int32),
        "y": np.tile(np.arange(10, dtype=np.uint8), writers),
        "writer": np.repeat(np.arange(writers, dtype=np.int16), 10),
    }


def save(path: Path, writers: int = 3, about: str = "") -> Path:
    """Write such a file with NumPy alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    more = {"about": np.frombuffer(about.encode(), np.uint8)} if about else {}
    np.savez(path, **arrays(writers), **more)
    return path
