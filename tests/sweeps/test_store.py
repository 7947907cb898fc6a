"""The sweep store: states, names, requests and the trash, whatever lies in the folders."""

import json
import os

import pytest
from filelock import FileLock

from core import spawn
from core.errors import DigitLabError
from core.runs import contract, notes
from core.runs import store as run_store
from core.runs import trash as run_trash
from core.sweeps import config, control, launch, store, trash
from core.sweeps.store import State
from tests.sweeps.sweeping import QUICK, conducted, small


@pytest.fixture
def spawned(home, monkeypatch):
    """Collect what would be started, and start nothing."""
    started = []

    class Process:
        pid = 0

        def wait(self):
            pass

    def detached(*module, output):
        started.append(module)
        return Process()

    monkeypatch.setattr(spawn, "detached", detached)
    return started


def held(folder):
    return FileLock(folder / store.CONDUCTOR_LOCK, is_singleton=False)


def test_a_new_sweep_starts(spawned):
    sweep = launch.start(small())
    assert (sweep.name, sweep.state, sweep.wanted) == ("dense-starter-1", State.STARTING, 4)
    assert sweep.config == small()
    assert spawned == [("core.sweeps.conductor", str(sweep.folder))]
    assert launch.start(small()).name == "dense-starter-2"
    assert [one.name for one in store.all_sweeps()][-1] == "dense-starter-1"


def test_one_whose_process_cannot_be_started_leaves_nothing(home, monkeypatch):
    def detached(*module, output):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(spawn, "detached", detached)
    with pytest.raises(DigitLabError, match=r"could not be started \(Cannot allocate memory\)"):
        launch.start(small())
    assert store.names() == []


@pytest.mark.parametrize("name", ["Mine", "a b", "../x", "-a", "a" * 41])
def test_names_that_no_folder_should_have_are_refused(spawned, name):
    with pytest.raises(DigitLabError, match="cannot be a sweep's name"):
        launch.start(small(), name)
    with pytest.raises(DigitLabError, match="There is no sweep"):
        store.read(name)
    assert not spawned


def test_a_name_is_taken_once(spawned):
    launch.start(small(), "mine")
    with pytest.raises(DigitLabError, match="There is a sweep 'mine' already"):
        launch.start(small(), "mine")


def test_missing_data_are_refused_before_there_is_a_sweep(spawned):
    base = QUICK.model_copy(update={"data": "/nowhere/digits.npz"})
    with pytest.raises(DigitLabError, match="There is no data set"):
        launch.start(small(base=base))
    assert store.names() == []


def test_the_state_is_derived(home):
    folder = store.create("mine", small())

    def state():
        return store.read("mine").state

    assert state() is State.STARTING
    with held(folder):
        store.write_status(folder, State.RUNNING)
        assert state() is State.RUNNING
        control.pause("mine")
        assert state() is State.PAUSED
        control.go_on("mine")
        assert state() is State.RUNNING
        control.stop("mine")
        assert state() is State.STOPPING
    assert state() is State.LOST
    assert "resume it, and it continues" in store.read("mine").reason
    store.write_status(folder, State.FAILED, "There is no room.")
    assert (state(), store.read("mine").reason) == (State.FAILED, "There is no room.")
    (folder / store.STATUS).write_text("{", encoding="utf-8")
    os.utime(folder / store.CONDUCTOR_LOCK, (0, 0))
    assert state() is State.LOST


def test_an_ended_sweep_is_neither_stopped_nor_paused(instant):
    conducted(small())
    for ask, what in ((control.stop, "stop"), (control.pause, "pause")):
        with pytest.raises(DigitLabError, match=f"not active: there is nothing to {what}"):
            ask("mine")
    with pytest.raises(DigitLabError, match="All 4 tries of 'mine' have ended: add more"):
        control.go_on("mine")


def test_more_are_added_within_bounds(instant, spawned):
    conducted(small())
    sweep = control.add("mine", 3)
    assert (sweep.wanted, sweep.state) == (7, State.STARTING)
    assert len(spawned) == 1
    for more in (0, -1, 1000):
        with pytest.raises(DigitLabError, match="at most 1000: add a number from 1 to 993"):
            control.add("mine", more)
    vary = {"batch_size": {"choices": [32, 64]}}
    conducted(small(vary=vary, sampler="grid", tries=50), "grid")
    with pytest.raises(DigitLabError, match="'grid' has 2 tries, and there can be no more"):
        control.add("grid", 1)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"base": 1}', '{"tries": 4}', "[" * 100_000])
def test_a_damaged_sweep_is_listed_as_such_and_breaks_nothing(instant, content):
    sweep = conducted(small())
    folder = store.create("damaged", small())
    (folder / store.CONFIG).write_text(content, encoding="utf-8")
    found = {one.name: one for one in store.all_sweeps()}
    assert found["mine"].tries == sweep.tries
    assert found["damaged"].state is State.MALFORMED
    assert found["damaged"].reason.startswith("This folder's sweep.json cannot be used")
    for ask in (control.go_on, lambda name: control.add(name, 1)):
        with pytest.raises(DigitLabError, match="cannot be used"):
            ask("damaged")
    trash.remove("damaged")
    assert store.names() == ["mine"]


@pytest.mark.parametrize("wanted", ["", "x", "-1", "1e9", "true", "[]"])
def test_a_damaged_wish_is_none(home, wanted):
    folder = store.create("mine", small())
    (folder / store.WANTED).write_text(wanted, encoding="utf-8")
    assert store.read("mine").wanted == 4


def test_a_deleted_sweep_takes_its_runs_along_and_brings_them_back(instant):
    sweep = conducted(small())
    other = conducted(small(tries=1), "other")
    trash.remove("mine")
    assert [one.name for one in store.all_sweeps()] == ["other"]
    assert run_store.run_ids() == [other.tries[0].run]
    assert trash.removed() == ["mine"]
    assert trash.undo("mine").tries == sweep.tries
    assert set(trash.runs_of("mine")) == {one.run for one in sweep.tries}
    with pytest.raises(DigitLabError, match="deleted for good"):
        trash.undo("mine")


def test_a_deleted_sweep_gives_way_to_one_of_its_name(instant):
    conducted(small())
    trash.remove("mine")
    conducted(small(tries=1))
    with pytest.raises(DigitLabError, match="while another one has its name"):
        trash.undo("mine")
    trash.remove("mine")
    assert trash.undo("mine").wanted == 1


def test_what_was_deleted_an_hour_ago_is_gone(instant):
    conducted(small())
    trash.remove("mine")
    grave = store.paths.sweeps_folder() / (contract.REMOVED + "mine")
    os.utime(grave, (0, 0))
    run_trash.clear_old()
    assert trash.removed() == []


def test_an_active_sweep_or_run_is_not_deleted(instant):
    sweep = conducted(small())
    with held(sweep.folder), pytest.raises(DigitLabError, match="'mine' is still active"):
        trash.remove("mine")
    run = run_store.create(QUICK, lambda folder: notes.write(folder, notes.Notes(sweep="mine")))
    with pytest.raises(DigitLabError, match=f"Run '{run.id}' of it is still active"):
        trash.remove("mine")


def test_a_sweep_travels_as_a_file_and_as_a_link(home, tmp_path):
    base = QUICK.model_copy(update={"data": str(tmp_path / "mine.npz")})
    sweep = small(base=base, tries=7, sampler="random", seed=3)
    arrived = config.from_json(config.to_json(sweep).encode(), "sweep.json")
    linked = config.decode(config.encode(sweep))
    plain = base.model_copy(update={"data": "mine"})
    assert arrived == linked == sweep.model_copy(update={"base": plain})
    assert str(tmp_path) not in config.to_json(sweep)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[]", "'x.json' holds no configuration"),
        ("{}", "'x.json' holds no sweep: it must have base, the starting point, and vary."),
        ('{"base": {}}', "'x.json' cannot be used: 'base' cannot be used: recipe is missing"),
        ('{"base": BASE}', "'x.json' cannot be used: vary is missing: it must be for each setting"),
        ('{"base": BASE, "vary": []}', "vary must be for each setting a range or choices, not"),
        ('{"base": BASE, "vary": VARY, "tries": 0}', "tries must be a whole number from 1 to 1000"),
        ('{"base": BASE, "vary": VARY, "try": 1}', "try is not a setting of a sweep: the settings"),
        ('{"base": BASE, "vary": VARY, "sampler": "cma"}', "sampler must be 'tpe' (near the best"),
        ('{"base": BASE, "vary": VARY, "sampler": "grid"}', "learning_rate: a grid needs a step"),
        ('{"base": BASE, "vary": {"seed": {"low": 0, "high": 1}}}', "seed cannot vary"),
    ],
)
def test_a_file_that_is_no_sweep_is_refused_in_one_sentence(content, sentence):
    base, vary = json.dumps(QUICK.model_dump()), '{"learning_rate": {"low": 0.0001, "high": 1}}'
    whole = content.replace("BASE", base).replace("VARY", vary).encode()
    with pytest.raises(DigitLabError) as fault:
        config.from_json(whole, "x.json")
    assert sentence in str(fault.value)


@pytest.mark.parametrize("text", ["", "1", "x" * 7000, "2abc", "1!!!"])
def test_a_text_that_is_no_link_is_refused(text):
    with pytest.raises(DigitLabError):
        config.decode(text)
