"""Two trainings that are killed again and again: a file of its own, as it mostly waits."""

import os
import random
import time

import pytest

from core.config import with_changes
from core.launch.process import launch, resume
from core.runs import checkpoint_files, queue, states, store
from core.runs.contract import State
from tests.training.test_recovery import epochs, kill
from tests.waiting import wait_for
from tests.working import QUICK, log

pytestmark = [
    pytest.mark.usefixtures("no_worker_survives"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL"),
]
KILLS = 20
MOMENT_S = 1.5  # some two times as long as a toy takes to begin


def test_twenty_kills_at_any_moment_cost_no_complete_epoch(toys):
    """Of two runs that train side by side, each killed and resumed ten times."""
    # Half a minute is waited for a worker's first word, which some are killed before.
    toys.setattr(states, "STARTING_GRACE_S", 1.0)
    chance = random.Random(0)
    queue.set_at_once(2)
    config = with_changes(QUICK, {"epochs": 200, "batch_size": 8})
    runs = [launch(config), launch(config)]
    done = {run.id: 0 for run in runs}
    for _ in range(KILLS // len(runs)):
        moments = sorted(time.monotonic() + chance.uniform(0, MOMENT_S) for _ in runs)
        for run, moment in zip(runs, moments, strict=True):
            wait_for(lambda until=moment: time.monotonic() > until, "the moment")
            lost = kill(run)
            assert lost.state is State.LOST, f"{lost.reason}\n{log(lost)}"
            assert "killed" in lost.reason
            assert run.id in [listed.id for listed in store.list_runs()]
            checkpoint = checkpoint_files.epochs_done(run.folder)
            assert len(epochs(run)) >= checkpoint >= done[run.id]
            assert not lost.has_model
            done[run.id] = checkpoint
            resume(run.id)
    for run in runs:
        more = done[run.id] + 1
        wait_for(lambda run=run, more=more: checkpoint_files.epochs_done(run.folder) >= more, "one")
        assert [r["epoch"] for r in epochs(run)] == list(range(1, len(epochs(run)) + 1))
