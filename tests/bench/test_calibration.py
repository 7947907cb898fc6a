"""`bench.calibration`: the figures of the report, and what a temperature did to them."""

from click.testing import CliRunner

from bench.calibration import main
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
