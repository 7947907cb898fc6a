"""The study: Optuna's journal, with our lock, whatever a killed writer has left at its end."""

import json
import subprocess
import sys

import optuna
import pytest

from core.paths import PROJECT
from core.sweeps import store
from core.sweeps import study as study_module
from core.sweeps.store import TryState
from core.sweeps.study import Study, open_journal
from tests.sweeps.sweeping import conducted, small


@pytest.fixture
def study(home):
    sweep = small(pruner="none")
    return Study(store.create("mine", sweep), sweep)


def reopened(study_of="mine"):
    folder = store.folder_of(study_of)
    return Study(folder, store.read_folder(folder).config)


def test_the_starting_point_is_first_and_a_try_is_asked_for_once(study):
    first = study.ask()
    assert first.parameters == {"learning_rate": 0.001, "batch_size": 64}
    assert (first.number, first.state) == (0, TryState.RUNNING)
    study.note(0, run="some-run")
    study.tell(0, TryState.FINISHED, 0.9)
    second = study.ask()
    assert second.number == 1
    assert 0.0001 <= second.parameters["learning_rate"] <= 0.1
    assert [one.number for one in reopened().tries()] == [0, 1]


def test_who_tells_late_changes_nothing(study):
    """Another process may have told, or failed, a try meanwhile."""
    study.ask()
    other = reopened()
    other.tell(0, TryState.FINISHED, 0.9)
    study.tell(0, TryState.PRUNED)
    study.note(0, reason="late")
    (told,) = reopened().tries()
    assert (told.state, told.value, told.reason) == (TryState.FINISHED, 0.9, "")


def test_a_journal_torn_at_any_byte_is_read_and_goes_on(study):
    study.ask()
    study.report(0, 1, 0.5)
    journal = store.folder_of("mine") / store.JOURNAL
    whole = journal.read_bytes()
    last = whole[:-1].rfind(b"\n") + 1
    for end in range(last, len(whole) + 1):
        journal.write_bytes(whole[:end])
        again = reopened()
        assert [one.epochs for one in again.tries()] == [{1: 0.5} if end == len(whole) else {}]
        again.report(0, 2, 0.6)
        assert reopened().tries()[0].epochs[2] == 0.6
        lines = journal.read_bytes().splitlines()
        assert all(json.loads(line) for line in lines)


def test_a_line_torn_while_it_is_open_is_cut_before_the_next(study):
    """A full disk tears a line without ending the process."""
    study.ask()
    journal = store.folder_of("mine") / store.JOURNAL
    with journal.open("ab") as file:
        file.write(b'{"op_code":7,"worker')
    study.report(0, 1, 0.5)
    assert reopened().tries()[0].epochs == {1: 0.5}


def test_a_torn_first_line_is_a_new_journal(home):
    sweep = small()
    folder = store.create("mine", sweep)
    (folder / store.JOURNAL).write_bytes(b'{"op_code":0,"worker_id"')
    assert Study(folder, sweep).ask().number == 0


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_what_is_tried_follows_from_the_seed(instant, sampler):
    vary = {
        "learning_rate": {"low": 0.001, "high": 0.021, "step": 0.01},
        "batch_size": {"choices": [32, 64, 256]},
    }
    sweep = small(vary=vary, sampler=sampler, tries=14, pruner="none")
    tried = [
        [one.parameters for one in conducted(sweep, name).tries] for name in ("one", "another")
    ]
    assert tried[0] == tried[1]
    assert tried[0][0] == {"learning_rate": 0.001, "batch_size": 64}
    if sampler == "grid":
        assert len(tried[0]) == len({str(one) for one in tried[0]}) == 9
    else:
        other = conducted(sweep.model_copy(update={"seed": 1}), "other")
        assert [one.parameters for one in other.tries] != tried[0]


@pytest.mark.parametrize(("tries", "first"), [(1, 3), (12, 3), (24, 6), (40, 10), (1000, 10)])
def test_a_quarter_of_the_tries_is_random_before_tpe_chooses(home, monkeypatch, tries, first):
    """Optuna's own ten were most of a short sweep, which was then a random search."""
    told = []

    def sampler(seed, n_startup_trials):
        told.append(n_startup_trials)
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=n_startup_trials)

    monkeypatch.setattr(study_module, "TPESampler", sampler)
    sweep = small(tries=tries)
    Study(store.create("mine", sweep), sweep).ask()
    assert set(told) == {first}


def test_optuna_itself_opens_the_journal_in_a_fresh_process(instant):
    sweep = conducted(small())
    script = """
import sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
storage = JournalStorage(JournalFileBackend(sys.argv[1]))
(name,) = optuna.get_all_study_names(storage)
study = optuna.load_study(study_name=name, storage=storage)
print(name, len(study.trials), study.best_value, "core" in sys.modules)
"""
    command = [sys.executable, "-c", script, str(sweep.folder / store.JOURNAL)]
    said = subprocess.run(command, cwd=sweep.folder, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["mine", "4", str(sweep.best.value), "False"]


def test_importance_can_be_told_from_the_journal(instant):
    sweep = conducted(small(tries=12, pruner="none"))
    study = optuna.load_study(study_name="mine", storage=open_journal(sweep.folder))
    importances = optuna.importance.get_param_importances(study)
    assert importances.keys() == {"learning_rate", "batch_size"}


def test_the_page_needs_no_optuna():
    """To read a sweep, start one and ask something of it: Optuna takes a second to import."""
    script = (
        "import sys, core.cli.main, core.sweeps.store, core.sweeps.launch, core.sweeps.control, "
        "core.sweeps.trash; print(sorted({'optuna', 'sqlalchemy'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
