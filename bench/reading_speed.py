"""Benchmark of reading: time and memory, from one drawing to a photograph.

    python -m bench.reading_speed

A drawing is one of the generator's digits on a canvas, so only this project is needed. The
photograph is read in a process of its own, to measure the memory of reading alone.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import numpy as np

from bench import machine, papers, tables
from core import registry
from core.reading import gate
from core.reading.pictures import decode
from core.reading.predictor import Predictor
from core.reading.reader import read
from core.strokes import digits, pen

SIDE = 280
HEADER = ("what", "median", "90 % lie between", "n", "goal")


@click.command()
@click.option("--model", default=registry.DEFAULT, show_default=True, help="Name, run or path.")
def main(model: str) -> None:
    """Print times and memory beside their goals."""
    print(machine.describe("pillow", "scipy"))
    print(f"Model {model}\n")
    predictor, judge = registry.find(model).predictor(), gate.load_if_there()
    canvases = [_canvas(number) for number in range(300)]
    drawn = [_seconds(partial(read, canvas, predictor, judge)) for canvas in canvases]
    images = np.random.default_rng(0).random((10_000, 28, 28), np.float32)
    batches = [_seconds(lambda: predictor.predict(images)) for _ in range(5)]
    photographs = [_in_its_own_process(model, number) for number in range(5)]
    rows = [
        _row("280x280 RGBA to verdict", drawn, 1000, "ms", "3 ms"),
        _row("10,000 images of 28x28", batches, 1, "s", "2 s"),
        _row("12-megapixel JPEG to verdict", [took for took, _ in photographs], 1, "s", "1.5 s"),
        _row("memory of that process", [memory for _, memory in photographs], 1, "MB", "400 MB"),
    ]
    print(tables.markdown(HEADER, rows))


def _canvas(number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    strokes = [stroke * 180 + SIDE / 2 for stroke in digits.write(number % 10, rng)]
    ink = np.rint(255 * pen.draw(strokes, 18, SIDE)).astype(np.uint8)
    return np.stack([ink, ink, ink, np.full_like(ink, 255)], axis=-1)


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _in_its_own_process(model: str, number: int) -> tuple[float, float]:
    rng = np.random.default_rng(number)
    file = papers.picture(digits.write(number % 10, rng), papers.KINDS["12 megapixels"], rng)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_photograph, (model, file))


def _photograph(model: str, file: bytes) -> tuple[float, float]:
    """Return the seconds of reading a photograph and the most memory of this process in MB."""
    predictor: Predictor = registry.find(model).predictor()
    judge = gate.load_if_there()
    took = _seconds(lambda: read(decode(file), predictor, judge))
    return took, _peak_bytes() / 1e6


def _peak_bytes() -> int:
    """Return the most memory that this process has had."""
    import psutil

    # Linux counts what the process that started this one had as this one's own, in all but this.
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    used = psutil.Process().memory_info()
    if hasattr(used, "peak_wset"):  # Windows
        return used.peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


def _row(what: str, values: list[float], scale: float, unit: str, goal: str) -> list[str]:
    values = sorted(scale * value for value in values)
    low, high = np.quantile(values, [0.05, 0.95])
    middle = statistics.median(values)
    return [what, f"{middle:.3g} {unit}", f"{low:.3g}–{high:.3g}", str(len(values)), goal]


if __name__ == "__main__":
    main()
