"""`core.runs.queue`: one trains, the others wait in order, and nothing dead is waited for."""

import os
import time

import pytest

from core.recipes.shipped import RECIPES
from core.runs import contract, control, queue, removal, states, store
from core.runs.contract import State, Status
from core.runs.queue import training_place

CONFIG = RECIPES["sprint"].config


@pytest.fixture(autouse=True)
def in_a_hurry(home, monkeypatch):
    monkeypatch.setattr(queue, "_LOOK_EVERY_S", 0.001)


@pytest.fixture
def runs():
    """Return two runs, the older one first."""
    return store.create(CONFIG), store.create(CONFIG)


def never():
    raise AssertionError("it waited")


def end(run, state=State.FINISHED):
    store.write_status(run.folder, Status(state=state))


def test_a_run_alone_trains_at_once(runs):
    older, newer = runs
    end(older)
    with training_place(newer.folder, while_waiting=never) as mine:
        assert mine


def test_the_older_run_does_not_wait_for_the_newer(runs):
    older, _ = runs
    with training_place(older.folder, while_waiting=never) as mine:
        assert mine


def test_the_newer_run_waits_for_the_older_to_begin_and_end(runs):
    older, newer = runs
    waited = []

    def let_the_older_end():
        waited.append(store.read(older.id).state)
        end(older)

    with training_place(newer.folder, while_waiting=let_the_older_end) as mine:
        assert mine
    assert waited == [State.STARTING]


def test_a_run_waits_for_memory_beside_those_that_train(runs, monkeypatch):
    """With two places, two trainings of 3 GB each began on a machine of 4 GB."""
    queue.set_at_once(2)
    older, newer = runs
    third = store.create(CONFIG)  # It waits, and does not count.
    asked = []

    def fits(others):
        asked.append([run.id for run in others])
        if len(asked) == 3:
            end(older)
        return not others

    with store.worker_lock(older.folder), training_place(older.folder, while_waiting=never):
        store.write_status(older.folder, Status(state=State.RUNNING))
        with training_place(newer.folder, while_waiting=lambda: None, fits=fits) as mine:
            assert mine
            assert queue._free_place(newer.folder.parent) is None  # both are held
    assert asked == [[older.id]] * 3 + [[]]
    assert store.read(third.id).state is State.STARTING


def test_a_run_waits_while_another_holds_the_place_and_says_so_once(runs, monkeypatch):
    older, newer = runs
    told, looks = [], []

    def look_again(seconds):
        if seconds != queue._LOOK_EVERY_S:
            return  # a reader's wait for a lock that is about to be given back
        looks.append(seconds)
        if len(looks) == 5:
            control.stop(newer.id)

    monkeypatch.setattr(queue.time, "sleep", look_again)
    with store.worker_lock(older.folder), training_place(older.folder, while_waiting=never):
        store.write_status(older.folder, Status(state=State.RUNNING))
        with training_place(newer.folder, while_waiting=lambda: told.append(1)) as mine:
            assert not mine
    assert (len(told), len(looks)) == (1, 5)


def test_the_place_is_free_again_after_a_fault(runs):
    older, newer = runs
    with pytest.raises(ZeroDivisionError), training_place(older.folder, while_waiting=never):
        raise ZeroDivisionError
    end(older, State.FAILED)
    with training_place(newer.folder, while_waiting=never) as mine:
        assert mine


def test_a_run_that_was_stopped_before_it_came_gets_no_place(runs):
    older, newer = runs
    end(older)
    control.stop(newer.id)
    with training_place(newer.folder, while_waiting=never) as mine:
        assert not mine


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_lost_run_holds_nobody_up(runs, state):
    older, newer = runs
    store.write_status(older.folder, Status(state=state))
    assert store.read(older.id).state is State.LOST
    with training_place(newer.folder, while_waiting=never) as mine:
        assert mine


def test_a_run_that_never_came_holds_nobody_up(runs):
    older, newer = runs
    long_ago = time.time() - 2 * states.STARTING_GRACE_S
    os.utime(older.folder / contract.CONFIG, (long_ago, long_ago))
    with training_place(newer.folder, while_waiting=never) as mine:
        assert mine


def test_a_malformed_run_holds_nobody_up(runs):
    older, newer = runs
    (older.folder / contract.CONFIG).write_text("{")
    with training_place(newer.folder, while_waiting=never) as mine:
        assert mine


def test_a_run_that_is_removed_meanwhile_holds_nobody_up(runs, monkeypatch):
    """Removed between the look at the list and the look at the run, it made the other one fail."""
    older, newer = runs
    end(older)
    listed = [newer.id, older.id]
    monkeypatch.setattr(store, "run_ids", lambda folder: listed)
    removal.remove(older.id)
    with training_place(newer.folder, while_waiting=never) as mine:
        assert mine


def test_runs_that_are_over_are_read_once_while_one_waits(runs, monkeypatch):
    """A thousand lost runs were all read at each look, which took longer than the pause after."""
    older, newer = runs
    ended = [store.create(CONFIG) for _ in range(3)]
    for run, state in zip(ended, (State.FINISHED, State.FAILED, State.LOST), strict=True):
        end(run, state if state is not State.LOST else State.RUNNING)
    read, looked = [], store.read_folder
    monkeypatch.setattr(store, "read_folder", lambda at: read.append(at.name) or looked(at))
    monkeypatch.setattr(queue, "_LOOK_EVERY_S", 0.0)

    def see_some_looks_then_end(_):
        if read.count(older.id) == 5:
            end(older)

    monkeypatch.setattr(queue.time, "sleep", see_some_looks_then_end)
    with training_place(newer.folder, while_waiting=lambda: None) as mine:
        assert mine
    assert read.count(older.id) > 5
    assert [read.count(run.id) for run in ended] == [1, 1, 1]


def test_a_run_that_is_resumed_has_its_turn_again(runs):
    older, newer = runs
    end(older, State.FAILED)
    over = {}
    assert not queue._somebody_is_ahead(newer.folder, over)
    assert over.keys() == {older.id}
    store.start_again(older.folder)
    assert queue._somebody_is_ahead(newer.folder, over)


def test_in_front_is_what_trains_then_who_is_next_in_line(home, monkeypatch):
    monkeypatch.setattr(states, "_worker_lives", lambda *_: True)
    ended, waits, jumped, trains = (store.create(CONFIG) for _ in range(4))
    end(ended)
    for run in (waits, jumped):
        end(run, State.QUEUED)
    end(trains, State.RUNNING)
    control.to_the_front(jumped.id)
    assert queue.in_front(store.list_runs()).id == trains.id
    end(trains)
    assert queue.in_front(store.list_runs()).id == jumped.id
    end(jumped)
    assert queue.in_front(store.list_runs()).id == waits.id
    end(waits)
    assert queue.in_front(store.list_runs()) is None


@pytest.mark.parametrize(
    ("states", "held"),
    [
        ([], False),
        ([State.QUEUED], False),
        ([State.PAUSED, State.QUEUED], True),
        ([State.PAUSED, State.STARTING, State.FINISHED], True),
        ([State.PAUSED, State.RUNNING, State.QUEUED], False),
    ],
)
def test_runs_in_line_are_held_where_all_others_are_paused(tmp_path, states, held):
    runs = [contract.Run(str(number), tmp_path, state) for number, state in enumerate(states)]
    assert queue.is_held_by_paused(runs) is held
