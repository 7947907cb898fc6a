"""Benchmark of run control: delay of requests, accuracy of the time left, cost of watching.

    python -m bench.control

Trains real runs through the launcher, on MNIST and in a home of their own.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import psutil

from bench import machine, runs, tables
from core.config import TrainConfig, with_changes
from core.data import load
from core.data.augment import augment
from core.launch.process import launch
from core.reading.normalise import as_floats
from core.recipes.book import get_recipe
from core.runs import contract, control, store
from core.runs.contract import State
from core.runs.curves import Curves, MetricsWriter

REQUESTS = 10
TIMED = {"sprint": {}, "dense-report": {"epochs": 4}, "cnn-classic": {"train_images": 20_000}}
REPEATS = 3
POINTS = 5_000
TICKS = 20
BATCHES = 20
_LOOK_EVERY_S = 0.005


@click.command()
@click.option("--quick", is_flag=True, help="Once instead of several times.")
def main(quick: bool) -> None:
    """Print the tables."""
    print(machine.describe("streamlit", "plotly"), flush=True)
    with runs.temporary_home():
        print()
        header = ("asked of a run", "carried out after (median)", "range", "n")
        print(tables.markdown(header, _requests(1 if quick else REQUESTS)), flush=True)
        print()
        header = ("time left, said after a tenth", "off by (median)", "range", "n")
        print(tables.markdown(header, _time_left(1 if quick else REPEATS)), flush=True)
    print()
    print(tables.markdown(("what", "median", "range", "n"), _costs(1 if quick else TICKS)))


def _requests(n: int) -> Iterator[list[str]]:
    endless = with_changes(get_recipe("cnn-classic").config, {"epochs": 200})
    run = launch(endless)
    try:
        runs.wait_for(run.id, runs.under_way)
        pauses, resumes, rates = [], [], []
        for number in range(n):
            pauses.append(_until(run.id, control.pause, lambda r: r.state is State.PAUSED))
            step = store.read(run.id).status.step
            resumes.append(_until(run.id, control.go_on, lambda r, step=step: r.status.step > step))
            rate = 0.001 * (number % 2 + 1) / 2
            rates.append(
                _until(
                    run.id,
                    lambda run_id, rate=rate: control.set_learning_rate(run_id, rate),
                    lambda r, rate=rate: _last_rate(r) == rate,
                )
            )
        waiting = launch(endless)
        runs.wait_for(waiting.id, lambda r: r.state is State.QUEUED)
        memory = [p.memory_info().rss / 1e6 for p in _workers(waiting.id)]
        control.stop(waiting.id)
        stopped = _until(run.id, control.stop, lambda r: r.status.phase != "training")
        for what, seconds in (("pause", pauses), ("go on", resumes), ("learning rate", rates)):
            yield _row(what, [1000 * s for s in seconds], ",.0f", " ms")
        yield _row("stop", [1000 * stopped], ",.0f", " ms")
        yield _row("(memory of a run that waits)", memory, ".0f", " MB")
    finally:
        runs.stop(run.id)


def _last_rate(run: contract.Run) -> float | None:
    rates = Curves(run.folder / contract.METRICS).refresh().rates
    return rates[-1]["learning_rate"] if rates else None


def _workers(run_id: str) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(run_id in part for part in process.info["cmdline"] or [])
    ]


def _until(
    run_id: str, ask: Callable[[str], object], done: Callable[[contract.Run], bool]
) -> float:
    ask(run_id)
    began = time.perf_counter()
    while not done(store.read(run_id)):
        time.sleep(_LOOK_EVERY_S)
    return time.perf_counter() - began


def _time_left(n: int) -> Iterator[list[str]]:
    for name, changes in TIMED.items():
        config = with_changes(get_recipe(name).config, changes)
        yield _row(name, [_off_by(config) for _ in range(n)], "+.0%")


def _off_by(config: TrainConfig) -> float:
    """Return by which share of the true time the first tenth's estimate was wrong."""
    run = launch(config)
    said = None
    while True:
        now = store.read(run.id)
        status, moment = now.status, time.perf_counter()
        if said is None and status and status.step >= 0.1 * status.total_steps > 0:
            said = moment, status.seconds_left
        if said and (status.phase not in ("training", "validating")):
            break
        time.sleep(_LOOK_EVERY_S)
    true = moment - said[0]
    runs.wait_for(run.id, runs.over)
    return said[1] / true - 1


def _costs(n: int) -> Iterator[list[str]]:
    from ui import charts

    with TemporaryDirectory() as folder:
        path = Path(folder, contract.METRICS)
        writer = MetricsWriter(path)
        for step in range(POINTS):
            writer.append({"kind": "batch", "step": step, "loss": 1.0, "accuracy": 0.5})
        curves = Curves(path).refresh()
        ticks = []
        for step in range(POINTS, POINTS + n):
            writer.append({"kind": "batch", "step": step, "loss": 1.0, "accuracy": 0.5})
            began = time.perf_counter()
            for metric in ("loss", "accuracy"):
                charts.learning_curve(curves.refresh(), metric, 2 * POINTS).to_json()
            ticks.append(1000 * (time.perf_counter() - began))
        writer.close()
    yield _row(f"both curves of {POINTS:,} points, read on and drawn anew", ticks, ".0f", " ms")
    for name in ("flagship", "tiny"):
        yield _row(f"changing a batch of {name}, share of its step", _shares(name), ".0%")


def _shares(name: str) -> list[float]:
    """Return how long a batch is changed for, as shares of a step without that."""
    from core import model as models
    from core.training.optimizer import compile_for

    config = get_recipe(name).config
    data = load("mnist")
    images = as_floats(data.x_train[: config.batch_size])
    labels = models.encode_labels(data.y_train[: config.batch_size], config)
    model = models.build(config.layers, config.precision)
    compile_for(model, config, 1000)
    model.train_on_batch(images[..., None], labels)
    shares = []
    for seed in range(BATCHES):
        began = time.perf_counter()
        changed = augment(images, config.augmentation, np.random.default_rng(seed))
        middle = time.perf_counter()
        model.train_on_batch(changed[..., None], labels)
        shares.append((middle - began) / (time.perf_counter() - middle))
    return shares


def _row(what: str, values: Sequence[float], form: str, unit: str = "") -> list[str]:
    low, middle, high = (pick(values) for pick in (min, statistics.median, max))
    spread = f"{low:{form}}–{high:{form}}{unit}"
    return [what, f"{middle:{form}}{unit}", spread, str(len(values))]


if __name__ == "__main__":
    main()
