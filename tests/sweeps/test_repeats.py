"""The repeats of the best: five seeds that did not choose it, and the test images once."""

import pytest

from core.config import with_changes
from core.errors import DigitLabError
from core.runs import notes, removal
from core.runs import store as run_store
from core.sweeps import repeats, store
from tests.sweeps.sweeping import IMAGES, QUICK, accuracy, at_once, conducted, small

VARY = {"learning_rate": {"choices": [0.001, 0.01]}}
GRID = small(vary=VARY, sampler="grid", tries=2, pruner="none")


@pytest.fixture
def swept(instant):
    instant.setattr("core.launch.process.launch", at_once)
    return conducted(GRID)


def test_best_and_starting_point_are_trained_with_five_new_seeds_and_tested(swept):
    assert all(run_store.read(one.run).config.score_on == "validation" for one in swept.tries)
    assert repeats.read("mine") is None
    found = repeats.start("mine")
    assert (found.number, found.active) == (1, False)
    for runs, rate in ((found.best, 0.01), (found.base, 0.001)):
        assert [run.config.seed for run in runs] == [1, 2, 3, 4, 5]
        assert {run.config.score_on for run in runs} == {"test"}
        assert {run.config.learning_rate for run in runs} == {rate}
        assert len({notes.read(run.folder).group for run in runs}) == 1
        assert {notes.read(run.folder).sweep for run in runs} == {""}
    assert notes.read(found.best[0].folder).name == "mine, best"

    tested = found.tested
    expected = [accuracy(run.config, 2) for run in found.best]
    assert tested.best.n == tested.base.n == 5
    assert tested.best.mean == pytest.approx(sum(expected) / 5)
    assert tested.ahead.mean == pytest.approx(0.1)
    assert tested.only_best == round(0.1 * IMAGES)
    assert tested.only_base == 0
    assert tested.p_value < 1e-6

    # Seeds 1 to 5 differ by 0.001 each: a standard deviation of sqrt(2.5) thousandths.
    assert found.luck.deviation == pytest.approx(0.001 * 2.5**0.5)
    assert found.luck.ahead == pytest.approx(0.1)
    assert found.luck.tries == 2
    assert found.luck.expected == pytest.approx(0.5642 * 0.001 * 2.5**0.5, rel=1e-3)


def test_what_is_asked_for_twice_is_started_once(swept):
    first = repeats.start("mine")
    runs = len(run_store.run_ids())
    assert repeats.start("mine") == first == repeats.read("mine")
    assert len(run_store.run_ids()) == runs == 2 + 10


def test_what_is_missing_is_started_again_and_meanwhile_there_is_no_result(swept):
    first = repeats.start("mine")
    removal.remove(first.best[2].id)
    found = repeats.read("mine")
    assert (len(found.best), found.tested, found.luck) == (4, None, None)
    assert len(repeats.start("mine").best) == 5
    assert repeats.read("mine").tested == first.tested


def test_a_better_best_is_repeated_beside_the_same_starting_point(instant):
    instant.setattr("core.launch.process.launch", at_once)
    vary = {"learning_rate": {"choices": [0.001, 0.005, 0.01]}}
    sweep = conducted(small(vary=vary, sampler="grid", tries=2, pruner="none"))
    first = repeats.start("mine")
    (sweep.folder / store.WANTED).write_text("3", encoding="utf-8")
    from core.sweeps import conductor

    conductor.conduct(sweep.folder)
    second = repeats.start("mine")
    assert (first.number, second.number) == (1, 2)
    assert [run.id for run in second.base] == [run.id for run in first.base]
    assert not {run.id for run in second.best} & {run.id for run in first.best}


def test_there_is_nothing_to_repeat_where_the_starting_point_is_best(instant):
    base = with_changes(QUICK, {"learning_rate": 0.01})
    conducted(GRID.model_copy(update={"base": base}))
    with pytest.raises(DigitLabError, match="the starting point is the best: there is nothing to"):
        repeats.start("mine")
    store.create("new", GRID)
    with pytest.raises(DigitLabError, match="No try of 'new' has finished"):
        repeats.start("new")


@pytest.mark.parametrize("content", ["", "{", '{"number": "x"}', '{"number": 1, "best": "gone"}'])
def test_damaged_notes_are_none(swept, content):
    (swept.folder / store.REPEATS).write_text(content, encoding="utf-8")
    found = repeats.read("mine")
    assert found is None or (found.best, found.tested) == ([], None)
    assert repeats.start("mine").tested is not None
