"""Sweeps for tests: of toys with a conductor of their own, or of runs that end at once."""

import os

import numpy as np
import pytest

from core.cards import Card, DataFacts, ExportFacts, TrainingFacts, this_machine
from core.evaluation.scores import evaluate
from core.runs import contract, notes
from core.runs import store as run_store
from core.runs.curves import MetricsWriter
from core.sweeps import conductor, store
from core.sweeps.config import parse
from tests.waiting import wait_for
from tests.working import QUICK

VARY = {
    "learning_rate": {"low": 0.0001, "high": 0.1, "log": True},
    "batch_size": {"choices": [32, 64, 256]},
}
IMAGES = 10_000


def small(**changes):
    return parse({"base": QUICK, "vary": VARY, "tries": 4} | changes)


def accuracy(config, epoch):
    """Return what a run of `at_once` reaches: most near a learning rate of 0.01, and late."""
    off = abs(np.log10(config.learning_rate) + 2) / 10 + config.batch_size / 10_000
    return round(0.99 - off - 0.2 / (epoch + 1) + config.seed / 1000, 4)


def at_once(config, *, run_id="", said=None, here=False):
    """Stand in for `core.launch.process.launch`: a run that is over when it has begun."""

    def fill(folder):
        if said is not None:
            notes.write(folder, said)

    run = run_store.create(config, fill, run_id)
    metrics = MetricsWriter(run.folder / contract.METRICS)
    for epoch in range(1, config.epochs + 1):
        figures = {"loss": 0.5, "accuracy": 0.9, "val_accuracy": accuracy(config, epoch)}
        metrics.append({"kind": "epoch", "epoch": epoch, "step": epoch, "cpu_seconds": 2.0 * epoch})
        metrics.append({"kind": "epoch", "epoch": epoch, "step": epoch, **figures})
    metrics.close()
    write_card(run, accuracy(config, config.epochs))
    end(run, contract.State.FINISHED)
    return run


def end(run, state, reason=""):
    run_store.write_status(run.folder, contract.Status(state=state, reason=reason))


def write_card(run, reached):
    labels = np.arange(IMAGES) % 10
    answers = np.where(np.arange(IMAGES) < round(reached * IMAGES), labels, (labels + 1) % 10)
    config = run.config
    card = Card(
        run=run.id,
        created="2026-01-02T03:04:05Z",
        config=config,
        parameters=1,
        data=DataFacts(
            source="sample",
            title="sample",
            digest="",
            test_digest=config.score_on,
            train=1,
            validation=IMAGES,
            test=IMAGES,
        ),
        training=TrainingFacts(
            stopped_early=False,
            epochs_done=config.epochs,
            steps_done=config.epochs,
            cpu_seconds=2.0 * config.epochs,
            wall_seconds=1.0,
            validation_accuracy=reached,
            validation_loss=None,
            temperature=1.0,
        ),
        test=evaluate(labels, np.eye(10)[answers]),
        export=ExportFacts(keras_bytes=1, onnx_bytes=1, largest_difference=0.0, ms_per_image=0.1),
        machine=this_machine(),
    )
    probabilities = np.eye(10, dtype=np.float32)[answers]
    np.savez(run.folder / contract.PREDICTIONS, probabilities=probabilities, labels=labels)
    (run.folder / contract.ONNX_MODEL).touch()
    (run.folder / contract.CARD).write_text(card.model_dump_json(), encoding="utf-8")


@pytest.fixture
def instant(home, monkeypatch):
    """Let each run of a sweep end as soon as it begins."""
    monkeypatch.setattr(conductor, "launch", at_once)
    monkeypatch.setattr(conductor, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(os, "fsync", lambda file: None)  # Nobody pulls the plug.
    return monkeypatch


def conducted(sweep, name="mine"):
    """Carry out a new sweep in this process."""
    conductor.conduct(store.create(name, sweep))
    return store.read(name)


def ended(name):
    def found():
        sweep = store.read(name)
        return None if sweep.state.active else sweep

    return wait_for(found, f"sweep {name} has ended")


def facts(sweep):
    """Return what repeats exactly: all of the tries but their runs and times."""
    return [
        one.model_dump(exclude={"run", "started", "ended", "cpu_seconds"}) for one in sweep.tries
    ]


def log(sweep):
    return (sweep.folder / store.LOG).read_text(encoding="utf-8", errors="replace")


def conductors(name):
    """Return the processes of a sweep's conductors."""
    import psutil

    folder = str(store.folder_of(name))
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and (process.info["cmdline"] or [""])[-1] == folder
    ]
