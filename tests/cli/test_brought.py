"""Models from elsewhere in a shell: evaluated, read with, exported and kept, without TensorFlow."""

import json

import pytest
from PIL import Image

from bench.foreign_networks import digits, learned, unusual, write
from core import registry
from core.data import load


@pytest.fixture
def torch(home, no_mnist, tmp_path):
    return unusual(tmp_path / "torch.onnx", ("n", 1, 28, 28))


@pytest.mark.long
def test_it_is_evaluated_and_said_how(core, torch):
    facts = core("evaluate", torch, "--json").json
    assert facts["accuracy"] > 0.6
    assert "pixels from 0 to 255" in facts["origin"]["adapters"]
    said = core("evaluate", torch).out
    assert "ONNX from elsewhere: reshaped to 1×28×28, pixels from 0 to 255, softmax added" in said
    assert "are read correctly" in said


@pytest.mark.long
def test_it_reads_pictures_and_says_how_aside(core, torch, tmp_path):
    sample = load("sample")
    Image.fromarray(sample.x_train[3]).resize((280, 280)).save(tmp_path / "digit.png")
    assert len(core("read", "--model", torch, tmp_path / "digit.png", "--json").json) == 1
    assert "pixels from 0 to 255" in core("read", "--model", torch, tmp_path / "digit.png").err


@pytest.mark.long
def test_it_is_exported_as_onnx_twice_into_one_folder(core, torch, tmp_path):
    for name in ("one.onnx", "two.onnx"):
        said = core("export", torch, "onnx", tmp_path / "out" / name).out
        assert "unchanged" in said
    card = json.loads((tmp_path / "out" / "card.json").read_text("utf-8"))
    assert card["origin"]["file"] == "torch.onnx"
    assert core("evaluate", tmp_path / "out" / "two.onnx", "--json").json["accuracy"] > 0.6
    core("export", torch, "litert", tmp_path / "x.tflite").refused("only be exported as onnx")


@pytest.mark.tensorflow
def test_one_of_layers_like_ours_is_exported_as_anything(core, home, tmp_path):
    images, labels = digits()
    path = write(tmp_path / "torch.onnx", learned(255 * images, labels), (1, 784))
    said = core("export", path, "litert", tmp_path / "out" / "torch.tflite").out
    assert "Same answer as Keras on 382 of 382" in said


def test_it_is_kept_under_a_name_and_is_one_of_the_models(core, torch, home):
    facts = core("add", torch, "my-torch", "--json").json
    assert facts["config"] is None
    model = registry.find("my-torch")
    assert model.card.origin.words.startswith("torch.onnx (ONNX), reshaped to 1×28×28")
    assert set(model.pictures())
    assert "my-torch" in core("models").out
    core("add", torch, "my-torch").refused("already exists")
    core("add", torch, "My Torch").refused("cannot be a model's name")
    core("add", "nothing.onnx", "other").refused("There is no file 'nothing.onnx'")
    report = home / "report.html"
    core("report", "my-torch", report)
    assert "pixels from 0 to 255" in report.read_text("utf-8")


def test_what_cannot_be_taken_is_one_sentence(core, home, tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04]")
    for arguments in (("evaluate",), ("read", tmp_path / "x.png", "--model"), ("add",)):
        more = ("name",) if arguments == ("add",) else ()
        core(*arguments, tmp_path / "model.pkl", *more).refused("'model.pkl'", "is a pickle")
