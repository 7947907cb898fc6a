"""Segmentation: several digits on one line, separated from one another.

Over-segmentation and recognition, the classic way to read characters that touch or are broken
(Casey and Lecolinet, A survey of methods and strategies in character segmentation, IEEE TPAMI 18,
1996). `core.reading.cuts` cuts the ink into more parts than there are digits. The classifier reads
every run of neighbouring parts. A small network judges whether a run is one whole digit, or a piece
or several. The best chain of runs from left to right wins (dynamic programming).

Lines above one another are not separated here, see `core.reading.layout`: ink in two lines is read
as if it were on one.
"""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from core.paths import PROJECT
from core.reading.cuts import cut
from core.reading.network import Judge
from core.reading.normalise import INK_THRESHOLD, Normalised, bounding_box, normalise
from core.reading.predictor import Predictor

FILE, OUTPUT = PROJECT / "models" / "segmenter" / "segmenter.onnx", "wholeness"
_WIDEST = 1.7  # heights of the line: a wider run of parts is not a digit
_MOST_PARTS = 10  # in a run, unless it is all of them
_DUST = 0.25  # heights of the line: if no connected piece is higher, there are no digits

_TINY, _TALL = 28, 0.6  # pixels of height, and the share of it that each of several digits has

# All ink is one digit, without a closer look, if it is at most this wide in heights and the network
# and the classifier are at least this sure; or if it is one piece that would not be cut, see below.
_SQUARISH, _SURELY_ONE, _SURELY_READ = 1.2, 0.9, 0.5

# Ink that is narrower than this, in heights, is cut into several digits only if the gate takes each
# for a digit with this probability: letters and doodles have parts that resemble digits.
_SQUARE, _CLEARLY = 1.6, 0.5
# Most letters and doodles are of one piece, few numbers are. Ink is one piece if each cut goes
# through strokes, of more pen widths than this. It is cut only if the gate takes each part for a
# digit with this probability, and the network takes all ink for one whole digit with at most that;
# narrow ink of one piece is cut in two at most.
_THROUGH, _MORE_CLEARLY, _HARDLY_ONE = 0.15, 0.9, 0.003

# The costs of a candidate, found by random search. The goal is that the numbers of
# ``bench/numbers.py``, by writers in no figure, are read correctly and single digits stay whole.
_DOUBT = 4.5  # per nat of the classifier's doubt
_NOT_WHOLE = 0.21  # per nat of the network's doubt that it is one whole digit
_NO_DIGIT = 0.31  # per nat of the gate's doubt
_WIDE = 1.1  # per height of the line by which it is wider than 0.9 heights
_SHORT = 11.2  # per height of the line by which it is lower than 0.65 heights
_GAP = 10.4  # per height of the line in a gap between two of its parts
_BLANK = 12.9  # per height of the line in columns without ink between two of its parts
_TOLL = 0.02  # per pen width of ink that is cut at its end
_EACH = 0.43  # for being one more digit
_ALL_SQUARE = (
    1.8  # less, if it is all ink, for each height by which it is narrower than ``_SQUARE``
)


@cache
def load() -> Judge:
    """Load, once, the network that gives the probability that an image is one whole digit.

    One whole digit is neither a piece of one nor several; see `core.training.segmenter`.
    """
    return Judge(FILE, OUTPUT)


class Candidate(NamedTuple):
    """Neighbouring parts of the ink: one digit, a piece of one, or several.

    Attributes
    ----------
    start, stop : int
        The parts from ``start`` up to, not including, ``stop``.
    steps : Normalised
        Their ink as a digit; the box in pixels of the ink.
    gap : float
        The widest gap between two of its parts, in heights of the line; measured along a row if
        they share rows.
    columns : float
        The most columns without ink between two of its parts, in heights of the line.
    toll : float
        Pen widths of ink that the cut at its end goes through.
    """

    start: int
    stop: int
    steps: Normalised
    gap: float
    columns: float
    toll: float


def candidates(ink: np.ndarray) -> list[Candidate]:
    """Cut ink into parts and return every run of them that could be a digit.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Not blank.

    Returns
    -------
    list of Candidate
        Sorted by ``stop``. Single parts and the run of all parts are always included.
    """
    left, top, right, bottom = bounding_box(ink)
    ink = np.ascontiguousarray(ink[top:bottom, left:right])
    height = len(ink)
    parts, tolls = cut(ink)
    n = len(tolls) + 1
    boxes, gaps, blanks = _outlines(ink, parts, n)
    found = []
    for stop in range(1, n + 1):
        for start in range(stop):
            x, y = boxes[start:stop, :2].min(axis=0)
            right, bottom = boxes[start:stop, 2:].max(axis=0)
            if stop - start not in (1, n) and (
                right - x > _WIDEST * height or stop - start > _MOST_PARTS
            ):
                continue
            window = np.s_[y:bottom, x:right]
            own = (parts[window] >= start) & (parts[window] < stop)
            steps = normalise(ink[window] * own)
            dx, dy = int(left + x), int(top + y)
            x0, y0, x1, y1 = steps.box
            inner = slice(start, stop - 1)
            found.append(
                Candidate(
                    start,
                    stop,
                    replace(steps, box=(x0 + dx, y0 + dy, x1 + dx, y1 + dy)),
                    gaps[inner].max(initial=0) / height,
                    blanks[inner].max(initial=0) / height,
                    tolls[stop - 1] if stop < n else 0.0,
                )
            )
    return found


def _outlines(
    ink: np.ndarray, parts: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the boxes of parts, shape (n, 4), and gaps and blank columns between neighbours."""
    from scipy import ndimage

    height = len(ink)
    inked = ink > INK_THRESHOLD
    boxes = np.zeros((n, 4), np.intp)
    begins, ends = np.full((n, height), np.inf), np.full((n, height), -np.inf)
    places = ndimage.find_objects(np.where(inked, parts + 1, 0), n)
    for part, (down, across) in enumerate(places):
        own = inked[down, across] & (parts[down, across] == part)
        rows = np.flatnonzero(own.any(axis=1))
        begins[part, down.start + rows] = across.start + own[rows].argmax(axis=1)
        ends[part, down.start + rows] = across.stop - own[rows, ::-1].argmax(axis=1)
        boxes[part] = across.start, down.start, across.stop, down.stop
    blanks = (boxes[1:, 0] - boxes[:-1, 2]).clip(0).astype(float)
    nearest = (begins[1:] - ends[:-1]).min(axis=1)
    gaps = np.where(np.isinf(nearest), blanks, nearest.clip(0))
    return boxes, gaps, blanks


class Found(NamedTuple):
    """One digit on a line, with the answers of the networks.

    Attributes
    ----------
    steps : Normalised
        Its form; the box in pixels of the ink.
    probabilities : float32 array, shape (10,), sums to 1
    digitness : float or None
        The gate's answer, in [0, 1]; ``None`` if no gate was asked.
    """

    steps: Normalised
    probabilities: np.ndarray
    digitness: float | None


def digits_in(ink: np.ndarray, predictor: Predictor, gate: Judge | None = None) -> list[Found]:
    """Find the digits on a line and read each. No network sees the same ink twice.

    Parameters
    ----------
    ink : float32 array, shape (h, w), in [0, 1]
        Not blank, and without specks.
    predictor : Predictor
    gate : Judge, optional
        Ink that it refuses is cut, or joined, into digits that it accepts, if possible.

    Returns
    -------
    list of Found
        From left to right.

    Raises
    ------
    DigitLabError
        If the model or the segmenter's network fails, or the latter is missing.
    """
    whole = normalise(ink)
    image = whole.image[None]  # (1, 28, 28)
    read = predictor.predict(image).probabilities  # (1, 10)
    one = load()(image)  # (1,)
    # Most drawings are obviously a single digit, and most that are still under way are one piece.
    squarish = _aspect(whole) <= _SQUARISH and read.max() >= _SURELY_READ
    surely = squarish and one[0] >= _SURELY_ONE
    if parted := _at_empty_columns(ink, predictor, gate):
        return parted
    is_one = surely or (one[0] > _HARDLY_ONE and _is_one_piece(ink))  # see `_is_several`
    found = [] if is_one or _is_dust(ink, whole) else candidates(ink)
    if len(found) < 2:
        return [Found(whole, read[0], None if gate is None else float(gate(image)[0]))]
    images = np.stack([candidate.steps.image for candidate in found])  # (n, 28, 28)
    everything = _place_of_all(found)
    others = np.delete(images, everything, axis=0)  # (n - 1, 28, 28)
    probabilities = np.insert(predictor.predict(others).probabilities, everything, read[0], axis=0)
    wholeness = np.insert(load()(others), everything, one[0])
    digitness = np.ones(len(found), np.float32) if gate is None else gate(images)
    chain = _best_chain(found, _costs(found, probabilities, digitness, wholeness))
    if len(chain) > 1:
        tolls = [found[k].toll for k in chain[:-1]]
        least, all_in_one = float(digitness[chain].min()), float(wholeness[everything])
        if not _is_several(_aspect(whole), tolls, least, all_in_one):
            chain = [everything]
    return [
        Found(found[k].steps, probabilities[k], None if gate is None else float(digitness[k]))
        for k in chain
    ]


def _is_several(aspect: float, tolls: list[float], least: float, wholeness: float) -> bool:
    """Judge all ink together with its parts: whether it is digits on a line, rather than one thing.

    ``tolls`` are those of the cuts, ``least`` is the gate's lowest answer to a part, and
    ``wholeness`` the network's answer to all ink.
    """
    narrow = aspect < _SQUARE
    if min(tolls) > _THROUGH:  # all ink is one piece
        pair_or_wide = len(tolls) == 1 or not narrow
        return pair_or_wide and least >= _MORE_CLEARLY and wholeness <= _HARDLY_ONE
    return least >= _CLEARLY or not narrow


def _place_of_all(found: list[Candidate]) -> int:
    """Return the position of the candidate with all ink."""
    parts = found[-1].stop
    return next(k for k, run in enumerate(found) if (run.start, run.stop) == (0, parts))


def _aspect(steps: Normalised) -> float:
    left, top, right, bottom = steps.box
    return (right - left) / (bottom - top)


def _is_one_piece(ink: np.ndarray) -> bool:
    from scipy import ndimage

    return ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))[1] == 1


def _at_empty_columns(ink: np.ndarray, predictor: Predictor, gate: Judge | None) -> list[Found]:
    """Read tiny ink, as in 28x28 pixels, in tall parts that empty columns separate.

    In it a 1 is one pixel wide, and no cut is dearer than another. Empty if there are no such
    parts, or if the gate does not take each for a digit.
    """
    left, top, right, bottom = bounding_box(ink)
    if bottom - top > _TINY:
        return []
    inked = ink[top:bottom, left:right] > INK_THRESHOLD
    edges = np.flatnonzero(np.diff(inked.any(axis=0).astype(np.int8), prepend=0, append=0))
    runs = edges.reshape(-1, 2)
    heights = [np.ptp(np.flatnonzero(inked[:, a:b].any(axis=1))) + 1 for a, b in runs]
    if len(runs) < 2 or min(heights) < _TALL * (bottom - top):
        return []
    columns = np.arange(ink.shape[1])
    parts = [normalise(ink * ((columns >= left + a) & (columns < left + b))) for a, b in runs]
    images = np.stack([part.image for part in parts])  # (parts, 28, 28)
    digitness = np.ones(len(parts)) if gate is None else gate(images)
    if digitness.min() < _CLEARLY:
        return []
    probabilities = predictor.predict(images).probabilities
    return [
        Found(part, p, None if gate is None else float(d))
        for part, p, d in zip(parts, probabilities, digitness, strict=True)
    ]


def _is_dust(ink: np.ndarray, whole: Normalised) -> bool:
    """Recognise ink of dots only, of which a column would look like a 1."""
    from scipy import ndimage

    pieces, _ = ndimage.label(ink > INK_THRESHOLD, structure=np.ones((3, 3)))
    highest = max(rows.stop - rows.start for rows, _ in ndimage.find_objects(pieces))
    return highest < _DUST * (whole.box[3] - whole.box[1])


def _costs(
    found: list[Candidate], probabilities: np.ndarray, digitness: np.ndarray, wholeness: np.ndarray
) -> np.ndarray:
    """Return for each candidate how little it resembles one digit, in nats or equivalents."""
    starts, stops = (np.array([candidate[k] for candidate in found]) for k in (0, 1))
    boxes = np.array([candidate.steps.box for candidate in found])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    line = bottom - top
    widths, heights = (boxes[:, k + 2] - boxes[:, k] for k in (0, 1))
    is_all = (starts == 0) & (stops == stops.max())
    return (
        -_DOUBT * np.log(probabilities.max(axis=1).clip(1e-3))
        - _NOT_WHOLE * np.log(wholeness.clip(1e-4))
        - _NO_DIGIT * np.log(digitness.clip(1e-4))
        + _WIDE * (widths / line - 0.9).clip(0)
        + _SHORT * (0.65 - heights / line).clip(0)
        + _GAP * np.array([candidate.gap for candidate in found])
        + _BLANK * np.array([candidate.columns for candidate in found])
        + _TOLL * np.array([candidate.toll for candidate in found])
        + _EACH
        - _ALL_SQUARE * is_all * max(0.0, _SQUARE - (right - left) / line)
    )


def _best_chain(found: list[Candidate], costs: np.ndarray) -> list[int]:
    """Return the positions of the candidates that cover all parts at the least total cost."""
    best, last = {0: 0.0}, {}
    for place, (candidate, cost) in enumerate(zip(found, costs.tolist(), strict=True)):
        total = best[candidate.start] + cost
        if total < best.get(candidate.stop, np.inf):
            best[candidate.stop], last[candidate.stop] = total, place
    chain, stop = [], found[-1].stop
    while stop > 0:
        chain.append(last[stop])
        stop = found[chain[-1]].start
    return chain[::-1]
