"""`export`."""

import json

import pytest

from tests.cli.calls import in_a_process


def test_an_export_is_checked_and_explained(by_keras, home, tmp_path):
    """In a process of its own: TensorFlow's greetings stay out of it."""
    out = tmp_path / "out" / "run.tflite"
    arguments = ["export", by_keras, "litert", str(out), "--json"]
    facts = in_a_process(*arguments, DIGIT_LAB_HOME=str(home), DIGIT_LAB_DATA=str(tmp_path)).json
    assert facts["path"] == str(out)
    assert facts["bytes"] == out.stat().st_size
    assert facts["largest_difference"] <= 1e-4
    assert (facts["agreement"], facts["check_images"], facts["checked_on"]) == (1, 382, "sample")
    assert {"run.tflite", *facts["beside"]} == {file.name for file in out.parent.iterdir()}
    card = json.loads((out.parent / "card.json").read_text(encoding="utf-8"))
    assert card["run"] == by_keras


def test_an_export_in_words(core, by_keras, tmp_path):
    said = core("export", by_keras, "keras", tmp_path / "out" / "run.keras").out
    assert f"{by_keras} as Keras: " in said
    assert "382 of 382 test digits (sample)" in said
    assert "card.json" in said


@pytest.mark.tensorflow
def test_an_export_that_cannot_be_is_one_sentence(core, linear, home, tmp_path):
    out = tmp_path / "model.onnx"
    core("export", linear, "tflite", out).refused("'tflite'", "litert, litert-int8")
    core("export", "nobody", "onnx", out).refused("'nobody'")
    core("export", linear, "onnx", tmp_path / "model.pb").refused("should end in .onnx")
    core("export", linear, "onnx", out, "--json").refused("'model.keras' cannot be loaded")
    bare = home / "models" / "linear" / "model.onnx"
    bare.with_name("model.keras").unlink()
    tflite = tmp_path / "model.tflite"
    core("export", bare, "litert", tflite).refused("an ONNX file without the 'model.keras'")
    assert not out.exists()
