"""`bench.robustness`: a row for each corruption, a column for each model, and their mean."""

import numpy as np
import pytest
from click.testing import CliRunner

from bench.robustness import main
from core.evaluation.corruptions import CORRUPTIONS
from tests.models import make_model


@pytest.fixture
def table(mnist_folder, tmp_path):
    model = str(make_model(tmp_path / "linear"))
    arguments = ["--model", model, "--baseline", model, "--images", "30"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    lines = [line for line in result.output.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_mean_is_that_of_the_corruptions(table):
    rows = table[3:-1]  # after header, rule and the images as they are
    assert [row[0].replace(" ", "_") for row in rows] == list(CORRUPTIONS)
    shares = [float(row[-1].strip("%")) for row in rows]
    assert float(table[-1][-1].strip("%")) == pytest.approx(np.mean(shares), abs=0.01)


def test_a_model_that_is_not_there_is_one_sentence():
    result = CliRunner().invoke(main, ["--model", "nothing"])
    assert result.exit_code == 1
    assert "There is no model 'nothing'" in result.output
