"""`bench.qmnist`: an interval over writers where they are known, and what is missing is said."""

import numpy as np
import pytest
from click.testing import CliRunner

from bench import qmnist
from core.data import load_test
from core.data.dataset import make_test_set
from core.errors import DigitLabError


@pytest.fixture
def sets(monkeypatch):
    found = {}

    def load(source):
        if source not in found:
            raise DigitLabError(f"{source} is not on this machine.")
        return found[source]

    monkeypatch.setattr(qmnist, "load_test", load)
    return found


def test_both_sets_stand_side_by_side(sets):
    sample = load_test("sample")
    sets["mnist"] = sample
    sets["qmnist"] = make_test_set(
        sample.x.copy(), sample.y.copy(), writers=np.arange(len(sample.y)) // 100
    )
    shown = CliRunner().invoke(qmnist.main, ["--models", "sprint"], catch_exceptions=False).output
    plain, clustered = (line for line in shown.splitlines() if "`sprint`" in line)
    assert "| MNIST | 382 |" in plain
    assert plain.endswith("| digits |")
    assert "| QMNIST | 382 |" in clustered
    assert clustered.endswith("| 4 writers |")
    assert plain.split("|")[4] == clustered.split("|")[4]


def test_what_is_missing_is_said_and_the_other_is_measured(sets):
    sets["mnist"] = load_test("sample")
    shown = CliRunner().invoke(qmnist.main, ["--models", "sprint"], catch_exceptions=False).output
    assert "qmnist not measured. qmnist is not on this machine." in shown
    assert shown.count("`sprint`") == 1
