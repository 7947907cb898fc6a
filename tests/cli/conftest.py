"""Fixtures for the tests of the commands: the commands themselves, and what they are given."""

import json
import shutil

import numpy as np
import pytest

from core import paths
from core.cli import main
from core.data import load, sample
from core.people import corrections
from core.recipes.shipped import RECIPES
from core.runs import store
from tests.cli.calls import QUICK, WITH_TOYS, Outcome, in_a_process
from tests.models import make_model
from tests.working import copied


@pytest.fixture
def core(home, no_mnist, monkeypatch, capsys):
    """Call as ``core("runs", "list")``: the command line, without the start of a process."""
    monkeypatch.setattr(paths, "SHIPPED_MODELS", home / "models")

    def run(*arguments):
        code = 0
        try:
            main.main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def trained(once):
    """Return a home with one finished run of a toy, and what its command printed."""

    def train(folder):
        arguments = ["train", "dense-starter", *QUICK, "--seed", "3", "--json"]
        said = in_a_process(*arguments, program=WITH_TOYS, DIGIT_LAB_HOME=str(folder / "home"))
        (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")

    folder = once("trained-by-a-command", train)
    return folder / "home", Outcome(*json.loads((folder / "said.json").read_text(encoding="utf-8")))


@pytest.fixture
def finished(trained, home):
    """Return the id of a finished run in the test's own home."""
    shutil.copytree(trained[0], home, dirs_exist_ok=True)
    return trained[1].json["id"]


@pytest.fixture
def by_keras(sample_run, home):
    """Return the id of a run in the test's own home that Keras has trained."""
    return copied(sample_run)


@pytest.fixture
def run(home):
    return store.create(RECIPES["sprint"].config)


@pytest.fixture
def linear(home):
    """Return the name of a model that was trained on the offline sample."""
    make_model(home / "models" / "linear")
    return "linear"


@pytest.fixture
def digits(tmp_path):
    """Return pictures of ten digits, 112 pixels a side with a margin, and what they are."""
    sample = load("sample")
    first = [int(np.flatnonzero(sample.y_test == digit)[0]) for digit in range(10)]
    pictures = sample.x_test[first].repeat(4, axis=1).repeat(4, axis=2)
    return np.pad(pictures, ((0, 0), (20, 20), (20, 20)))


@pytest.fixture
def corrected(home):
    """Keep two digits that were read wrongly, and return their ids, the newest first."""
    blank = np.zeros((28, 28), np.float32)
    kept = [corrections.keep(blank, label, 9, 0.5, "linear") for label in (4, 7)]
    return [one.id for one in reversed(kept)]


@pytest.fixture
def lying(tmp_path):
    """Return a CSV file of digits that are black on white."""
    digits = sample.load_test()
    rows = np.hstack([digits.y[:, None], 255 - digits.x.reshape(len(digits.x), -1)])
    np.savetxt(tmp_path / "lying.csv", rows, "%d", ",")
    return tmp_path / "lying.csv"
