"""`bench.sweep`: which CPU seconds are set against each other."""

from types import SimpleNamespace

from bench import sweep as bench
from core.sweeps.store import Try, TryState


def sweep(*tries):
    found = [
        Try(number=number, parameters={}, state=state, value=value, cpu_seconds=seconds)
        for number, (state, value, seconds) in enumerate(tries)
    ]
    finished = [one for one in found if one.state is TryState.FINISHED]
    best = max(finished, key=lambda one: one.value)
    return SimpleNamespace(
        tries=found, best=best, cpu_seconds=sum(one.cpu_seconds for one in found)
    )


DONE, PRUNED = TryState.FINISHED, TryState.PRUNED


def test_seconds_count_until_the_first_finished_try_that_reaches_the_goal():
    random = sweep((DONE, 0.90, 10.0), (DONE, 0.95, 10.0), (DONE, 0.9505, 20.0))
    tpe = sweep((DONE, 0.90, 10.0), (PRUNED, 0.96, 1.0), (DONE, 0.9496, 9.0), (DONE, 0.96, 10.0))
    row, share = bench._row(3, random, tpe)
    # The goal is 0.9505 less 0.001: the second of random search, the third of the other.
    assert row == [3, "95.05%", "40", "20", "96.00%", "30", 1, "20", "50%"]
    assert share == 0.5


def test_a_goal_that_is_missed_is_no_share():
    random, tpe = sweep((DONE, 0.95, 10.0)), sweep((DONE, 0.94, 1.0))
    row, share = bench._row(0, random, tpe)
    assert (row[-2:], share) == (["–", "–"], None)


def test_the_space_holds_its_starting_point():
    base = bench._base("mnist", 15_000, 9, 0)
    assert bench.parse_sweep({"base": base, "vary": bench.VARY}).tries == 24
