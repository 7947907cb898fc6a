"""`core.cluster.errand`: which runs train elsewhere; those that have ended are remembered."""

import pytest

from core.cluster import errand
from core.runs import removal, store
from core.runs.contract import State, Status
from tests.working import QUICK


def sent(state, name):
    run = store.create(QUICK, errand.mark, f"20240101-00000{name}-quick")
    store.write_status(run.folder, Status(state=state))
    return run


def ids(runs):
    return [run.id for run in runs]


@pytest.fixture
def read(home, monkeypatch):
    """Return the names of the runs that were read since it was last cleared."""
    names, read_folder = [], store.read_folder

    def noted(folder):
        names.append(folder.name)
        return read_folder(folder)

    monkeypatch.setattr(store, "read_folder", noted)
    return names


def test_runs_under_way_elsewhere_are_found_the_oldest_first(home):
    later, ended, earlier = (
        sent(state, name)
        for state, name in ((State.RUNNING, 3), (State.FINISHED, 2), (State.QUEUED, 1))
    )
    here = store.create(QUICK)
    assert here.id not in ids(errand.under_way())
    assert ended.id not in ids(errand.under_way())
    assert ids(errand.under_way()) == [earlier.id, later.id]


def test_a_run_that_has_ended_is_read_once_until_it_is_resumed(read):
    active, ended = sent(State.RUNNING, 1), sent(State.LOST, 2)
    over: dict[str, int] = {}
    assert ids(errand.under_way(over)) == [active.id]
    assert set(read) == {active.id, ended.id}
    read.clear()
    assert ids(errand.under_way(over)) == [active.id]
    assert read == [active.id]
    store.start_again(ended.folder)
    assert ids(errand.under_way(over)) == [active.id, ended.id]


def test_a_run_that_is_brought_home_or_removed_is_none_of_them(read):
    run, gone = sent(State.RUNNING, 1), sent(State.FINISHED, 2)
    over: dict[str, int] = {}
    errand.under_way(over)
    errand.bring_home(run.folder)
    removal.destroy(gone.folder)
    assert errand.under_way(over) == []
