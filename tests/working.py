"""Real workers for tests: small runs, what they are waited for, and their end."""

import psutil

from core.config import with_changes
from core.recipes.shipped import RECIPES
from core.runs import store
from core.runs.curves import Curves
from tests.waiting import wait_for

QUICK = with_changes(
    RECIPES["dense-starter"].config, {"data": "sample", "epochs": 2, "batch_size": 64}
)
ENDLESS = with_changes(QUICK, {"epochs": 200, "batch_size": 1})


def workers(run_id=""):
    folder = str(store.paths.runs_folder() / run_id)
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(folder in part for part in process.info["cmdline"] or [])
    ]


def reaches(run, *states, at_most_s=90.0):
    def found():
        now = store.read(run.id)
        if now.state in states:
            return now
        assert now.state.active, f"{now.state}: {now.reason}\n{log(now)}"
        return None

    return wait_for(found, f"{run.id} in {states}", at_most_s)


def log(run):
    return (run.folder / store.LOG).read_text(encoding="utf-8", errors="replace")


def trains(run):
    wait_for(lambda: Curves(run.folder / store.METRICS).refresh().batches, "a first metric")
