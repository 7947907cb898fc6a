"""`core.disk.locks`: where locks do not work, nothing starts that relies on them."""

import errno
import os

import pytest
from filelock import FileLock

from core import paths
from core.config import TrainConfig
from core.disk import locks
from core.errors import DigitLabError
from core.launch import process
from core.recipes.shipped import RECIPES
from core.runs import contract, states, store
from core.runs.contract import State, Status
from core.worker import work

fcntl = pytest.importorskip("fcntl", reason="Windows has locks on every drive")
CONFIG: TrainConfig = RECIPES["sprint"].config_for("sample")


@pytest.fixture(params=[errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, None])
def no_locks(request, monkeypatch):
    """Make locks fail as network drives do: each by an error, or by letting everybody in."""

    def refuse(descriptor, operation):
        if request.param is not None:
            raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", refuse)
    return request.param


def test_a_folder_with_locks_is_taken_however_often(tmp_path):
    locks.check(tmp_path)
    locks.check(tmp_path)
    with FileLock(tmp_path / ".probe.lock"):  # as while another process looks
        locks.check(tmp_path)


def test_nothing_starts_where_files_cannot_be_locked(home, no_locks, monkeypatch):
    """A living run read as lost there, and Resume started a second worker beside it."""
    monkeypatch.setattr(process, "start_worker", lambda run: pytest.fail("a worker was started"))
    with pytest.raises(DigitLabError, match="cannot be locked"):
        process.launch(CONFIG)
    assert store.run_ids() == []


@pytest.fixture
def failed(home):
    run = store.create(CONFIG)
    store.write_status(run.folder, Status(state=State.FAILED, reason="x"))
    return run


def test_nothing_is_resumed_where_files_cannot_be_locked(failed, no_locks, monkeypatch):
    monkeypatch.setattr(process, "start_worker", lambda run: pytest.fail("a worker was started"))
    with pytest.raises(DigitLabError, match="cannot be locked"):
        process.resume(failed.id)
    assert store.read(failed.id).reason == "x"


def test_a_worker_from_elsewhere_refuses_such_a_folder(home, monkeypatch):
    run = store.create(CONFIG)
    monkeypatch.setattr(locks, "_work", lambda folder: False)
    assert work(run.folder, lambda *_: pytest.fail("it trained")) is State.FAILED
    assert "cannot be locked" in store.read(run.id).reason


def test_a_run_with_a_fresh_heartbeat_is_not_lost_where_nobody_can_look(home, monkeypatch):
    """The heartbeat promises the next one: until then nothing else is known."""
    run = store.create(CONFIG)
    (run.folder / contract.WORKER_LOCK).touch()

    def refuse(descriptor, operation):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    promised = states.time.time() + 60
    store.write_status(run.folder, Status(state=State.RUNNING, next_heartbeat=promised))
    assert store.read(run.id).state is State.RUNNING
    store.write_status(run.folder, Status(state=State.RUNNING, next_heartbeat=promised - 90))
    assert store.read(run.id).state is State.LOST
    assert paths.runs_folder().is_dir()
