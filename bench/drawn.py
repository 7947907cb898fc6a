"""Benchmark of drawn digits: accuracy in the circumstances that a drawing page meets.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.drawn

Draws digits that people wrote on tablets (see ``bench/strokes.py``) as a canvas does, in each
variant. The code behind the Draw page reads them. For comparison, the same model reads the whole
canvas turned grey and resized to 28x28, as many drawing demos do. With ``--beside`` another model
reads the same canvases, and the paired difference stands beside it with its interval over writers.
"""

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable

import click
import numpy as np

from bench import machine, options, strokes, tables
from core import registry
from core.evaluation.intervals import difference_by_writer
from core.reading import gate, plain_resize
from core.reading.ink import find_ink
from core.reading.network import Judge
from core.reading.normalise import normalise
from core.reading.predictor import Predictor
from core.reading.reader import read
from core.reading.specks import without_specks

HEADER = ("drawn", "read right", "simply resized to 28x28", "unsure", "refused")
TIMED = 200  # canvases on which the steps are timed


@click.command()
@options.model
@options.variants
@options.writers
@click.option("--beside", help="Another model: name, run or path.")
@click.option("--every", default=1, help="Take every k-th digit, for a quick look.")
def main(
    model: str,
    names: tuple[str, ...],
    writers: strokes.Part,
    beside: str | None,
    every: int,
) -> None:
    """Print the accuracy for each variant, and what each step costs."""
    digits = strokes.from_environment("Drawn digits are")
    if digits is None:
        return
    chosen = strokes.of_writers(digits, writers)[::every]
    people = len(set(digits.writers[chosen].tolist()))
    predictor, judge = registry.find(model).predictor(), gate.load_if_there()
    other = registry.find(beside).predictor() if beside else None
    people_of = digits.writers[chosen]
    print(machine.describe("pillow"))
    print(f"Model {model}; n = {len(chosen):,} digits by {people} writers in each variant\n")
    header = (
        (*HEADER, f"{beside} reads right", "difference, 95 % over writers") if other else HEADER
    )
    print(tables.markdown(header, []), flush=True)
    for name in names or strokes.VARIANTS:
        right, by_other, resized = [], [], 0
        verdicts: Counter[str] = Counter()
        for index in chosen:
            canvas = strokes.draw(digits.drawings[index], strokes.VARIANTS[name], index)
            reading = read(canvas, predictor, judge)
            right.append(reading.text == str(digits.labels[index]))
            if other:
                by_other.append(read(canvas, other, judge).text == str(digits.labels[index]))
            verdicts[reading.verdict] += 1
            image = plain_resize.resized(canvas)
            answer = predictor.predict(image[None]).probabilities.argmax()
            resized += answer == digits.labels[index]
        counts = (sum(right), resized, verdicts["unsure"], verdicts["not-a-digit"])
        cells = [f"{count / len(chosen):.2%}" for count in counts]
        if other:
            cells += _beside(np.array(right), np.array(by_other), people_of)
        print(f"| {' | '.join([name, *cells])} |", flush=True)
    first = [digits.drawings[index] for index in chosen[:TIMED]]
    rows = [_time_row(step, times) for step, times in _times(first, predictor, judge).items()]
    print(f"\nn = {len(first)} canvases\n")
    print(tables.markdown(("step", "median, ms", "90 % lie between, ms"), rows))


def _beside(right: np.ndarray, by_other: np.ndarray, writers: np.ndarray) -> list[str]:
    difference, low, high = (100 * of for of in difference_by_writer(right, by_other, writers))
    return [f"{by_other.mean():.2%}", f"{difference:+.2f} points ({low:+.2f} to {high:+.2f})"]


def _times(
    samples: list[list[np.ndarray]], predictor: Predictor, judge: Judge | None
) -> dict[str, list[float]]:
    """Time each step of a reading, in milliseconds."""
    times: dict[str, list[float]] = defaultdict(list)

    def timed(step: str, function: Callable, *arguments):
        began = time.perf_counter()
        result = function(*arguments)
        times[step].append(1000 * (time.perf_counter() - began))
        return result

    for index, sample in enumerate(samples):
        canvas = strokes.draw(sample, strokes.VARIANTS["default"], index)
        ink = timed("ink", find_ink, canvas)
        ink = timed("specks", without_specks, ink)
        image = timed("normalise", normalise, ink).image
        timed("predict", predictor.predict, image[None])
        timed("read", read, canvas, predictor, judge)
    return times


def _time_row(step: str, times: list[float]) -> list[str]:
    low, middle, high = statistics.quantiles(times, n=20)[::9]
    return [step, f"{middle:.2f}", f"{low:.2f}–{high:.2f}"]


if __name__ == "__main__":
    main()
