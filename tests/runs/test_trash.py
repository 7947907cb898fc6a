"""`core.runs.trash`: a deleted run comes back whole, or is gone whole."""

import os
import time

import pytest

from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import contract, removal, store, trash
from core.runs.contract import State, Status
from tests.waiting import wait_for


@pytest.fixture
def run(home):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.FINISHED, accuracy=0.5))
    return store.read(run.id)


def hidden(run):
    return sorted(path.name for path in run.folder.parent.glob(".*") if path.suffix != ".lock")


def grow_old(run):
    long_ago = time.time() - trash.KEPT_S - 1
    os.utime(run.folder.with_name(contract.REMOVED + run.id), (long_ago, long_ago))


def test_a_deleted_run_is_not_listed_and_comes_back_as_it_was(run):
    trash.remove(run.id)
    assert (store.list_runs(), trash.removed()) == ([], [run.id])
    assert trash.undo(run.id) == run
    assert (store.list_runs(), trash.removed(), hidden(run)) == ([run], [], [])


@pytest.fixture
def busy(monkeypatch):
    """Refuse each folder's first move, as Windows does while a file in it is open."""
    refused, move = [], os.replace

    def refuse_once(source, target):
        if source.is_dir() and source not in refused:
            refused.append(source)
            raise PermissionError(13, "in use")
        move(source, target)

    monkeypatch.setattr(os, "replace", refuse_once)
    return refused


def test_a_run_that_is_just_being_looked_at_is_deleted_and_comes_back_all_the_same(run, busy):
    """Whoever read a file of it just then kept it: "could not be deleted (in use)"."""
    grave = run.folder.with_name(contract.REMOVED + run.id)
    trash.remove(run.id)
    assert trash.undo(run.id) == run
    trash.remove(run.id)
    assert busy == [run.folder, grave]
    trash.clear()
    assert hidden(run) == []


def test_a_folder_that_is_just_being_looked_at_is_destroyed_under_another_name(
    run, busy, monkeypatch
):
    """Half deleted under its own name it could have been had back."""
    grave = removal.take_away(run.id)
    with monkeypatch.context() as patch:
        patch.setattr(removal.shutil, "rmtree", lambda *_, **__: None)
        removal.destroy(grave)
    assert [name.startswith(contract.DESTROYED) for name in hidden(run)] == [True]
    assert busy == [run.folder, grave]


def test_an_active_run_stays(home):
    run = store.create(RECIPES["sprint"].config)
    with pytest.raises(DigitLabError, match="stop it first"):
        trash.remove(run.id)
    assert trash.removed() == []


def test_what_was_deleted_long_ago_goes_with_the_next(run):
    """However old a run is, its hour begins when it is deleted."""
    long_ago = time.time() - 10 * trash.KEPT_S
    os.utime(run.folder, (long_ago, long_ago))
    trash.remove(run.id)
    trash.clear_old()
    assert trash.removed() == [run.id]
    grow_old(run)
    other = store.create(RECIPES["sprint"].config)
    store.write_status(other.folder, Status(state=State.FAILED))
    trash.remove(other.id)
    assert trash.removed() == [other.id]
    assert hidden(run) == [contract.REMOVED + other.id]


def test_all_can_be_destroyed_at_once(run):
    trash.remove(run.id)
    trash.clear()
    assert hidden(run) == []
    with pytest.raises(DigitLabError, match="for good"):
        trash.undo(run.id)


def test_a_run_never_comes_back_over_another(run):
    trash.remove(run.id)
    run.folder.mkdir()
    with pytest.raises(DigitLabError, match="has its id"):
        trash.undo(run.id)
    assert trash.removed() == [run.id]


def test_what_is_half_destroyed_never_comes_back(run, monkeypatch):
    """A crash while a folder is deleted leaves it under a name that nobody undoes."""
    trash.remove(run.id)
    with monkeypatch.context() as patch:
        patch.setattr(removal.shutil, "rmtree", lambda *_, **__: None)
        trash.clear()
    assert trash.removed() == []
    trash.clear_old()
    assert hidden(run) == []


def test_other_hidden_folders_are_left_alone(run):
    (run.folder.parent / ".mine").mkdir()
    trash.remove(run.id)
    trash.clear()
    assert hidden(run) == [".mine"]


@pytest.mark.parametrize("name", ["", "../x", ".removed-", "nothing"])
def test_only_what_was_deleted_comes_back(run, name):
    with pytest.raises(DigitLabError):
        trash.undo(name)


def test_a_link_is_taken_away_and_what_it_leads_to_stays(run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    run.folder.rename(elsewhere)
    run.folder.symlink_to(elsewhere, target_is_directory=True)
    removal.remove(run.id)
    assert (elsewhere / contract.CONFIG).is_file()
    assert (store.run_ids(), hidden(run)) == ([], [])


def test_several_are_restored_though_one_cannot_be(home):
    config = RECIPES["sprint"].config
    first, second, third = (store.create(config) for _ in range(3))
    for run in (first, second, third):
        store.write_status(run.folder, Status(state=State.FINISHED))
        trash.remove(run.id)
    second.folder.mkdir()
    with pytest.raises(DigitLabError, match="another run has its id"):
        trash.undo_all([first.id, second.id, third.id])
    assert trash.removed() == [second.id]


@pytest.mark.parametrize(
    "folder", ["runs", "models", "corrections", "recipes", "runs/a/checkpoint", "data", "data/own"]
)
def test_the_list_of_runs_sweeps_what_killed_writers_have_left(home, monkeypatch, folder):
    """An interrupted download of MNIST left 55 MB among the data sets for ever."""
    monkeypatch.setattr(trash, "_swept_at", None)
    monkeypatch.setenv("DIGIT_LAB_DATA", str(home / "data"))
    left = home / folder / ".status.99999999-140000000000000.json"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    os.utime(left, (1.7e9, 1.7e9))
    trash.clear_old()
    wait_for(lambda: not left.exists(), "it is gone", 60)


def test_what_lies_deeper_in_the_data_folder_is_not_ours(home, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(home / "data"))
    other = home / "data" / "scans" / ".page.99999999-140000000000000.npz"
    other.parent.mkdir(parents=True)
    other.write_text("half")
    os.utime(other, (1.7e9, 1.7e9))
    trash.sweep()
    assert other.exists()
