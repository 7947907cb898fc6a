"""`evaluate`: which model on which data."""

import shutil

import numpy as np
import pytest
from PIL import Image

from core import registry
from core.data import load, load_test
from core.data.dataset import make_test_set
from core.runs import contract
from tests.cli.calls import in_a_process


@pytest.mark.parametrize("form", ["{run}", "{home}/runs/{run}", "{home}/runs/{run}/model.onnx"])
def test_evaluate_finds_what_the_card_says(core, finished, trained, home, form):
    card = trained[1].json
    scores = core("evaluate", form.format(run=finished, home=home), "--json").json
    assert scores["data"] == "sample"
    for key in ("n", "accuracy", "interval", "confusion"):
        assert scores[key] == card["test"][key]
    assert scores["loss"] == pytest.approx(card["test"]["loss"], abs=1e-4)


def test_a_keras_file_can_be_evaluated_and_read_with(core, by_keras, sample_run, tmp_path, digits):
    alone = shutil.copy(sample_run.folder / contract.KERAS_MODEL, tmp_path / "mine.keras")
    scores = core("evaluate", alone, "--json").json
    assert scores["confusion"] == registry.of_run(sample_run).card.test.confusion
    Image.fromarray(digits[3]).save(tmp_path / "3.png")
    with_keras = core("read", "--model", alone, tmp_path / "3.png", "--json").json
    with_onnx = core("read", "--model", by_keras, tmp_path / "3.png", "--json").json
    assert with_keras[0]["text"] == with_onnx[0]["text"]
    one, other = (reading[0]["digits"][0]["probabilities"] for reading in (with_keras, with_onnx))
    assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.tensorflow
def test_a_broken_keras_file_is_one_sentence(home, tmp_path):
    """TensorFlow's own greetings stay out of it."""
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    in_a_process("evaluate", str(tmp_path / "broken.keras")).refused("'broken.keras'")


def test_a_model_is_scored_on_what_it_was_trained_on(core, linear, monkeypatch):
    """A model of the sample was scored on MNIST as soon as that was on the machine."""
    monkeypatch.setattr("core.data.default_source", lambda: "mnist")
    scores = core("evaluate", linear, "--json").json
    assert scores["data"] == "sample"


def test_a_data_set_can_be_named(core, linear, tmp_path):
    sample = load("sample")
    file = tmp_path / "ones.npz"
    ones = sample.y_test == 1
    names = ("x_train", "y_train", "x_test", "y_test")
    arrays = (sample.x_train, sample.y_train, sample.x_test[ones], sample.y_test[ones])
    np.savez(file, **dict(zip(names, arrays, strict=True)))
    scores = core("evaluate", linear, "--data", file, "--json").json
    assert scores["data"] == str(file)
    assert scores["n"] == ones.sum() == sum(scores["confusion"][1])
    said = core("evaluate", linear, "--data", file).out
    assert f"{scores['accuracy']:.2%}" in said
    error = scores["reliability"]["calibration_error"]
    assert f"expected calibration error {error:.2%} (15 bins)" in said


def test_of_data_with_writers_an_interval_over_them_is_said(core, linear, monkeypatch):
    sample = load_test("sample")
    few = make_test_set(sample.x.copy(), sample.y.copy(), writers=np.arange(len(sample.y)) % 7)
    monkeypatch.setattr("core.data.load_test", lambda source, as_is: few)
    facts = core("evaluate", linear, "--data", "qmnist", "--json").json
    low, high = facts["interval_over_writers"]
    assert facts["writers"] == 7
    assert low < facts["accuracy"] < high
    assert "interval over 7 writers" in core("evaluate", linear, "--data", "qmnist").out


def test_qmnist_that_is_not_here_is_a_sentence(core, linear, no_mnist):
    core("evaluate", linear, "--data", "qmnist").refused("data --fetch qmnist")
