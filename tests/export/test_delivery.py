"""Delivery of exports, without TensorFlow: existing files are never lost."""

import functools
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import core.export
from core import data
from core.errors import DigitLabError
from core.export import delivery, examples
from core.export.delivery import deliver, keras_file
from core.export.formats import FORMATS, Exported
from tests.models import make_model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("models") / "linear")


@pytest.fixture
def model(made, home, no_mnist):
    """Return the name of a model with a card."""
    shutil.copytree(made, home / "models" / "linear")
    return "linear"


@pytest.fixture(autouse=True)
def given(monkeypatch):
    """Replace the conversion; returns the images that it was given."""
    calls = []

    def write(source, wanted, path, typical, check_images):
        calls.append((typical, check_images))
        if wanted.is_folder:
            path.mkdir()
            (path / "saved_model.pb").write_bytes(b"new")
        for file in (*([] if wanted.is_folder else [path.name]), *wanted.files[1:]):
            (path.parent / file).write_bytes(b"new")
        return Exported(path, 3, 0.0, 1.0, len(check_images))

    # Not even imported: it would bring TensorFlow.
    monkeypatch.setattr(core.export, "convert", SimpleNamespace(export=write), raising=False)
    monkeypatch.setattr(delivery, "load", functools.cache(data.load))
    return calls


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_card_example_and_picture_lie_beside_it(model, home, tmp_path):
    out = tmp_path / "a new folder" / "mine.weights.h5"
    done = deliver(model, FORMATS["weights"], out)
    found = contents(out.parent)
    assert set(done.beside) | {"mine.weights.h5"} == set(found)
    assert found["mine.weights.h5"] == found["network.json"] == b"new"
    assert found["card.json"] == (home / "models" / "linear" / "card.json").read_bytes()
    assert b"'mine.weights.h5'" in found["example-mine.weights.h5.py"]
    assert done.path == out


def test_typical_and_check_images_are_of_the_models_own_data(model, given, tmp_path):
    deliver(model, FORMATS["onnx"], tmp_path / "model.onnx")
    ((typical, checked),) = given
    sample = data.load("sample")
    assert typical.shape == (500, 28, 28, 1)
    np.testing.assert_array_equal(checked[..., 0], np.float32(sample.x_test) / 255)
    np.testing.assert_array_equal(typical[-1, ..., 0], np.float32(sample.x_train[-1]) / 255)


def test_what_is_there_is_replaced_only_on_demand(model, tmp_path):
    out = tmp_path / "model.onnx"
    out.write_bytes(b"old")
    with pytest.raises(DigitLabError, match=r"'model.onnx' in .* already.*--overwrite"):
        deliver(model, FORMATS["onnx"], out)
    assert out.read_bytes() == b"old"
    deliver(model, FORMATS["onnx"], out, overwrite=True)
    assert out.read_bytes() == b"new"


def test_the_home_of_nobody_is_a_folder_like_any_other(model, tmp_path, monkeypatch):
    """It ended in a trace; a shell, too, leaves the name as it is."""
    monkeypatch.chdir(tmp_path)
    deliver(model, FORMATS["onnx"], Path("~nobody-of-this-name/mine.onnx"))
    assert (tmp_path / "~nobody-of-this-name" / "mine.onnx").is_file()


def test_a_replaced_folder_is_replaced_whole(model, tmp_path):
    out = tmp_path / "out" / "mine"
    deliver(model, FORMATS["savedmodel"], out)
    (out / "left over").touch()
    (out / "saved_model.pb").write_bytes(b"old")
    deliver(model, FORMATS["savedmodel"], out, overwrite=True)
    assert contents(out) == {"saved_model.pb": b"new"}
    names = {file.name for file in out.parent.iterdir()}
    assert names == {"mine", "card.json", "digit.png", "example-mine.py"}


@pytest.mark.parametrize("file", ["example-model.weights.h5.py", "network.json"])
def test_a_neighbour_of_the_same_name_is_not_lost(model, tmp_path, file):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / file).write_bytes(b"a person's own")
    with pytest.raises(DigitLabError, match=f"'{file}'"):
        deliver(model, FORMATS["weights"], tmp_path / "out" / "model.weights.h5")
    assert contents(tmp_path / "out") == {file: b"a person's own"}


def test_a_picture_is_never_replaced(model, tmp_path):
    (tmp_path / "digit.png").write_bytes(b"my own")
    deliver(model, FORMATS["onnx"], tmp_path / "model.onnx")
    deliver(model, FORMATS["onnx"], tmp_path / "model.onnx", overwrite=True)
    assert (tmp_path / "digit.png").read_bytes() == b"my own"


def test_two_files_of_one_model_share_their_card(model, tmp_path):
    """A second export into a folder was refused for the first one's example.py."""
    deliver(model, FORMATS["litert"], tmp_path / "model.tflite")
    deliver(model, FORMATS["onnx"], tmp_path / "model.onnx")
    examples_there = {file.name for file in tmp_path.glob("*.py")}
    assert examples_there == {"example-model.tflite.py", "example-model.onnx.py"}
    assert [file.name for file in tmp_path.glob("*.json")] == ["card.json"]


def test_models_that_share_a_folder_have_a_card_each(model, home, tmp_path):
    deliver(model, FORMATS["litert"], tmp_path / "one.tflite")
    card = home / "models" / "linear" / "card.json"
    card.write_text(card.read_text("utf-8").replace("made-by-a-test", "another"), "utf-8")
    done = deliver(model, FORMATS["litert"], tmp_path / "other.tflite")
    assert "card-other.tflite.json" in done.beside
    assert b"another" not in (tmp_path / "card.json").read_bytes()
    with pytest.raises(DigitLabError, match=r"'card.json'"):  # it would become a model's folder
        deliver(model, FORMATS["onnx"], tmp_path / "model.onnx")


@pytest.mark.parametrize("name", ["litert", "savedmodel"])
def test_a_folder_of_other_things_is_never_replaced(model, tmp_path, name):
    out = tmp_path / f"photographs{FORMATS[name].suffix}"
    out.mkdir()
    (out / "me.jpg").touch()
    with pytest.raises(DigitLabError, match="not a SavedModel, so it is not replaced"):
        deliver(model, FORMATS[name], out, overwrite=True)
    assert (out / "me.jpg").exists()


@pytest.mark.parametrize(
    ("name", "file", "suffix"),
    [
        ("onnx", "model.keras", ".onnx"),
        ("litert", "model", ".tflite"),
        ("weights", "model.h5", ".weights.h5"),
        ("keras", ".keras", ".keras"),
    ],
)
def test_the_wrong_ending_is_refused(model, tmp_path, name, file, suffix):
    with pytest.raises(DigitLabError, match=f"should end in {suffix}"):
        deliver(model, FORMATS[name], tmp_path / file)


@pytest.mark.parametrize("file", ["/", "digit.png", "card.json"])
def test_the_place_of_what_lies_beside_it_is_refused(model, tmp_path, file):
    with pytest.raises(DigitLabError, match="cannot hold SavedModel: name it saved_model"):
        deliver(model, FORMATS["savedmodel"], tmp_path / file)


def test_a_bare_onnx_file_cannot_be_exported(model, home, tmp_path):
    folder = home / "models" / "linear"
    assert keras_file(str(folder / "model.onnx")) == folder / "model.keras"
    (folder / "model.keras").unlink()
    with pytest.raises(DigitLabError, match=r"without the 'model.keras'"):
        keras_file(model)


def test_where_nothing_can_be_written_it_says_so(model, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DigitLabError, match="Nothing can be written to"):
        deliver(model, FORMATS["onnx"], tmp_path / "file" / "model.onnx")
    with pytest.raises(DigitLabError, match="Nothing can be written to"):
        deliver(model, FORMATS["onnx"], tmp_path / (300 * "x" + ".onnx"))


def test_a_fault_on_the_way_leaves_everything_as_it_was(model, tmp_path, monkeypatch):
    def full(file, target):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(delivery, "_move", full)
    (tmp_path / "out").mkdir()
    with pytest.raises(DigitLabError, match="No space left"):
        deliver(model, FORMATS["onnx"], tmp_path / "out" / "model.onnx")
    assert contents(tmp_path / "out") == {}


def test_without_a_card_there_is_none_beside_it(model, home, tmp_path):
    (home / "models" / "linear" / "card.json").unlink()
    name = str(home / "models" / "linear" / "model.keras")
    done = deliver(name, FORMATS["onnx"], tmp_path / "out" / "model.onnx")
    assert done.beside == ("example-model.onnx.py", examples.PICTURE)
