"""Runs that train on another machine: real processes, two homes that share nothing, a PostgreSQL.

Toys train, see `tests.toy`: the same configuration gives the same bits, here or there.
"""

import numpy as np
import pytest

from core import own_models, registry
from core.config import with_changes
from core.launch.process import launch, resume
from core.runs import contract, control, notes, store
from core.runs.contract import State
from core.runs.curves import Curves
from core.sweeps import launch as sweep_launch
from core.sweeps.store import State as SweepState
from core.sweeps.store import TryState
from tests.cluster.machines import Machine, mirrors, trains
from tests.data import strokes
from tests.sweeps.sweeping import ended, log, small
from tests.waiting import wait_for
from tests.working import DRAWING, QUICK, reaches, trained

pytestmark = pytest.mark.usefixtures("toys")
LONG = with_changes(QUICK, {"epochs": 200, "batch_size": 8})


@pytest.fixture
def machine(cluster, tmp_path):
    with Machine(tmp_path / "annex") as machine:
        yield machine.is_ready()


def answers(run):
    return dict(np.load(run.folder / contract.PREDICTIONS))


def test_a_run_elsewhere_is_the_run_that_it_would_be_here(machine, monkeypatch):
    away = reaches(launch(QUICK, DRAWING), State.FINISHED)
    assert away.status.machine == "annex"
    monkeypatch.delenv("DIGIT_LAB_CLUSTER")
    here = trained(QUICK, DRAWING)
    assert not here.status.machine
    for name, array in answers(here).items():
        np.testing.assert_array_equal(array, answers(away)[name])
    assert registry.of_run(away).card.test == registry.of_run(here).card.test
    assert registry.of_run(away).card.here.config == QUICK
    curves = [Curves(run.folder / contract.METRICS).refresh() for run in (here, away)]
    assert [r["val_loss"] for r in curves[0].epochs] == [r["val_loss"] for r in curves[1].epochs]
    files = {path.name for path in here.folder.rglob("*")}
    assert files - {path.name for path in away.folder.rglob("*")} <= {contract.LOG}
    assert not list((machine.home / "cluster" / "work").glob("*/*"))


def test_a_run_may_ask_to_stay_here(machine):
    run = reaches(launch(QUICK, here=True), State.FINISHED)
    assert not run.status.machine
    assert "taken" not in machine.said()


def test_a_run_waits_where_no_machine_is_at_work_and_can_be_stopped(cluster, home):
    run = launch(QUICK)
    wait_for(lambda: "none is at work" in phase(run), "that no machine is there")
    assert store.read(run.id).state is State.QUEUED
    control.stop(run.id)
    assert not reaches(run, State.STOPPED).has_model
    wait_for(lambda: not mirrors(home), "the end of the mirror")


def phase(run):
    status = store.read(run.id).status
    return status.phase if status else ""


def test_people_pause_change_and_stop_what_trains_elsewhere(machine):
    run = trains(launch(LONG))
    control.pause(run.id)
    reaches(run, State.PAUSED)
    control.set_learning_rate(run.id, 0.0005)
    control.go_on(run.id)
    reaches(run, State.RUNNING)
    rates = lambda: Curves(run.folder / contract.METRICS).refresh().rates  # noqa: E731
    wait_for(lambda: rates() and rates()[-1]["learning_rate"] == 0.0005, "the new rate")
    wait_for(lambda: Curves(run.folder / contract.METRICS).refresh().epochs, "an epoch")
    control.stop(run.id, keep_best=True)
    ended = reaches(run, State.STOPPED)
    assert ended.has_model
    assert registry.of_run(ended).card.here.training.stopped_early


def test_data_of_ones_own_travel(machine, own_file):
    config = with_changes(QUICK, {"data": str(own_file)})
    run = reaches(launch(config), State.FINISHED)
    card = registry.of_run(run).card
    assert card.data.source == card.here.config.data == str(own_file)
    assert not list(machine.home.rglob("*.npz"))


@pytest.mark.parametrize("named", ["run", "model", "path"])
def test_a_model_of_ones_own_to_start_from_travels(machine, monkeypatch, named):
    with monkeypatch.context() as patched:
        patched.delenv("DIGIT_LAB_CLUSTER")
        first = trained(with_changes(QUICK, {"seed": 7}))
        model = own_models.promote(first.id, "mine")
        names = {"run": first.id, "model": "mine", "path": str(model.folder)}
        config = with_changes(QUICK, {"start_from": names[named]})
        here = trained(config)
    away = reaches(launch(config), State.FINISHED)
    assert away.status.machine == "annex"
    for name, array in answers(here).items():
        np.testing.assert_array_equal(array, answers(away)[name])
    assert registry.of_run(away).card.here.config == config
    scratch = [registry.of_run(run).card.here.training.validation_loss for run in (first, away)]
    assert scratch[1] < scratch[0]
    assert not list(machine.home.rglob(contract.KERAS_MODEL))


def test_strokes_travel_too(machine, tmp_path):
    sources = [str(strokes.save(tmp_path / "home-only/ours.npz", writers=8)), "nobodys"]
    config = with_changes(QUICK, {"strokes": sources, "drawn_digits": 60})
    run = reaches(launch(config), State.FINISHED)
    assert run.status.machine == "annex"
    card = registry.of_run(run).card
    assert card.here.config == config
    (file,) = card.data.strokes
    assert (file.name, file.drawings, file.held_back) == ("ours", 70, 1)
    assert not list(machine.home.rglob("ours.npz"))


def test_a_machine_without_mnist_is_sent_it_once(cluster, mnist_folder, tmp_path):
    config = with_changes(QUICK, {"data": "mnist", "train_images": 1000})
    places = {"DIGIT_LAB_DATA": str(tmp_path / "none"), "KERAS_HOME": str(tmp_path / "keras")}
    with Machine(tmp_path / "annex", DIGIT_LAB_OFFLINE="1", **places) as machine:
        for _ in range(2):
            run = reaches(launch(config), State.FINISHED)
            assert registry.of_run(run).card.data.title == "MNIST"
        assert machine.said().count("fetching MNIST") == 2


def test_what_cannot_be_trained_says_why(machine, own_file):
    own_file.write_bytes(b"nothing")
    run = reaches(launch(with_changes(QUICK, {"data": str(own_file)})), State.FAILED)
    assert own_file.name in run.reason
    assert "Traceback" not in run.reason


def test_the_mirror_may_be_killed_and_the_run_resumed(machine, home):
    run = trains(launch(LONG))
    for process in mirrors(home):
        process.kill()
        process.wait()
    wait_for(lambda: store.read(run.id).state is State.LOST, "that nobody follows it")
    resume(run.id)
    trains(run)
    assert machine.said().count("taken") == 1  # It went on all the time.
    control.stop(run.id)
    assert reaches(run, State.STOPPED).has_model


def test_a_run_that_nobody_follows_may_go_on_here(machine, home, base):
    run = trains(launch(LONG))
    for process in mirrors(home):
        process.kill()
        process.wait()
    wait_for(lambda: store.read(run.id).state is State.LOST, "that nobody follows it")
    resume(run.id, here=True)
    trains(run)
    assert not store.read(run.id).is_elsewhere
    assert not store.read(run.id).status.machine
    left = lambda: base.execute("SELECT key FROM run").fetchall()  # noqa: E731
    wait_for(lambda: not left(), "that the machine no longer has it")
    assert f"{run.id}: stopped" in machine.said()
    control.stop(run.id)
    assert reaches(run, State.STOPPED).has_model


def test_a_machine_that_leaves_gives_its_run_to_the_next(machine, tmp_path):
    run = launch(LONG)
    wait_for(lambda: len(Curves(run.folder / contract.METRICS).refresh().epochs) > 1, "two epochs")
    assert machine.leave() == 0
    wait_for(lambda: store.read(run.id).state is State.QUEUED, "that it waits")
    done = Curves(run.folder / contract.METRICS).refresh().epochs[-1]["epoch"]
    with Machine(tmp_path / "cellar"):
        wait_for(lambda: store.read(run.id).status.machine == "cellar", "the next machine")
        curves = Curves(run.folder / contract.METRICS)
        wait_for(lambda: curves.refresh().epochs[-1]["epoch"] > done, "a further epoch")
        control.stop(run.id)
        assert reaches(run, State.STOPPED).has_model
    steps = [record["step"] for record in curves.refresh().epochs]
    assert steps == sorted(set(steps))  # None was trained twice in the curve.


def test_a_sweeps_runs_and_a_single_one_take_turns(cluster, tmp_path):
    several = [launch(QUICK, said=notes.Notes(sweep="wide")) for _ in range(3)]
    for run in several:
        wait_for(lambda run=run: "none is at work" in phase(run), "that it waits")
    single = launch(QUICK)
    wait_for(lambda: "none is at work" in phase(single), "that it waits, too")
    with Machine(tmp_path / "annex", "--until-empty") as machine:
        for run in [*several, single]:
            reaches(run, State.FINISHED)
        assert machine.process.wait() == 0
    taken = [line.split(":")[0] for line in machine.said().splitlines() if line.endswith("taken")]
    assert taken.index(single.id) == 1


def test_the_tries_of_a_sweep_are_trained_elsewhere(machine, monkeypatch):
    monkeypatch.setattr(sweep_launch, "CONDUCTOR", ("tests.sweeps.toy_conductor",))
    sweep_launch.start(small(base=QUICK, tries=4, at_once=2, pruner="none"), "wide")
    sweep = ended("wide")
    assert sweep.state is SweepState.FINISHED, log(sweep)
    assert len(sweep.tries) == 4
    assert {store.read(one.run).status.machine for one in sweep.tries} == {"annex"}
    assert {one.state for one in sweep.tries} == {TryState.FINISHED}


def test_a_run_in_front_goes_first(cluster, tmp_path):
    runs = [launch(QUICK) for _ in range(3)]
    wait_for(lambda: all("none is at work" in phase(run) for run in runs), "that all wait")
    control.to_the_front(runs[2].id)
    with Machine(tmp_path / "annex", "--until-empty") as machine:
        reaches(runs[2], State.FINISHED)
        taken = machine.said().partition("taken")[0]
    assert runs[2].id in taken
