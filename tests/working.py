"""Workers for tests, real ones and toys: small runs, what they are waited for, and their end."""

import shutil
from contextlib import suppress

import numpy as np
import psutil

from core import worker
from core.config import with_changes
from core.launch.process import launch
from core.recipes.shipped import RECIPES
from core.runs import contract, store
from core.runs.curves import Curves
from tests.waiting import wait_for

QUICK = with_changes(
    RECIPES["dense-starter"].config, {"data": "sample", "epochs": 2, "batch_size": 64}
)
DRAWING = np.zeros((28, 28), np.float32)  # a stroke, for a run to watch
DRAWING[5:20, 14] = 1
ENDLESS = with_changes(QUICK, {"epochs": 200, "batch_size": 1})


def workers(run_id=""):
    folder = str(store.paths.runs_folder() / run_id)
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(folder in part for part in process.info["cmdline"] or [])
    ]


def kill(processes):
    """End processes at once; one that has just ended by itself stays so."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def reaches(run, *states):
    def found():
        now = store.read(run.id)
        if now.state in states:
            return now
        assert now.state.active, f"{now.state}: {now.reason}\n{log(now)}"
        return None

    return wait_for(found, f"{run.id} in {states}")


def log(run):
    try:
        return (run.folder / contract.LOG).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # of a run that trains elsewhere and has printed nothing
        return ""


def trained(config, drawing=None):
    """Have a worker carry out a run to its end."""
    return reaches(launch(config, drawing), contract.State.FINISHED)


def trained_here(config):
    """Have Keras carry out a run in this process, which has TensorFlow already, to its end."""
    run = store.create(config)
    worker.work(run.folder)
    return store.read(run.id)


def copied(run):
    """Copy a run into the test's own home; returns its id."""
    shutil.copytree(run.folder, store.paths.runs_folder() / run.id)
    return run.id


def trains(run):
    def found():
        now = store.read(run.id)
        assert now.state.active, f"{now.state}: {now.reason}\n{log(now)}"
        return Curves(run.folder / contract.METRICS).refresh().batches

    wait_for(found, f"a first metric of {run.id}")
