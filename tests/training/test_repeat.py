"""`core.training.repeat`: the same run with other seeds, as one group."""

import pytest

from core.data import load
from core.errors import DigitLabError
from core.recipes import RECIPES
from core.training import notes, repeat, store

CONFIG = RECIPES["sprint"].config.model_copy(update={"data": "sample", "seed": 4})


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setattr("core.training.launch.launch", store.create)
    return store.create(CONFIG)


def seeds(runs):
    return [run.config.seed for run in runs]


def test_each_repeat_has_a_seed_of_its_own(run):
    first = repeat.repeat(run.id, 2)
    second = repeat.repeat(first[0].id, 2)
    assert (seeds(first), seeds(second)) == ([5, 6], [7, 8])
    for one in (run, *first, *second):
        assert notes.read(one.folder).group == run.id
    assert first[0].config.model_copy(update={"seed": 4}) == CONFIG


def test_past_the_largest_seed_they_begin_anew(run):
    last = store.create(CONFIG.model_copy(update={"seed": 2**31 - 1}))
    assert seeds(repeat.repeat(last.id, 2)) == [0, 1]


@pytest.mark.parametrize("count", [-1, 0, 21, 10**9])
def test_too_few_or_too_many_are_refused(run, count):
    with pytest.raises(DigitLabError, match="From 1 to 20"):
        repeat.repeat(run.id, count)
    assert len(store.list_runs()) == 1


def test_data_that_are_not_here_are_refused_before_anything_is_queued(run):
    imported = store.create(CONFIG.model_copy(update={"data": "Somebodys-Digits"}))
    with pytest.raises(DigitLabError, match="Somebodys-Digits"):
        repeat.repeat(imported.id, 2)
    assert len(store.list_runs()) == 2
    assert notes.read(imported.folder).group == ""


def test_an_own_file_of_that_name_does_not_stand_in_for_mnist_or_the_sample(run, no_mnist):
    # As older versions kept an upload of that name.
    (no_mnist / "own").mkdir()
    (no_mnist / "own" / "sample.npz").write_bytes(b"")
    assert repeat.repeat(run.id, 1)[0].config.data == "sample"


def test_data_of_an_imported_run_are_found_by_their_name(run, own_file):
    imported = store.create(CONFIG.model_copy(update={"data": "digits"}))
    (again,) = repeat.repeat(imported.id, 1)
    assert load(again.config.data).digest == load(own_file).digest
