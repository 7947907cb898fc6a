"""Lanes: each process takes its own kind of files of tests, then those of the others."""

import pytest

from tests.lanes import next_file

SECONDS = {"tests/browser/test_draw.py": 30, "tests/cluster/test_kills.py": 60}
BROWSER, LONG, QUICK = "tests/browser/test_new.py", "tests/cluster/test_kills.py", "tests/test_a.py"


@pytest.mark.parametrize(
    ("worker", "order"),
    [
        ("gw0", [BROWSER, LONG, QUICK]),
        ("gw1", [LONG, QUICK, BROWSER]),
        ("gw2", [QUICK, LONG, BROWSER]),
        ("gw3", [BROWSER, LONG, QUICK]),
    ],
)
def test_a_process_that_is_through_takes_over_files_of_others(worker, order):
    left = [QUICK, LONG, BROWSER]
    for wanted in order:
        assert next_file(left, worker, SECONDS) == wanted
        left.remove(wanted)


def test_of_one_kind_it_takes_the_first():
    others = ["tests/test_b.py", "tests/test_a.py"]
    assert next_file([LONG, *others], "gw2", SECONDS) == others[0]
