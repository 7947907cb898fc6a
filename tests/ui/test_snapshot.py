"""`ui.snapshot`: one look a rerun, and none that outlives it."""

import threading

import pytest

from core.recipes.shipped import RECIPES
from core.runs import removal, store
from ui import snapshot


def test_within_a_rerun_each_thing_is_looked_at_once():
    looks = []

    def look():
        looks.append(1)
        return len(looks)

    with snapshot.taken():
        assert [snapshot.once(look) for _ in range(3)] == [1, 1, 1]
    assert snapshot.once(look) == 2


def test_the_next_rerun_and_what_runs_by_itself_look_anew(home):
    first = store.create(RECIPES["sprint"].config)
    with snapshot.taken():
        assert [run.id for run in snapshot.runs()] == [first.id]
        second = store.create(RECIPES["sprint"].config)
        assert [run.id for run in snapshot.runs()] == [first.id]
    assert len(snapshot.runs()) == 2  # a fragment, outside
    removal.destroy(second.folder)
    with snapshot.taken():
        assert [run.id for run in snapshot.runs()] == [first.id]


def test_a_rerun_that_is_cut_short_leaves_nothing_behind(home):
    """`st.rerun` and `st.stop` are exceptions."""

    def page():
        assert snapshot.runs() == []
        raise StopIteration

    with pytest.raises(StopIteration), snapshot.taken():
        page()
    store.create(RECIPES["sprint"].config)
    assert len(snapshot.runs()) == 1


def test_sessions_do_not_share_a_snapshot(home):
    seen = []
    with snapshot.taken():
        assert snapshot.runs() == []
        store.create(RECIPES["sprint"].config)
        other = threading.Thread(target=lambda: seen.append(len(snapshot.runs())))
        other.start()
        other.join()
    assert seen == [1]
