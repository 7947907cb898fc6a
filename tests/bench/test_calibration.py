"""`bench.calibration`: the figures of the report, and what a temperature did to them."""

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.special import softmax

from bench.calibration import main, with_temperature
from core.data import load_test
from core.evaluation.calibration import reliability
from core.reading.predictor import Predictor
from tests.models import make_model


def test_without_strokes_mnist_alone_is_measured(mnist_folder, tmp_path, monkeypatch):
    monkeypatch.delenv("DIGIT_LAB_PEN_STROKES", raising=False)
    model = make_model(tmp_path / "linear")
    test = load_test("mnist")
    probabilities = Predictor(model / "model.onnx").predict(test.x.astype("f4") / 255).probabilities
    expected = reliability(test.y, probabilities).calibration_error

    result = CliRunner().invoke(main, ["--model", str(model)], catch_exceptions=False)
    row = next(line for line in result.output.splitlines() if "MNIST's test images" in line)
    error, before = (cell.strip() for cell in row.split("|")[5:7])
    assert error.startswith(f"{expected:.2%} (")
    low, high = (float(side.strip("%()")) / 100 for side in error.split()[1].split("–"))
    assert low < high
    assert before == f"{expected:.2%}"  # a temperature of 1 changed nothing
    assert "Drawn digits are not measured" in result.output


def test_a_model_that_is_not_there_is_one_sentence():
    result = CliRunner().invoke(main, ["--model", "nothing"])
    assert result.exit_code == 1
    assert "There is no model 'nothing'" in result.output


def test_a_temperature_divides_logits():
    logits = np.random.default_rng(0).normal(scale=3, size=(50, 10))
    found = with_temperature(softmax(logits, axis=1), 2.5)
    np.testing.assert_allclose(found, softmax(logits / 2.5, axis=1), atol=1e-9)


def test_a_temperature_and_its_inverse_cancel():
    probabilities = softmax(np.random.default_rng(0).normal(size=(50, 10)), axis=1)
    there = with_temperature(probabilities, 0.4)
    np.testing.assert_allclose(with_temperature(there, 1 / 0.4), probabilities, atol=1e-12)


@pytest.mark.parametrize("temperature", [0.2, 5.0])
def test_certain_answers_stay_certain(temperature):
    certain = np.eye(10, dtype=np.float32)
    np.testing.assert_array_equal(with_temperature(certain, temperature), certain)
