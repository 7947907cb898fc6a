"""`core.runs.store`: states are derived from what is on disk, whatever that is."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import control, store
from core.runs.store import State, Status
from tests.models import make_model

CONFIG = RECIPES["sprint"].config


@pytest.fixture
def run(home):
    return store.create(CONFIG)


def say(run, **fields):
    store.write_status(run.folder, Status(**fields))


def grow_old(run):
    long_ago = time.time() - 3600
    os.utime(run.folder / store.CONFIG, (long_ago, long_ago))


def test_a_new_run_is_starting(run):
    assert run.state is State.STARTING
    assert run.config == CONFIG
    assert abs((datetime.now(UTC) - run.created).total_seconds()) < 60


def test_runs_are_listed_newest_first(home):
    ids = [store.create(CONFIG).id for _ in range(5)]
    assert [run.id for run in store.list_runs()] == ids[::-1]


def test_without_a_folder_there_are_no_runs(home):
    assert store.list_runs() == []


@pytest.mark.parametrize("early", [False, True])
def test_a_worker_killed_after_its_last_file_has_ended(run, early):
    """It read lost, and a resume trained anew over the whole model."""
    make_model(run.folder, run=run.id)
    card = json.loads((run.folder / store.CARD).read_text())
    card["training"]["stopped_early"] = early
    (run.folder / store.CARD).write_text(json.dumps(card))
    say(run, state=State.RUNNING, phase=store.SAVING, next_heartbeat=time.time() + 3600)
    found = store.read(run.id)
    assert found.state is (State.STOPPED if early else State.FINISHED)
    assert (found.reason, found.can_resume) == ("", False)


def test_a_run_that_starts_again_has_no_card_of_the_model_to_be_replaced(run):
    make_model(run.folder, run=run.id)
    say(run, state=State.FAILED, reason="The disk is full")
    store.start_again(run.folder)
    assert not store.read(run.id).has_model


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"training": 1}', "[" * 100_000])
def test_a_damaged_card_is_no_end(run, content):
    (run.folder / store.CARD).write_text(content)
    say(run, state=State.RUNNING)
    assert store.read(run.id).state is State.LOST


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_living_worker_is_believed(run, state):
    with store.worker_lock(run.folder):
        say(run, state=state, next_heartbeat=time.time() + 5)
        found = store.read(run.id)
    assert (found.state, found.silent_s) == (state, 0)


def test_a_worker_that_is_gone_is_lost_whatever_its_status_says(run):
    say(run, state=State.RUNNING, phase="training", next_heartbeat=time.time() + 3600)
    found = store.read(run.id)
    assert found.state is State.LOST
    assert "while training" in found.reason


def test_a_worker_that_never_came_is_lost_after_a_while(run):
    assert store.read(run.id).state is State.STARTING
    grow_old(run)
    assert store.read(run.id).state is State.LOST


def test_a_lost_run_is_lost_however_many_look_at_once(run):
    """One reader's look was taken for a living worker by another: one answer in ten was wrong."""
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING, next_heartbeat=time.time() - 1)
    with ThreadPoolExecutor(4) as readers:
        states = set(readers.map(lambda _: store.read(run.id).state, range(2000)))
    assert states == {State.LOST}


def test_looking_at_a_run_makes_no_file(run):
    """A run that was deleted while somebody looked came back as a folder with a lock in it."""
    say(run, state=State.RUNNING)
    grow_old(run)
    assert store.read(run.id).state is State.LOST
    assert {path.name for path in run.folder.iterdir()} == {store.CONFIG, store.ROOM, store.STATUS}


@pytest.mark.parametrize("state", [State.FINISHED, State.STOPPED, State.FAILED])
def test_the_last_word_counts(run, state):
    say(run, state=state, reason="why")
    found = store.read(run.id)
    assert (found.state, found.reason) == (state, "why")


def test_a_broken_promise_is_reported(run):
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING, next_heartbeat=time.time() - 40)
        assert store.read(run.id).silent_s == pytest.approx(40, abs=5)


def test_a_stop_shows_until_it_is_carried_out(run):
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING)
        assert control.stop(run.id).state is State.STOPPING
        assert control.stop(run.id).state is State.STOPPING
    say(run, state=State.STOPPED)
    with pytest.raises(DigitLabError, match="nothing to stop"):
        control.stop(run.id)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"epochs": 3}', b'{"layers": 3}', b"[" * 9999],
)
def test_a_folder_without_a_readable_configuration_breaks_nothing(run, content):
    path = run.folder / store.CONFIG
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    good = store.create(CONFIG)
    assert [found.state for found in store.list_runs()] == [State.STARTING, State.MALFORMED]
    assert store.list_runs()[0].id == good.id
    assert store.CONFIG in store.read(run.id).reason


@pytest.mark.parametrize("content", [b"", b"{", b'{"state": "dancing"}', b"[1]"])
def test_a_damaged_status_counts_as_none(run, content):
    (run.folder / store.STATUS).write_bytes(content)
    assert store.read(run.id).state is State.STARTING


def test_foreign_names_are_listed_and_have_no_date(home, run):
    """Digits that are no date stopped the whole list."""
    (run.folder.parent / "my notes").mkdir()
    (run.folder.parent / "20269999-000000-000-sprint").mkdir()
    assert {found.created is None for found in store.list_runs()} == {True, False}


def test_an_active_run_cannot_be_removed(run):
    with pytest.raises(DigitLabError, match="stop it first"):
        store.remove(run.id)
    assert run.folder.is_dir()


def test_a_removed_run_is_gone(run):
    say(run, state=State.FINISHED)
    store.remove(run.id)
    assert store.list_runs() == []
    assert [path.suffix for path in run.folder.parent.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["", ".", "..", "../models", "nothing", "a/b", "/etc", "x" * 5000])
def test_only_the_name_of_a_run_is_a_run(home, run, name):
    with pytest.raises(DigitLabError, match="There is no run"):
        store.read(name)


def test_a_folder_that_cannot_be_written_is_a_sentence(home):
    (home / "runs").write_text("a file where the folder should be")
    with pytest.raises(DigitLabError, match="DIGIT_LAB_HOME"):
        store.create(CONFIG)


def test_status_is_read_whole_while_it_is_replaced(run):
    """A reader never meets half a status, however often it is written."""
    import threading

    over = threading.Event()

    def write():
        step = 0
        while not over.is_set():
            step += 1
            say(run, state=State.RUNNING, step=step, phase="x" * (step % 500))

    writer = threading.Thread(target=write)
    with store.worker_lock(run.folder):
        say(run, state=State.RUNNING)
        writer.start()
        try:
            states = {store.read(run.id).state for _ in range(300)}
        finally:
            over.set()
            writer.join()
    assert states == {State.RUNNING}


def test_the_configuration_on_disk_is_plain_json(run):
    assert json.loads((run.folder / store.CONFIG).read_text())["recipe"] == "sprint"


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
@pytest.mark.timeout(10)
def test_a_link_to_a_disk_that_is_not_there_is_said(home):
    (home / "runs").symlink_to(home / "unplugged")
    with pytest.raises(DigitLabError, match="The run cannot be kept in"):
        store.create(CONFIG)


def test_one_run_is_read_without_a_look_at_the_others(run, monkeypatch):
    """The whole folder was listed to check a name, once a second while a run was watched."""

    def listed(*_):
        raise AssertionError("the folder of runs was listed")

    monkeypatch.setattr(os, "scandir", listed)
    monkeypatch.setattr(os, "listdir", listed)
    assert store.read(run.id).id == run.id
    with pytest.raises(DigitLabError, match="There is no run"):
        store.read("20200101-000000-000-sprint")


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "nobody", "a\0b", "x" * 5000])
def test_a_name_that_is_no_runs_leads_nowhere(run, name):
    with pytest.raises(DigitLabError, match="There is no run"):
        store.read(name)


def test_a_folder_made_by_hand_is_found_by_its_name(run):
    run.folder.with_name("By hand").mkdir()
    assert store.read("By hand").state is State.MALFORMED


def test_a_status_is_read_again_however_alike_its_file(run):
    """It is kept until the file is another one; size and time of change may be the same."""
    say(run, state=State.FAILED, reason="one")
    first = (run.folder / store.STATUS).stat()
    assert store.read(run.id).reason == "one"
    say(run, state=State.FAILED, reason="two")
    os.utime(run.folder / store.STATUS, ns=(first.st_atime_ns, first.st_mtime_ns))
    assert store.read(run.id).reason == "two"
