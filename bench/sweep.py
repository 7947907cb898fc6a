"""Benchmark of sweeps: TPE with ASHA beside random search, on a quarter of MNIST.

    python -m bench.sweep

Both try the same number of settings of one small network, from the same starting point, through the
conductor and ordinary workers, exactly as the app does. Random search trains each try to its end.
The goal of a repetition is the best of its random search less 0.1 points, on the same validation
images. Seeds of samplers and trainings differ between repetitions. CPU seconds are those of the
trainings, without importing TensorFlow, validation and export, and count until the try that reached
the goal has ended. So repetitions may train side by side.
"""

import statistics
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import click

from bench import machine, runs, tables
from core.config import TrainConfig, parse
from core.sweeps import conductor, store
from core.sweeps.config import SweepConfig
from core.sweeps.config import parse as parse_sweep
from core.sweeps.store import Sweep, TryState

GOAL_POINTS = 0.1  # below the best of random search
QUARTER = 15_000  # of MNIST's training images
HEADER = (
    "repetition",
    "random search: best",
    "CPU s in all",
    "CPU s until the goal",
    "TPE with ASHA: best",
    "CPU s in all",
    "pruned",
    "CPU s until the goal",
    "share of random search's CPU s",
)
VARY = {
    "learning_rate": {"low": 0.0001, "high": 0.1, "log": True},
    "batch_size": {"choices": [64, 128, 256]},
    "optimizer": {"choices": ["adam", "sgd", "rmsprop"]},
    "layers.2.units": {"low": 16, "high": 256, "log": True},
    "layers.3.rate": {"low": 0.0, "high": 0.6},
}


@click.command()
@click.option("--repetitions", default=5, show_default=True)
@click.option("--tries", default=24, show_default=True)
@click.option("--epochs", default=9, show_default=True, help="Of a try that is not pruned.")
@click.option("--images", default=QUARTER, show_default=True, help="Training and validation.")
@click.option("--data", default="mnist", show_default=True)
@click.option("--at-once", default=1, show_default=True, help="Repetitions side by side.")
def main(repetitions: int, tries: int, epochs: int, images: int, data: str, at_once: int) -> None:
    """Print what both reach, what it costs them, and the share, for each repetition."""
    print(machine.describe("optuna") + "\n", flush=True)
    print(tables.markdown(HEADER, []), flush=True)
    shares: list[float] = []
    one = partial(_repetition, data=data, images=images, epochs=epochs, tries=tries)
    with ProcessPoolExecutor(at_once) as pool:  # Each has a home of its own.
        for row, share in pool.map(one, range(repetitions)):
            shares += [] if share is None else [share]
            print(f"| {' | '.join(map(str, row))} |", flush=True)
    missed = repetitions - len(shares)
    print(
        f"\nThe goal was reached in {len(shares)} of {repetitions} repetitions"
        + (
            f", in {statistics.median(shares):.0%} of random search's CPU seconds (median; "
            f"{min(shares):.0%} to {max(shares):.0%})."
            if shares
            else "."
        )
        + (f" Missed: {missed}." if missed else "")
    )


def _repetition(
    seed: int, data: str, images: int, epochs: int, tries: int
) -> tuple[list[object], float | None]:
    base = _base(data, images, epochs, seed)
    with runs.temporary_home():
        random = _conducted(base, tries, seed, sampler="random", pruner="none")
        tpe = _conducted(base, tries, seed, sampler="tpe", pruner="asha")
    return _row(seed, random, tpe)


def _base(data: str, images: int, epochs: int, seed: int) -> TrainConfig:
    layers = [
        {"layer": "flatten"},
        {"layer": "dense", "units": 64},
        {"layer": "dropout", "rate": 0.2},
    ]
    values = {"recipe": "bench", "data": data, "layers": layers, "epochs": epochs, "seed": seed}
    return parse(values | {"train_images": images, "validation_split": 0.2})


def _conducted(base: TrainConfig, tries: int, seed: int, **how: str) -> Sweep:
    sweep: SweepConfig = parse_sweep(
        {"base": base, "vary": VARY, "tries": tries, "seed": seed, **how}
    )
    folder = store.create(how["sampler"], sweep)
    conductor.conduct(folder)
    found = store.read_folder(folder)
    if found.state is not store.State.FINISHED:
        raise click.ClickException(found.reason)
    return found


def _row(seed: int, random: Sweep, tpe: Sweep) -> tuple[list[object], float | None]:
    best = _best(random)
    goal = best - GOAL_POINTS / 100
    until, whole = _cpu_until(tpe, goal), random.cpu_seconds
    share = None if until is None else until / whole
    pruned = sum(one.state is TryState.PRUNED for one in tpe.tries)
    return [
        seed,
        f"{best:.2%}",
        f"{whole:.0f}",
        f"{_cpu_until(random, goal):.0f}",
        f"{_best(tpe):.2%}",
        f"{tpe.cpu_seconds:.0f}",
        pruned,
        "–" if until is None else f"{until:.0f}",
        "–" if share is None else f"{share:.0%}",
    ], share


def _best(sweep: Sweep) -> float:
    return (sweep.best.value if sweep.best else None) or 0.0


def _cpu_until(sweep: Sweep, goal: float) -> float | None:
    """Return the CPU seconds of all tries up to the first finished one that reaches a goal."""
    spent = 0.0
    for one in sweep.tries:
        spent += one.cpu_seconds or 0.0
        if one.state is TryState.FINISHED and (one.value or 0.0) >= goal:
            return spent
    return None


if __name__ == "__main__":
    main()
