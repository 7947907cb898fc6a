"""`core.launch.repeat`: the same run with other seeds, as one group."""

import pytest

from core.data import load
from core.errors import DigitLabError
from core.launch import repeat
from core.recipes.shipped import RECIPES
from core.runs import notes, store

CONFIG = RECIPES["sprint"].config.model_copy(update={"data": "sample", "seed": 4})


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setattr("core.launch.process.launch", lambda config, *, here: store.create(config))
    return store.create(CONFIG)


def seeds(runs):
    return [run.config.seed for run in runs]


def test_each_repeat_has_a_seed_of_its_own(run):
    first = repeat.repeat(run.id, [5, 6])
    second = repeat.repeat(first[0].id, [7, 8])
    assert (seeds(first), seeds(second)) == ([5, 6], [7, 8])
    for one in (run, *first, *second):
        assert notes.read(one.folder).group == run.id
    assert first[0].config.model_copy(update={"seed": 4}) == CONFIG


def test_what_is_asked_for_twice_is_queued_once(run):
    """A double click on the page queued twice as many runs as it said."""
    assert seeds(repeat.repeat(run.id, [5, 6, 7])) == [5, 6, 7]
    assert repeat.repeat(run.id, [5, 6, 7]) == []
    assert seeds(repeat.repeat(run.id, [6, 8])) == [8]
    assert len(store.list_runs()) == 5


def test_the_seed_of_the_run_itself_is_taken(run):
    assert repeat.repeat(run.id, [4]) == []


@pytest.mark.parametrize(
    ("first", "taken", "free"),
    [(4, [], [5, 6]), (4, [4, 5, 7], [6, 8]), (5, [4, 5, 6], [7, 8]), (2**31 - 1, [0], [1, 2])],
)
def test_free_seeds_follow_the_first_and_begin_anew_past_the_largest(first, taken, free):
    assert repeat.free_seeds(first, taken, 2) == free


@pytest.mark.parametrize("count", [0, 21, 1000])
def test_too_few_or_too_many_are_refused(run, count):
    with pytest.raises(DigitLabError, match="1 to 20 seeds"):
        repeat.repeat(run.id, list(range(100, 100 + count)))
    assert len(store.list_runs()) == 1
    assert notes.read(run.folder).group == ""


def test_data_that_are_not_here_are_refused_before_anything_is_queued(run):
    imported = store.create(CONFIG.model_copy(update={"data": "Somebodys-Digits"}))
    with pytest.raises(DigitLabError, match="Somebodys-Digits"):
        repeat.repeat(imported.id, [5, 6])
    assert len(store.list_runs()) == 2
    assert notes.read(imported.folder).group == ""


def test_an_own_file_of_that_name_does_not_stand_in_for_mnist_or_the_sample(run, no_mnist):
    # As older versions kept an upload of that name.
    (no_mnist / "own").mkdir()
    (no_mnist / "own" / "sample.npz").write_bytes(b"")
    assert repeat.repeat(run.id, [5])[0].config.data == "sample"


def test_data_of_an_imported_run_are_found_by_their_name(run, own_file):
    imported = store.create(CONFIG.model_copy(update={"data": "digits"}))
    (again,) = repeat.repeat(imported.id, [5])
    assert load(again.config.data).digest == load(own_file).digest
