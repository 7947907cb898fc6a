"""How often drawn digits are read right, in the circumstances that a drawing page meets.

    DIGIT_LAB_PEN_STROKES=strokes.npz python -m bench.drawn --model models/NAME/model.onnx

Draws digits that people wrote on tablets (see ``bench/strokes.py``) the way a canvas does, in each
variant, and reads them through the code behind the Draw page. Beside it stands what the same model
makes of the canvas turned grey and resized to 28x28, as many drawing demos do it.
"""

import os
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np
from PIL import Image

from bench import strokes
from core.reading.ink import find_ink
from core.reading.normalise import FIELD, normalise
from core.reading.predictor import Predictor
from core.reading.reader import read, without_specks

TIMED = 200  # canvases on which the steps are timed


@click.command()
@click.option("--model", required=True, type=click.Path(path_type=Path), help="model.onnx")
@click.option("--variant", "names", multiple=True, type=click.Choice(list(strokes.VARIANTS)))
@click.option("--every", default=1, help="Take every k-th digit, for a quick look.")
def main(model: Path, names: tuple[str, ...], every: int) -> None:
    """Print the accuracy for each variant, and what each step costs."""
    source = os.environ.get("DIGIT_LAB_PEN_STROKES")
    if not source:
        raise click.UsageError("Set DIGIT_LAB_PEN_STROKES to a file of pen strokes.")
    digits = strokes.load(Path(source))
    chosen = range(0, len(digits.labels), every)
    writers = len(set(digits.writers[::every].tolist()))
    predictor = Predictor(model)
    print(_machine())
    print(f"{model}; n = {len(chosen)} digits by {writers} writers in each variant\n")
    print(f"{'variant':14} {'Digit Lab':>9} {'unsure':>7} {'resized':>9}")
    for name in names or strokes.VARIANTS:
        right = unsure = resized = 0
        for index in chosen:
            canvas = strokes.draw(digits.samples[index], strokes.VARIANTS[name], index)
            reading = read(canvas, predictor)
            right += reading.text == str(digits.labels[index])
            unsure += reading.verdict == "unsure"
            resized += _naively(canvas, predictor) == digits.labels[index]
        shares = (100 * count / len(chosen) for count in (right, unsure, resized))
        print("{:14} {:7.2f} % {:5.1f} % {:7.2f} %".format(name, *shares), flush=True)
    print()
    first = [digits.samples[index] for index in chosen[:TIMED]]
    print(f"Milliseconds a step, n = {len(first)}: median, and what 90 % lie between")
    for step, times in _times(first, predictor).items():
        low, middle, high = statistics.quantiles(times, n=20)[::9]
        print(f"{step:10} {middle:.3f}  {low:.3f} to {high:.3f}")


def _naively(canvas: np.ndarray, predictor: Predictor) -> int:
    grey = Image.fromarray(canvas).convert("L").resize((FIELD, FIELD))
    image = np.asarray(grey, np.float32) / 255
    return int(predictor.predict(image[None]).probabilities.argmax())


def _times(samples: list[list[np.ndarray]], predictor: Predictor) -> dict[str, list[float]]:
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
        timed("read", read, canvas, predictor)
    return times


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "numpy", "pillow"))
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, {packages}"
    )


if __name__ == "__main__":
    main()
