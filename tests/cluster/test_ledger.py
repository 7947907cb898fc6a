"""`core.cluster.ledger` and `line`: who has a run, whose turn it is, who may write what."""

import pytest

from core.cluster import ledger, line
from core.cluster.address import configured
from core.cluster.ledger import Claim, Requests
from core.cluster.pieces import Changes, Piece
from core.runs.contract import State, Status
from tests.waiting import wait_for

RUNNING = Status(state=State.RUNNING, phase="training", heartbeat=1.0, step=7)
CURVE = Piece("metrics.jsonl", 0, b"{}\n")


def post(base, *names, owner="", home="here"):
    keys = [f"{home}/{name}" for name in names]
    for key in keys:
        ledger.post(base, key, owner, {"recipe": "one"}, {})
    return keys


def order(base):
    """Return the keys of all jobs in the order in which machines are given them."""
    line.keep(base, configured())
    rows = base.execute(
        "SELECT queueing_lock AS key FROM procrastinate_jobs ORDER BY priority DESC, id"
    )
    return [row["key"] for row in rows]


def state(base, key):
    row = base.execute("SELECT state, attempt, failures FROM run WHERE key = %s", [key])
    return tuple(row.fetchone().values())


def silent(base, key, seconds):
    base.execute(
        "UPDATE run SET contact = now() - make_interval(secs => %s) WHERE key = %s", [seconds, key]
    )


def test_a_run_is_taken_once(base):
    (key,) = post(base, "a")
    claim = ledger.claim(base, key, "annex")
    assert claim == Claim(key, 1, {"recipe": "one"}, {})
    assert ledger.claim(base, key, "cellar") is None
    assert ledger.claim(base, "here/none", "cellar") is None


def test_a_run_that_is_sent_twice_is_there_once_and_keeps_its_state(base):
    (key,) = post(base, "a")
    ledger.claim(base, key, "annex")
    post(base, "a")
    assert state(base, key) == ("training", 1, 0)


def test_what_a_machine_tells_is_read_at_home(base):
    (key,) = post(base, "a")
    claim = ledger.claim(base, key, "annex")
    ledger.ask(base, key, Requests(stop="best", rate=0.5))
    asked = ledger.report(base, claim, RUNNING, Changes((CURVE,)))
    assert asked == Requests(stop="best", rate=0.5)
    row = ledger.rows(base, "here")[key]
    assert (row.state, row.machine, row.attempt) == ("training", "annex", 1)
    assert Status.model_validate(row.status) == RUNNING
    (piece,) = ledger.pieces_of(base, key)
    assert (piece.name, piece.start, piece.content) == ("metrics.jsonl", 0, b"{}\n")
    assert ledger.pieces_of(base, key, piece.stamp) == []


def test_a_machine_that_has_a_run_no_more_writes_nothing(base):
    (key,) = post(base, "a")
    old = ledger.claim(base, key, "annex")
    silent(base, key, 60)
    base.execute("SELECT 1")
    assert ledger.give_back(base, old, failed=True)
    new = ledger.claim(base, key, "cellar")
    for late in (
        ledger.report(base, old, RUNNING, Changes((CURVE,))),
        ledger.report(base, old, RUNNING, is_over=True),
        ledger.want(base, old, "mnist"),
        ledger.give_back(base, old, failed=True),
    ):
        assert not late
    assert ledger.pieces_of(base, key) == []
    assert state(base, key) == ("training", 2, 1)
    assert ledger.report(base, new, RUNNING) == Requests()


def test_a_run_that_is_over_is_nobodys(base):
    (key,) = post(base, "a")
    claim = ledger.claim(base, key, "annex")
    assert ledger.report(base, claim, RUNNING, is_over=True) is not None
    assert ledger.report(base, claim, RUNNING) is None
    assert ledger.claim(base, key, "cellar") is None
    ledger.forget(base, key)
    assert ledger.rows(base, "here") == {}


def test_three_lost_machines_are_enough_and_those_that_leave_do_not_count(base):
    (key,) = post(base, "a")
    for failed in (False, True, False, True, False):
        assert ledger.give_back(base, ledger.claim(base, key, "annex"), failed=failed)
    assert state(base, key) == ("waiting", 5, 2)
    ledger.give_back(base, ledger.claim(base, key, "annex"), failed=True)
    assert state(base, key) == ("lost", 6, 3)
    assert ledger.claim(base, key, "cellar") is None


def test_silent_machines_lose_their_runs_but_not_right_after_the_databases_start(base, monkeypatch):
    lively, quiet = post(base, "a", "b")
    for key in (lively, quiet):
        ledger.claim(base, key, "annex")
    up_s = lambda: base.execute(  # noqa: E731
        "SELECT extract(epoch FROM now() - pg_postmaster_start_time())::float AS up"
    ).fetchone()["up"]
    monkeypatch.setattr(ledger, "SILENT_S", up_s() + 60)
    silent(base, quiet, up_s() + 120)
    assert ledger.take_from_the_lost(base) == []
    monkeypatch.setattr(ledger, "SILENT_S", up_s() / 2)
    silent(base, quiet, up_s())
    assert ledger.take_from_the_lost(base) == [quiet]
    assert state(base, lively) == ("training", 1, 0)
    assert state(base, quiet) == ("waiting", 1, 1)


def test_only_what_waits_can_be_withdrawn(base):
    waiting, taken = post(base, "a", "b")
    ledger.claim(base, taken, "annex")
    assert ledger.withdraw(base, waiting)
    assert not ledger.withdraw(base, taken)
    assert ledger.claim(base, waiting, "annex") is None


def test_owners_and_homes_take_turns(base):
    wide = post(base, "w1", "w2", "w3", owner="sweep")
    (single,) = post(base, "s", owner="pupil")
    other = post(base, "o1", "o2", home="there")
    assert order(base) == [wide[0], single, other[0], wide[1], other[1], wide[2]]


def test_who_comes_late_does_not_wait_for_a_whole_sweep_nor_overtakes_its_next_run(base):
    wide = post(base, *[f"w{number}" for number in range(5)], owner="sweep")
    for key in wide[:3]:
        ledger.claim(base, key, "annex")
    (late,) = post(base, "late", owner="pupil")
    line.keep(base, configured())
    waiting = [key for key in order(base) if key not in wide[:3]]
    assert waiting == [wide[3], late, wide[4]]


def test_a_run_in_front_goes_before_all_and_keeps_one_job(base):
    keys = post(base, "a", "b", "c")
    assert order(base) == keys
    assert ledger.to_the_front(base, keys[2])
    assert not ledger.to_the_front(base, keys[2])
    assert order(base) == [keys[2], *keys[:2]]
    assert order(base) == [keys[2], *keys[:2]]


def test_a_run_that_waits_without_a_job_is_given_one(base):
    keys = post(base, "a", "b")
    order(base)
    base.execute("DELETE FROM procrastinate_jobs")
    assert order(base) == keys


def test_the_jobs_of_machines_that_are_gone_are_deleted(base):
    gone, lively = post(base, "a", "b")
    assert order(base) == [gone, lively]
    for key in (gone, lively):
        ledger.claim(base, key, "annex")
    base.execute(
        """
        WITH machine AS (INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id)
        UPDATE procrastinate_jobs SET status = 'doing', worker_id = machine.id FROM machine
        WHERE queueing_lock = %s
        """,
        [lively],
    )
    base.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE queueing_lock = %s", [gone])
    assert order(base) == [lively]
    beaten = "UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)"
    base.execute(beaten, [ledger.SILENT_S - 5])
    assert order(base) == [lively]
    base.execute(beaten, [ledger.SILENT_S + 5])
    assert order(base) == []


def test_machines_are_listed_while_they_are_heard_of(base, monkeypatch):
    ledger.enter_machine(base, "1", "annex", 2)
    ledger.enter_machine(base, "2", "annex", 1)
    ledger.enter_machine(base, "3", "<b>cellar</b>", 4)
    (key,) = post(base, "a")
    ledger.claim(base, key, "annex")
    found = {machine.name: (machine.places, machine.busy) for machine in ledger.machines(base)}
    assert found == {"annex": (3, 1), "-b-cellar--b-": (4, 0)}
    ledger.enter_machine(base, "3", "cellar", 0)
    monkeypatch.setattr(ledger, "SILENT_S", 0.2)
    wait_for(lambda: not ledger.machines(base), "that nobody is heard of any more")


def test_a_result_that_came_while_its_run_was_seen_to_train_is_kept(base, home):
    from core.cluster.sent import Sent
    from core.runs import store
    from tests.working import QUICK

    sent = Sent(store.create(QUICK), "here/a")
    sent.copy([CURVE, Piece("passport", 0, b"result", 8)])
    sent.copy([])
    assert sent.result == b"result"
    assert not (sent.folder / "passport").exists()


@pytest.mark.parametrize("status", [{"state": "nonsense"}, [], "text", None, {"heartbeat": "x"}])
def test_a_status_that_is_none_is_kept_from_pages(base, home, status):
    from core.cluster.sent import Sent
    from core.runs import store
    from tests.working import QUICK

    run = store.create(QUICK)
    row = ledger.Row("here/a", "training", 1, 0, "annex", status, "", 0.0)
    sent = Sent(run, "here/a")
    assert sent.checked(row) is None
    sent.follow(row)
    assert store.read(run.id).status.phase == "starting"
