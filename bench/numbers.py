"""Benchmark of whole numbers: how many are read correctly, and how many single digits stay whole.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.numbers

Composes four-digit numbers from digits written on tablets (see ``bench/strokes.py``), one writer a
number. It reads them from a canvas as wide as the Draw page's. 40 % of the numbers are written
apart; 40 % are close, with 2 to 12 % of a digit's height between the inks; 20 % touch. In a
touching number one pair of neighbours, sometimes more, shares ink along 10 to 80 % of the pen's
width. Its other digits are close. Sizes and baselines differ from digit to digit.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import click
import numpy as np

from bench import machine, options, strokes, tables
from core import registry
from core.data.stroke_files import Strokes
from core.evaluation.intervals import wilson
from core.reading.gate import load_if_there
from core.reading.normalise import normalise, to_mnist
from core.reading.reader import read
from core.strokes import pen
from core.strokes.line import in_line

Spacing = Literal["apart", "close", "touching"]

WIDTH, HEIGHT = 700, 240  # of the canvas, in pixels
MARGIN = 10  # pixels of the canvas that stay free on each side
LENGTH = 4  # digits in a number
MIX: dict[Spacing, float] = {"apart": 0.4, "close": 0.4, "touching": 0.2}

NUMBERS = (
    "numbers",
    "n",
    "wholly right",
    "95 % interval",
    "not 4 digits",
    "each digit right alone",
    "of those wholly right",
)
SINGLES = ("single digits", "n", "left in one piece")


@dataclass(frozen=True)
class Number:
    """A number on a canvas.

    Attributes
    ----------
    text : str
        Its digits.
    spacing : {'apart', 'close', 'touching'}
    layers : float32 array, shape (LENGTH, HEIGHT, WIDTH), in [0, 1]
        The ink of each digit.
    """

    text: str
    spacing: Spacing
    layers: np.ndarray

    @property
    def canvas(self) -> np.ndarray:
        """White on black RGBA: uint8, shape (HEIGHT, WIDTH, 4)."""
        grey = np.rint(255 * self.layers.max(axis=0)).astype(np.uint8)
        return np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1)


def compose(digits: Strokes, chosen: np.ndarray, rng: np.random.Generator) -> Number:
    """Write a number with the digits of one writer.

    Parameters
    ----------
    digits : Strokes
    chosen : int array, shape (n,)
        Places of the digits that may be used. Of a writer with few, some are used twice.
    rng : numpy.random.Generator

    Returns
    -------
    Number
    """
    own = chosen[digits.writers[chosen] == digits.writers[rng.choice(chosen)]]
    places = rng.choice(own, LENGTH, replace=len(own) < LENGTH)
    spacing = str(rng.choice(list(MIX), p=list(MIX.values())))
    width, height = rng.uniform(8, 20), rng.uniform(110, 170)  # of the pen, of a digit
    sizes = np.exp(rng.normal(0, 0.08, LENGTH))
    rises, gaps = rng.normal(0, 0.04, LENGTH), _gaps(spacing, rng)
    room = np.array([HEIGHT, WIDTH]) - 2 * MARGIN
    while True:
        inks = [
            _ink(digits.drawings[place], height * size, width)
            for place, size in zip(places, sizes, strict=True)
        ]
        line = in_line(inks, np.where(gaps < 0, width, height) * gaps, height * rises)
        if (line.shape[1:] <= room).all():
            break
        height *= 0.97 * (room / line.shape[1:]).min()
    layers = np.zeros((LENGTH, HEIGHT, WIDTH), np.float32)
    top, left = MARGIN + rng.integers(room - line.shape[1:] + 1)
    layers[:, top : top + line.shape[1], left : left + line.shape[2]] = line
    return Number("".join(str(digits.labels[place]) for place in places), spacing, layers)


def _gaps(spacing: str, rng: np.random.Generator) -> np.ndarray:
    """Draw the gaps: in heights of a digit, or where below 0 in pen widths that inks share."""
    if spacing == "apart":
        return rng.uniform(0.12, 0.5, LENGTH - 1)
    close = rng.uniform(0.02, 0.12, LENGTH - 1)
    if spacing == "close":
        return close
    touch = rng.random(LENGTH - 1) < 0.25
    touch[rng.integers(LENGTH - 1)] = True
    return np.where(touch, -rng.uniform(0.1, 0.8, LENGTH - 1), close)


def _ink(sample: list[np.ndarray], height: float, width: float) -> np.ndarray:
    """Draw a digit of this height, or less high if it would be wider than 1.1 heights."""
    path = np.concatenate(sample)
    low, extent = path.min(axis=0), np.ptp(path, axis=0).clip(1e-3)
    scale = min(height / extent[1], 1.1 * height / extent[0])
    placed = [(stroke - low) * scale + width for stroke in sample]
    return normalise(pen.draw(placed, width, int((scale * extent).max() + 2 * width) + 3)).cropped


@click.command()
@options.model
@click.option("--n", default=2000, show_default=True, help="How many numbers.")
@options.writers
@click.option("--every", default=1, help="Take every k-th single digit, for a quick look.")
@click.option("--seed", default=0, show_default=True)
def main(model: str, n: int, writers: strokes.Part, every: int, seed: int) -> None:
    """Print how many numbers are read correctly, and how many single digits stay in one piece."""
    digits = strokes.from_environment("Numbers are")
    if digits is None:
        return
    chosen = strokes.of_writers(digits, writers)
    predictor = registry.find(model).predictor()
    gate = load_if_there()
    print(machine.describe("pillow", "scipy"))
    people = len(np.unique(digits.writers[chosen]))
    print(f"Model {model}, {'with' if gate else 'without'} gate; digits by {people} writers\n")
    print(tables.markdown(NUMBERS, _numbers(digits, chosen, n, seed, predictor, gate)), flush=True)
    print()
    print(tables.markdown(SINGLES, _singles(digits, chosen[::every], predictor, gate)))


def _numbers(digits, chosen, n, seed, predictor, gate) -> Iterator[list[str]]:
    rng = np.random.default_rng(seed)
    facts: list[tuple[str, bool, bool, bool]] = []
    times = []
    for _ in range(n):
        number = compose(digits, chosen, rng)
        canvas = number.canvas
        began = time.perf_counter()
        reading = read(canvas, predictor, gate)
        times.append(1000 * (time.perf_counter() - began))
        # The nearest digit counts, refused or not: what is refused has a table in bench.refusal.
        text = "".join(str(digit.digit) for digit in reading.digits)
        images = np.stack([to_mnist(layer) for layer in number.layers])
        alone = "".join(map(str, predictor.predict(images).probabilities.argmax(axis=1)))
        right = (text == number.text, len(text) != LENGTH, alone == number.text)
        facts.append((number.spacing, *right))
    for name in (*MIX, "all"):
        rows = [row for spacing, *row in facts if name in (spacing, "all")]
        if not rows:
            continue
        right, other, alone = np.array(rows).T
        low, high = wilson(int(right.sum()), len(rows))
        kept = f"{right[alone].mean():.2%}" if alone.any() else "-"
        yield [
            name,
            f"{len(rows):,}",
            f"{right.mean():.2%}",
            f"{low:.2%}–{high:.2%}",
            f"{other.mean():.2%}",
            f"{alone.mean():.2%}",
            kept,
        ]
    low, middle, high = statistics.quantiles(times, n=20)[::9]
    print(f"A number is read in {middle:.1f} ms (median; 90 % in {low:.1f}–{high:.1f} ms)\n")


def _singles(digits, chosen, predictor, gate) -> Iterator[list[str]]:
    total = whole = 0
    for name, variant in strokes.VARIANTS.items():
        canvases = (strokes.draw(digits.drawings[k], variant, int(k)) for k in chosen)
        one = sum(len(read(canvas, predictor, gate).digits) == 1 for canvas in canvases)
        total, whole = total + len(chosen), whole + one
        yield [name, f"{len(chosen):,}", f"{one / len(chosen):.2%}"]
    yield ["all", f"{total:,}", f"{whole / total:.2%}"]


if __name__ == "__main__":
    main()
