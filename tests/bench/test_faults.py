"""`bench.faults`: what is lost, wrong or said by a trace is counted, and nothing else is."""

import random

import pytest
from click.testing import CliRunner

from bench import faults
from bench.faulty import changes, files, homes
from core.errors import DigitLabError
from core.runs import notes


def refused() -> None:
    raise DigitLabError("The disk is full: make room.")


def test_a_sentence_is_no_fault_and_a_trace_is() -> None:
    assert homes.attempt(lambda: None) == (True, "")
    assert homes.attempt(refused) == (False, "")
    assert homes.attempt(lambda: 1 / 0) == (False, "ZeroDivisionError: division by zero")


def test_who_hears_that_it_is_done_and_finds_it_lost_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not any(wrong for _, wrong in changes.in_threads(1))
    monkeypatch.setattr(notes, "change", lambda run_id, **said: None)
    wrong = [said for _, said in changes.in_threads(1) if said]
    assert len(wrong) == len(changes.SUBJECTS[0].actions)  # a note beside each other action
    assert all("the note is gone" in said for said in wrong)


def test_the_same_damage_is_done_again() -> None:
    """Another run of the benchmark meets the same files."""
    content = bytes(range(256)) * 4
    first, second = ([files.damaged(content, random.Random(n)) for n in range(50)] for _ in "ab")
    assert first == second
    assert sum(one != content for one in first) > 45


@pytest.mark.parametrize("fault", ["", "it is gone"])
def test_the_table_counts_and_a_fault_is_said_below_it(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def trials(often: int) -> homes.Trials:
        yield from [("done", fault)] * often

    monkeypatch.setattr(faults, "CLASSES", {"room": faults.Class("a trial", trials, 160)})
    done = CliRunner().invoke(faults.main, ["--quick"])
    assert f"| a trial | 2 | {2 if fault else 0} | 2 done |" in done.output
    assert done.exit_code == bool(fault)
    assert ("room: it is gone" in done.output) == bool(fault)
