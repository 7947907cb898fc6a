"""Sweeps of toys whose processes are killed, stopped and paused: a file of its own, as it waits."""

import json
import os
import random
import time

import pytest

from core.config import with_changes
from core.runs import checkpoint_files, contract, notes, queue, states
from core.runs import store as run_store
from core.runs.contract import State as RunState
from core.sweeps import control, launch, store, trash
from core.sweeps.store import State, TryState
from tests.sweeps import toy_conductor
from tests.sweeps.sweeping import conductors, ended, facts, log, small
from tests.waiting import wait_for
from tests.working import QUICK, kill, workers

pytestmark = [
    pytest.mark.usefixtures("no_worker_survives"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL"),
]
KILLS = 6
MOMENT_S = 3.0
BASE = with_changes(QUICK, {"epochs": 3})
LONG = with_changes(QUICK, {"epochs": 200, "batch_size": 16})
VARY = {"learning_rate": {"low": 0.0001, "high": 0.1, "log": True}}


@pytest.fixture(autouse=True)
def of_toys(home, monkeypatch):
    monkeypatch.setattr(launch, "CONDUCTOR", ("tests.sweeps.toy_conductor",))
    monkeypatch.setattr(states, "STARTING_GRACE_S", toy_conductor.GRACE_S)
    monkeypatch.setattr(store, "STARTING_GRACE_S", toy_conductor.GRACE_S)
    yield
    for name in store.names():
        kill(conductors(name))


def running_try(name, epochs=1):
    """Wait for a try whose run has some epochs behind it."""

    def found():
        sweep = store.read(name)
        assert sweep.state.active, f"{sweep.state}: {sweep.reason}\n{log(sweep)}"
        return next(
            (
                one
                for one in sweep.tries
                if one.state is TryState.RUNNING and len(one.epochs) >= epochs
            ),
            None,
        )

    return wait_for(found, f"a try of {name} that trains")


def go_on_if_lost():
    wait_for(lambda: store.read("mine").state is not State.STARTING, "its state")
    # It may be over already, if this machine is quick.
    if store.read("mine").state is State.LOST:
        control.go_on("mine")


def test_conductor_and_workers_killed_at_any_moment_lose_no_try_and_count_none_twice():
    chance = random.Random(0)
    queue.set_at_once(2)
    launch.start(small(base=BASE, vary=VARY, tries=5, at_once=2, pruner="none"), "mine")
    for number in range(KILLS):
        moment = time.monotonic() + chance.uniform(0, MOMENT_S)
        wait_for(lambda until=moment: time.monotonic() > until, "the moment")
        if number % 2:
            for process in workers()[:1]:
                process.kill()
        else:
            for process in conductors("mine"):
                process.kill()
                process.wait()
        go_on_if_lost()
    sweep = ended("mine")
    assert (sweep.state, sweep.done, sweep.wanted) == (State.FINISHED, 5, 5), log(sweep)
    assert [one.number for one in sweep.tries] == list(range(5))
    assert all(one.state is TryState.FINISHED for one in sweep.tries), sweep.tries
    assert all(list(one.epochs) == [1, 2, 3] for one in sweep.tries)
    # No run was started twice, none is outside the sweep, and all have ended.
    assert sorted(one.run for one in sweep.tries) == sorted(run_store.run_ids())
    assert all(run_store.read(one.run).state is RunState.FINISHED for one in sweep.tries)
    values = {one.parameters["learning_rate"]: one.value for one in sweep.tries}
    assert len(values) == 5


def test_two_sweeps_of_the_same_seed_do_the_same():
    """Side by side: when each look comes, and how far a run is by then, decides nothing."""
    queue.set_at_once(2)
    sweep = small(base=BASE, vary=VARY, tries=4)
    for name in ("one", "another"):
        launch.start(sweep, name)
    one, another = ended("one"), ended("another")
    assert one.state is State.FINISHED, log(one)
    assert facts(one) == facts(another)


def test_a_sweep_is_paused_goes_on_and_is_stopped_and_goes_on():
    sweep = small(base=LONG, vary=VARY, tries=2, pruner="none")
    launch.start(sweep, "mine")
    one = running_try("mine")
    control.pause("mine")
    wait_for(lambda: run_store.read(one.run).state is RunState.PAUSED, "the run is paused")
    assert store.read("mine").state is State.PAUSED
    control.go_on("mine")
    wait_for(lambda: run_store.read(one.run).state is RunState.RUNNING, "the run goes on")

    control.stop("mine")
    stopped = ended("mine")
    assert (stopped.state, stopped.done) == (State.STOPPED, 0)
    run = run_store.read(one.run)
    assert (run.state, run.has_model) == (RunState.STOPPED, False)
    before = checkpoint_files.epochs_done(run.folder)
    assert before >= 1

    control.go_on("mine")
    again = running_try("mine", before + 1)
    assert (again.number, again.run, again.parameters) == (0, one.run, one.parameters)
    assert trash.runs_of("mine") == [one.run]
    resumed = [step for step in steps_of(run.folder, "resume") if step]
    epochs = steps_of(run.folder, "epoch")
    assert resumed == [epochs[before - 1]], "it began again, or within an epoch"
    assert epochs == sorted(set(epochs)), "an epoch was trained twice"
    control.stop("mine")
    ended("mine")

    trash.remove("mine")
    assert (store.names(), run_store.run_ids()) == ([], [])
    assert trash.undo("mine").name == "mine"
    assert run_store.run_ids() == trash.runs_of("mine") == [one.run]


def steps_of(folder, kind):
    lines = (folder / contract.METRICS).read_text(encoding="utf-8").splitlines()
    return [record["step"] for record in map(json.loads, lines) if record["kind"] == kind]


def test_a_try_is_pruned_while_it_trains_and_more_are_added():
    """The second rate is far too low, and its run would never end by itself."""
    vary = {
        "learning_rate": {"choices": [1e-9, QUICK.learning_rate]},
        "epochs": {"choices": [200, QUICK.epochs]},
    }
    launch.start(small(vary=vary, sampler="grid", tries=1), "mine")
    first = ended("mine")
    assert (first.state, first.done) == (State.FINISHED, 1)
    control.add("mine", 1)
    sweep = ended("mine")
    assert (sweep.state, sweep.done, sweep.wanted) == (State.FINISHED, 2, 2)
    bad = sweep.tries[1]
    assert bad.state is TryState.PRUNED
    run = run_store.read(bad.run)
    assert run.state is RunState.PRUNED, log(sweep)
    assert notes.read(run.folder).sweep == "mine"
    assert max(bad.epochs) == 1
    assert bad.value == bad.epochs[1]
    assert facts(sweep)[0] == facts(first)[0]
