"""Charts of the report as inline SVG: no script, printable, in the theme of the page.

Each takes arrays and returns a string. Colours are classes and variables of ``report_page.css``.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from core.evaluation.calibration import Reliability
from core.evaluation.selective import Curve

_WIDE, _HIGH = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 88, 16, 12, 56
_MAP = 640
_MOST_POINTS = 400  # of a curve: as many as a screen can resolve


class _Axes:
    """A rectangle with axes, into which data are drawn."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self._x, self._y = x, y

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return a point's position in pixels."""
        (x0, x1), (y0, y1) = self._x, self._y
        right = _LEFT + (x - x0) / (x1 - x0) * (_WIDE - _LEFT - _RIGHT)
        down = _TOP + (y1 - y) / (y1 - y0) * (_HIGH - _TOP - _BOTTOM)
        return round(right, 1), round(down, 1)

    def line(self, xs: Iterable[float], ys: Iterable[float], style: str) -> str:
        """Draw a line through points."""
        path = " ".join("{},{}".format(*self.place(x, y)) for x, y in zip(xs, ys, strict=True))
        return f'<polyline points="{path}" fill="none" {style}/>'

    def frame(self, x_title: str, y_title: str) -> str:
        """Draw grid, ticks and titles."""
        parts = []
        for value in _ticks(*self._x):
            x, bottom = self.place(value, self._y[0])
            parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}"/>')
            parts.append(
                f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{_share(value)}</text>'
            )
        for value in _ticks(*self._y):
            left, y = self.place(self._x[0], value)
            parts.append(
                f'<line class="grid" x1="{left}" x2="{_WIDE - _RIGHT}" y1="{y}" y2="{y}"/>'
            )
            parts.append(
                f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{_share(value)}</text>'
            )
        middle = (_LEFT + _WIDE - _RIGHT) / 2
        parts.append(f'<text x="{middle}" y="{_HIGH - 6}" text-anchor="middle">{x_title}</text>')
        parts.append(
            f'<text transform="translate(14 {_HIGH / 2}) rotate(-90)" text-anchor="middle">'
            f"{y_title}</text>"
        )
        return "".join(parts)


def reliability(found: Reliability) -> str:
    """Draw the share of correct answers over their probability, with 95 % intervals."""
    axes = _Axes((0, 1), (0, 1))
    parts = [
        axes.frame("how sure it is", "how often it is right"),
        axes.line([0, 1], [0, 1], 'class="guide"'),
    ]
    for one in found.bins:
        x, y = axes.place(one.confidence, one.accuracy)
        low, high = (axes.place(one.confidence, share)[1] for share in one.interval)
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{low}" y2="{high}" stroke="var(--right)"/>'
            f'<circle cx="{x}" cy="{y}" r="4.5" fill="var(--right)"><title>'
            f"says {_share(one.confidence)}, right {_share(one.accuracy)} of {one.count:,} answers"
            "</title></circle>"
        )
    return _svg(parts, _HIGH, "Reliability diagram: how often answers are right, by how sure")


def threshold(found: Curve) -> str:
    """Draw the accuracy of the accepted answers over their share of all answers."""
    every = max(len(found.coverage) // _MOST_POINTS, 1)
    kept = slice((len(found.coverage) - 1) % every, None, every)  # always includes the last
    coverage, accuracy = found.coverage[kept], found.accuracy[kept]
    lowest = float(accuracy.min())
    low = max(0.0, lowest - 0.2 * (1 - lowest)) if lowest < 1 else 0.9
    axes = _Axes((0, 1), (low, 1))
    line = axes.line(coverage, accuracy, 'stroke="var(--right)" stroke-width="2.5"')
    parts = [axes.frame("answers accepted (coverage)", "right, of those"), line]
    return _svg(parts, _HIGH, "Accuracy of the accepted answers, by the share that is accepted")


def embedding_map(points: np.ndarray, labels: np.ndarray, wrong: np.ndarray) -> str:
    """Draw the test images as points, coloured by true digit, mistakes as crosses.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2), in [-1, 1]
    labels : ndarray of int, shape (n,)
    wrong : ndarray of bool, shape (n,)
    """
    spots = np.rint((points * [1, -1] * 0.96 + 1) * _MAP / 2).astype(int)
    parts, words = [], []
    for digit in range(10):
        here = labels == digit
        if not here.any():
            continue
        # One path of dots takes a tenth of the bytes of as many circles.
        dots = "".join(f"M{x} {y}h0" for x, y in np.unique(spots[here], axis=0).tolist())
        parts.append(f'<path d="{dots}" stroke="var(--d{digit})" stroke-width="3.5" fill="none"/>')
        x, y = np.median(spots[here], axis=0).tolist()
        words.append(
            f'<text x="{x}" y="{y + 7}" text-anchor="middle" style="font-size:20px;font-weight:700;'
            f'paint-order:stroke;stroke:var(--ground);stroke-width:4px">{digit}</text>'
        )
    crosses = "".join(f"M{x - 4} {y - 4}l8 8m0 -8l-8 8" for x, y in spots[wrong].tolist())
    parts.append(f'<path d="{crosses}" stroke="var(--text)" stroke-width="2" fill="none"/>')
    body = f'<g stroke-linecap="round">{"".join(parts)}</g>'
    return _svg([body, *words], _MAP, f"Map of {len(points):,} test images, by true digit")


def _svg(parts: Sequence[str], high: int, alt: str) -> str:
    return f'<svg viewBox="0 0 {_WIDE} {high}" role="img" aria-label="{alt}">{"".join(parts)}</svg>'


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from low to high."""
    rough = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _share(value: float) -> str:
    return f"{round(100 * value, 2):g} %"
