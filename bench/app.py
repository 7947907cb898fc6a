"""Benchmark of the app: how quickly it answers, its memory, and the budget for each.

    python -m bench.app

Runs the app as ``streamlit run`` does, in a home of its own with the model in use, and operates it
in a real Chromium. It measures cold starts, strokes on the canvas with and without a training, a
widget of Inspect, and the button that starts a training. One server serves everything after the
cold starts, so its memory at the end is that of a long session over every page.
"""

import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import onnxruntime
import psutil
from playwright.sync_api import Browser, Page

from bench import machine, runs, tables
from bench.browser import Server, open_browser, serve, timed, visit
from core import paths, registry
from core.config import with_changes
from core.data import load_test
from core.launch.process import launch
from core.reading.normalise import as_floats
from core.recipes.book import get_recipe
from core.runs import store

# How often each thing is done; --quick does it once.
STARTS = 5
DRAWINGS = 9  # of two strokes
RERUNS = 15
TRAININGS = 3
PREDICTIONS = 1000
CHOOSING_S = 15.0  # for which somebody looks at the form before a training

# The peer of the first page: what Streamlit itself needs.
BARE = 'import streamlit\n\nstreamlit.title("Digit Lab")\n'

# Digits of two strokes each, in pixels of the canvas: the second changes the answer.
DIGITS = (
    ([(230, 60), (150, 290)], [(90, 60), (230, 60)]),  # a stem, then the roof of a 7
    ([(120, 60), (90, 190), (260, 190)], [(210, 90), (200, 300)]),  # the corner of a 4, its stem
    ([(120, 70), (115, 160), (220, 190), (200, 290), (100, 290)], [(120, 70), (240, 70)]),  # a 5
)
ANSWER = 'document.querySelector(".digit-lab-answer .announced")?.textContent'  # at pen up alone
STARTING = "document.querySelector('[data-testid=stMain] [data-testid=stProgress]')"
FIRST_METRIC = "document.querySelector('.js-plotly-plot .scatterlayer .trace path')"
ORDERS = ("Highest loss first", "Most confident first")  # the second is chosen at first
AT_REST = "document.querySelector('[data-test-script-state=notRunning]')"
# Every picture of the page, once the script has run to its end and all of them have arrived.
PICTURES = f"""(() => {{
  const pictures = [...document.querySelectorAll('[data-testid=stMain] img')];
  const done = {AT_REST}
    && !document.querySelector('[data-stale=true]') && pictures.every(p => p.complete);
  return done && pictures.map(p => p.src).join();
}})()"""


@dataclass(frozen=True)
class Budget:
    """A promise: what it is about, the unit, the most it may take, and how to write a figure.

    A peer's figure promises nothing: its ``at_most`` is ``None``.
    """

    what: str
    unit: str
    at_most: float | None
    form: str = ",.0f"

    def row(self, values: Sequence[float]) -> list[str]:
        """Return the cells of the table's row."""
        low, middle, high = (
            f"{pick(values):{self.form}}" for pick in (min, statistics.median, max)
        )
        return [
            self.what,
            f"{middle} {self.unit}",
            f"{low}–{high}",
            str(len(values)),
            *self._verdict(statistics.median(values)),
        ]

    def _verdict(self, value: float) -> tuple[str, str]:
        if self.at_most is None:
            return "", ""
        return f"{self.at_most:g} {self.unit}", "yes" if value <= self.at_most else "no"


HEADER = ("what", "median", "min–max", "n", "budget", "met")
FIRST_PAINT = Budget("`streamlit run` to first page painted", "s", None, ".2f")
BARE_PAINT = Budget("the same of a page of Streamlit's with a title alone", "s", None, ".2f")
PAINT_RATIO = Budget("the first beside the second, pair by pair", "times", 1.25, ".2f")
PEN_IDLE = Budget("pen up to final answer, idle", "ms", 150)
PEN_BUSY = Budget("pen up to final answer, while a run trains", "ms", 500)
INSPECT = Budget("Inspect rerun over 10,000 predictions", "ms", 400)
START_SEEN = Budget('click on "Start training" to "starting"', "s", 0.3, ".2f")
START_METRIC = Budget("the same click to the first point of the curve", "s", 3, ".1f")
START_AT_ONCE = Budget("the same where nobody has chosen anything before", "s", None, ".1f")
MEMORY = Budget("memory of the app after a session over every page", "MB", 300)
PREDICTION = Budget("prediction of one image in `core`", "ms", None, ".3f")
RUNTIME = Budget("the same by ONNX Runtime alone", "ms", None, ".3f")
PREDICTION_RATIO = Budget("the first beside the second, pair by pair", "times", 1.2, ".2f")


@click.command()
@click.option("--quick", is_flag=True, help="Everything once, to see that it works.")
def main(quick: bool) -> None:
    """Print what is measured beside what it may take."""
    model = registry.active()
    if model is None:
        raise click.ClickException("There is no model: `python -m core train sprint` makes one.")

    def times(often: int) -> int:
        return 1 if quick else often

    with runs.temporary_home() as home, open_browser() as browser:
        give(model, home)
        packages = ("streamlit", "streamlit-drawable-canvas", "plotly", "pandas")
        print(machine.describe(*packages, Chromium=browser.version))
        parameters = f"{model.card.parameters:,} parameters"
        print(f"model '{model.name}', {parameters}; MNIST; 1280 x 900 pixels\n")
        print(tables.markdown(HEADER, []), flush=True)
        bare = home / "bare.py"
        bare.write_text(BARE, "utf-8")
        # In turns, so that both meet the same moods of the machine.
        paints = [
            (_first_paint(browser, home, "streamlit_app.py"), _first_paint(browser, home, bare))
            for _ in range(times(STARTS))
        ]
        _print_pairs((FIRST_PAINT, BARE_PAINT, PAINT_RATIO), paints)
        with serve(home) as server:
            _session(browser, server, times)
        pairs = _predictions(model, times(PREDICTIONS))
        _print_pairs((PREDICTION, RUNTIME, PREDICTION_RATIO), pairs)


def _session(browser: Browser, server: Server, times: Callable[[int], int]) -> None:
    """Work every page of one server, and weigh it at the end."""
    with page_of(browser, server, "/", "Digit Lab"):
        pass
    with page_of(browser, server, "/draw", "Draw a digit") as page:
        _print(PEN_IDLE, _strokes(page, times(DRAWINGS)))
    with page_of(browser, server, "/inspect", "Inspect a model") as page:
        _print(INSPECT, _reruns(page, times(RERUNS)))
    started = [_start_training(browser, server, CHOOSING_S) for _ in range(times(TRAININGS))]
    _print_together((START_SEEN, START_METRIC), started)
    at_once = [_start_training(browser, server, 0)[1] for _ in range(times(TRAININGS))]
    _print(START_AT_ONCE, at_once)
    with page_of(browser, server, "/draw", "Draw a digit") as page, _training():
        _print(PEN_BUSY, _strokes(page, times(DRAWINGS)))
    _print(MEMORY, [psutil.Process(server.process.pid).memory_info().rss / 1e6])


def _print(budget: Budget, values: Sequence[float]) -> None:
    print(f"| {' | '.join(budget.row(values))} |", flush=True)


def _print_together(budgets: tuple[Budget, ...], measured: Sequence[tuple[float, ...]]) -> None:
    for budget, values in zip(budgets, zip(*measured, strict=True), strict=True):
        _print(budget, values)


def _print_pairs(budgets: tuple[Budget, ...], measured: Sequence[tuple[float, float]]) -> None:
    """Print a figure, its peer's, and their ratio."""
    _print_together(budgets, [(ours, peers, ours / peers) for ours, peers in measured])


def give(model: registry.Model, home: Path) -> None:
    """Make a model the one in use in a home."""
    if model.folder.parent != paths.SHIPPED_MODELS:
        shutil.copytree(model.folder, home / "models" / model.name)
    registry.set_active(model.name)


@contextmanager
def page_of(browser: Browser, server: Server, path: str, title: str) -> Iterator[Page]:
    """Open a page and wait for its title."""
    page = visit(browser, server)
    page.goto(path, wait_until="commit")
    page.get_by_role("heading", name=title, exact=True).wait_for()
    yield page
    page.close()


def _first_paint(browser: Browser, home: Path, script: Path | str) -> float:
    with serve(home, script) as server, page_of(browser, server, "/", "Digit Lab"):
        return time.monotonic() - server.began


def _strokes(page: Page, drawings: int) -> list[float]:
    """Draw digits of two strokes; milliseconds from each pen up to the final answer."""
    took = []
    for drawing in range(drawings):
        for points in DIGITS[drawing % len(DIGITS)]:
            took += timed(page, "pointerup", lambda points=points: stroke(page, points), ANSWER)
        page.get_by_role("button", name="Clear").click()
        page.get_by_text("Draw a digit with the mouse").wait_for()
    return took


def stroke(page: Page, points: list[tuple[int, int]]) -> None:
    """Draw a line on the canvas, in its pixels, with the mouse."""
    canvas = page.locator("canvas.upper-canvas")
    canvas.nth(1).wait_for(state="detached")  # Clear puts a new one in the place of the old
    canvas.hover()
    box = canvas.bounding_box()
    start, *way = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*start)
    page.mouse.down()
    for point in way:
        page.mouse.move(*point, steps=8)
    page.mouse.up()


def _reruns(page: Page, often: int) -> list[float]:
    """Sort the misread digits the other way; milliseconds from the click to the whole page."""
    took = []
    page.get_by_alt_text("read as").first.wait_for()
    page.wait_for_function(PICTURES)
    orders = [page.get_by_role("radio", name=name) for name in ORDERS]
    for number in range(often):
        page.wait_for_function(PICTURES)  # A click while the page still changes may be lost.
        took += timed(page, "click", orders[number % 2].click, PICTURES)
    return took


def _start_training(browser: Browser, server: Server, choosing_s: float) -> tuple[float, ...]:
    """Start `sprint` from the form; seconds until the page says so, and until a first metric.

    Whoever chooses settings for a while gives a worker the time to stand by.
    """
    with page_of(browser, server, "/train", "Train a network") as page:
        button = page.get_by_role("button", name="Start training")
        button.wait_for()
        page.wait_for_function(AT_REST)
        page.wait_for_timeout(1000 * choosing_s)
        took = timed(page, "click", button.click, STARTING, FIRST_METRIC)
        runs.stop(store.run_ids()[0])
    return tuple(milliseconds / 1000 for milliseconds in took)


@contextmanager
def _training() -> Iterator[None]:
    run = launch(with_changes(get_recipe("sprint").config, {"data": "mnist", "epochs": 200}))
    try:
        if not runs.under_way(runs.wait_for(run.id, runs.under_way)):
            raise click.ClickException(f"The training ended early: {store.read(run.id).reason}")
        yield
    finally:
        runs.stop(run.id)


def _predictions(model: registry.Model, often: int) -> list[tuple[float, float]]:
    """Predict single test images, here and by ONNX Runtime alone; milliseconds each."""
    predictor = model.predictor()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # as in `core.reading.network`
    session = onnxruntime.InferenceSession(model.onnx, options)
    (name,) = (given.name for given in session.get_inputs())
    images = as_floats(load_test("mnist").x[:often])  # (n, 28, 28)

    def milliseconds(predict: Callable[[np.ndarray], object], image: np.ndarray) -> float:
        began = time.perf_counter()
        predict(image)
        return 1000 * (time.perf_counter() - began)

    def alone(image: np.ndarray) -> object:
        return session.run(None, {name: image[..., None]})

    pairs = [
        (milliseconds(predictor.predict, image), milliseconds(alone, image))
        for image in images[:, None]  # each (1, 28, 28)
    ]
    return pairs[1:] or pairs  # the first loads


if __name__ == "__main__":
    main()
