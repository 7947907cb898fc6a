"""Training runs as the app makes them, for benchmarks: a home of their own, one run at a time."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from core import paths, registry
from core.cards import Card
from core.config import TrainConfig
from core.data import mnist
from core.launch.process import launch
from core.runs import contract, control, store

_LOOK_EVERY_S = 0.2


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Keep the runs of a benchmark apart from a person's own; data sets stay where they are.

    Raises
    ------
    click.ClickException
        MNIST is not on this machine.
    """
    if mnist.find() is None:
        raise click.ClickException("MNIST is missing: `python -m core data --fetch` gets it.")
    data, before = str(paths.data_folder()), dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="digit-lab-", ignore_cleanup_errors=True) as folder:
        os.environ.update(DIGIT_LAB_HOME=folder, DIGIT_LAB_DATA=data)
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


def train(config: TrainConfig) -> Card:
    """Train through the launcher, wait for the end and return the card; interrupted, stop the run.

    Raises
    ------
    click.ClickException
        The run ended without a model.
    """
    run = launch(config)
    try:
        run = wait_for(run.id, over)
    finally:
        stop(run.id)
    if not run.has_model:
        raise click.ClickException(f"{run.id} is {run.state}: {run.reason}")
    return registry.of_run(run).card


@contextmanager
def as_if_training(config: TrainConfig) -> Iterator[contract.Run]:
    """Make a run that reads as one that trains, halfway through, though nobody trains it."""
    run = store.create(config)
    steps = 400
    batches = (
        {"kind": "batch", "step": step, "loss": 1 / step, "accuracy": 1 - 1 / step}
        | {"learning_rate": 0.001, "gradient_norm": 1.0}
        for step in range(1, steps + 1)
    )
    lines = (json.dumps(batch) + "\n" for batch in batches)
    (run.folder / contract.METRICS).write_text("".join(lines), encoding="utf-8")
    now = time.time()
    status = contract.Status(
        state=contract.State.RUNNING,
        phase="training",
        heartbeat=now,
        next_heartbeat=now + 3600,
        step=steps,
        total_steps=2 * steps,
        started=now,
    )
    store.write_status(run.folder, status)
    with store.worker_lock(run.folder):
        yield store.read(run.id)


def stop(run_id: str) -> None:
    """Stop a run, unless it is over, and wait until it is."""
    if not over(store.read(run_id)):
        control.stop(run_id)
        wait_for(run_id, over)


def over(run: contract.Run) -> bool:
    """Return whether a run has come to its end, whatever end that is."""
    return not run.state.active


def under_way(run: contract.Run) -> bool:
    """Return whether a run trains at this moment, TensorFlow and data loaded."""
    return run.status is not None and run.status.step > 0


def wait_for(run_id: str, condition) -> contract.Run:
    """Wait until a run fulfils a condition or is over."""
    while not (condition(run := store.read(run_id)) or over(run)):
        time.sleep(_LOOK_EVERY_S)
    return run
