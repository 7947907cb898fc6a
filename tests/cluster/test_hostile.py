"""Results from other machines are checked: they may send anything."""

import sys

import pytest

from core.cluster import connection, ledger
from core.cluster.address import configured
from core.cluster.pieces import PASSPORT, Changes, Piece
from core.config import with_changes
from core.errors import DigitLabError
from core.export import passport
from core.launch.process import launch
from core.runs import store
from core.runs.contract import State, Status
from tests.cluster.machines import Machine
from tests.waiting import wait_for
from tests.working import QUICK, reaches, trained

pytestmark = pytest.mark.usefixtures("toys", "cluster")
DONE = Status(state=State.FINISHED, heartbeat=1.0, accuracy=1.0)


@pytest.fixture
def taken(base):
    """Return a run, and the claim of a machine that has taken it."""
    run = launch(QUICK)
    key = wait_for(lambda: next(iter(all_keys(base)), None), "that it is sent")
    return run, ledger.claim(base, key, "![](http://x)")


def all_keys(base):
    return [row["key"] for row in base.execute("SELECT key FROM run")]


def sent_home(base, claim, status, *pieces):
    assert ledger.report(base, claim, status, Changes(pieces), is_over=True) is not None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x04pickle"])
def test_a_result_that_is_none_fails_the_run_in_a_sentence(base, taken, content):
    run, claim = taken
    sent_home(base, claim, DONE, Piece(PASSPORT, 0, content))
    ended = reaches(run, State.FAILED)
    assert ended.reason.startswith("From machine ")
    assert "http://" not in ended.reason
    assert not ended.has_model


@pytest.fixture
def another(cluster, home):
    """Return the passport of another run with the same configuration."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("DIGIT_LAB_CLUSTER")
        return passport.pack(trained(QUICK).id)


@pytest.mark.parametrize("named", ["/etc", "..", "mine"])
def test_a_machine_starts_from_no_model_that_did_not_come_along(base, tmp_path, named):
    run_id = store.free_id("quick")
    config = with_changes(QUICK, {"start_from": named}).model_dump(mode="json")
    ledger.post(base, f"other/{run_id}", "", config, {})
    with Machine(tmp_path / "annex", "--until-empty") as machine:
        assert machine.process.wait() == 0
        assert "The model to start from did not come along" in machine.said()


def test_another_runs_result_is_refused(base, another, taken):
    run, claim = taken
    sent_home(base, claim, DONE, Piece(PASSPORT, 0, another))
    ended = reaches(run, State.FAILED)
    assert "another run" in ended.reason
    assert not ended.has_model


def test_a_result_that_is_missing_is_said(base, taken):
    run, claim = taken
    sent_home(base, claim, DONE)
    assert "has sent no result" in reaches(run, State.FAILED).reason


def test_files_of_other_names_and_broken_ones_harm_nothing(base, taken):
    run, claim = taken
    pieces = [
        Piece("metrics.jsonl", 0, b"\x00\xff{]\n" * 50),
        Piece("watch.jsonl", 0, b'{"step": 1e999}\n'),
        Piece("panel.npz", 0, b"\x80\x04pickle"),
        Piece("../../escaped", 0, b"out"),
        Piece("config.json", 0, b"{}"),
    ]
    ledger.report(base, claim, Status(state=State.RUNNING), Changes(tuple(pieces)))
    wait_for(lambda: (run.folder / "panel.npz").exists(), "that it comes home")
    assert reaches(run, State.RUNNING).config == QUICK
    assert not list(store.paths.home().parent.rglob("escaped"))
    sent_home(base, claim, Status(state=State.FAILED, reason="no more"))
    assert reaches(run, State.FAILED).reason.endswith(": no more")


def test_a_database_of_another_version_is_refused(base, monkeypatch):
    base.execute("UPDATE about SET version = '99.0'")
    with pytest.raises(DigitLabError, match=r"made by Digit Lab 99\.0, and this is"):
        connection.connect(configured())
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)  # see `sending.check_reach`
    with pytest.raises(DigitLabError, match="the same version on all machines"):
        launch(QUICK)
    assert store.list_runs() == []
