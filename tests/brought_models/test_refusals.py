"""Refusals: each file that cannot be taken has its own name and its true reason in them."""

import json
import pickle
import zipfile

import numpy as np
import onnx
import pytest
from onnx import helper

from bench.foreign_networks import FEATURES, write
from core import registry
from core.brought_models.network_file import Network
from core.brought_models.ours import is_ours
from core.errors import DigitLabError
from core.reading import model_files
from tests.models import make_model, write_keras, write_onnx

WEIGHTS = [np.zeros(shape, np.float32) for shape in ((784, FEATURES), FEATURES, (FEATURES, 10), 10)]
SAFETENSORS = (2).to_bytes(8, "little") + b'{"__metadata__":{}}'
CONTENTS = {
    "model.pkl": (pickle.dumps({"a": 1}), "pickle, which can run any program"),
    "old.sav": (pickle.dumps({"a": 1}, 0), "pickle, which can run any program"),
    "torch.pt": (pickle.dumps([1], 2), "torch.onnx.export"),
    "model.joblib": (b"x\x9cnonsense", "pickle"),
    "pickled.keras": (pickle.dumps([1]), "pickle"),
    "phone.tflite": (b"\x1c\0\0\0TFL3" + bytes(20), "LiteRT"),
    "weights.safetensors": (SAFETENSORS, "safetensors file, which holds weights and no network"),
    "pointer.onnx": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "page.onnx": (b"\n<!DOCTYPE html><html>", "a web page"),
    "model.json": (b'{"class_name": "Sequential"}', "without its weights"),
    "array.npy": (b"\x93NUMPY\x01\x00", "an array and no network"),
    "graph.pb": (b"\x08\x01\x12", "SavedModel, which is a program"),
    "empty.onnx": (b"", "it is empty"),
    "noise.onnx": (b"noise" * 100, "damaged or not an ONNX file"),
    "noise.keras": (b"noise" * 100, "damaged or not a .keras file"),
    "noise.txt": (b"noise" * 100, "no model that is known here"),
    "cut.keras": (b"PK\x03\x04 and no more", "damaged or cut short"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_form_is_refused_for_what_it_is(home, tmp_path, name):
    """Of a file that was there it was said that there is no model."""
    content, words = CONTENTS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DigitLabError, match=words) as refused:
        registry.find(str(tmp_path / name))
    assert "There is no model" not in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("archive/data.pkl", "pickle"),
        ("saved/saved_model.pb", "SavedModel"),
        ("weights.npy", "arrays and no network"),
        ("read.me", "unpack it"),
    ],
)
def test_archives_are_refused_for_what_is_in_them(tmp_path, entry, words):
    with zipfile.ZipFile(tmp_path / "model.pth", "w") as archive:
        archive.writestr(entry, b"x")
    with pytest.raises(DigitLabError, match=words):
        model_files.kind_of(tmp_path / "model.pth")


@pytest.mark.parametrize(
    ("file", "words"),
    [("saved_model.pb", "SavedModel"), ("model.json", "TensorFlow.js"), ("x", "a folder without")],
)
def test_folders_are_refused_for_what_is_in_them(tmp_path, file, words):
    (tmp_path / file).touch()
    with pytest.raises(DigitLabError, match=words):
        model_files.kind_of(tmp_path)


def test_a_form_is_told_by_the_content(tmp_path):
    (tmp_path / "h5.keras").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    write_keras(tmp_path / "keras.onnx")
    write_onnx(tmp_path / "onnx.h5", np.zeros((784, 10), np.float32))
    kinds = [model_files.kind_of(tmp_path / name) for name in ("h5.keras", "keras.onnx", "onnx.h5")]
    assert kinds == ["hdf5", "keras", "onnx"]


def test_our_own_files_are_known(no_mnist, tmp_path):
    folder = make_model(tmp_path / "linear")
    assert is_ours(folder / "model.onnx")
    assert not is_ours(folder / "model.keras")  # it describes no layers
    layers = [{"config": {"name": name}} for name in ("image", "probabilities")]
    write_keras(tmp_path / "m.keras", layers)
    assert is_ours(tmp_path / "m.keras")
    write_keras(tmp_path / "m.keras", [{"config": {"name": "dense"}}] * 2)
    assert not is_ours(tmp_path / "m.keras")


def refused(content, words):
    with pytest.raises(DigitLabError, match=words):
        Network(content)


def test_weights_in_another_file_are_never_opened(tmp_path):
    whole = onnx.load(write(tmp_path / "m.onnx", WEIGHTS, ("n", 784)))
    facts = {"save_as_external_data": True, "location": "w.data", "size_threshold": 0}
    onnx.save(whole, tmp_path / "two.onnx", **facts)
    refused((tmp_path / "two.onnx").read_bytes(), "in another file.*external_data=False")


def test_steps_of_an_author_are_refused_by_name(tmp_path):
    model = onnx.load(write(tmp_path / "m.onnx", WEIGHTS, ("n", 784)))
    model.graph.node[0].domain = "my.own"
    model.opset_import.append(helper.make_opsetid("my.own", 1))
    refused(model.SerializeToString(), "'Flatten' is not one of ONNX's own")


def test_networks_within_the_network_are_refused_by_name(tmp_path):
    inner = helper.make_graph([], "inner", [], [])
    loop = helper.make_node("If", ["c"], ["o"], then_branch=inner, else_branch=inner)
    path = write(tmp_path / "m.onnx", WEIGHTS, ("n", 784), after=(loop,), outputs=("z",))
    refused(path.read_bytes(), "'If' runs a network within the network")


def test_a_network_that_takes_much_memory_never_runs(tmp_path):
    sides = np.array([20_000, 20_000], np.int64)
    grown = helper.make_node("ConstantOfShape", ["sides"], ["grown"])
    path = write(
        tmp_path / "m.onnx", WEIGHTS, ("n", 784), after=(grown,), outputs=("z",), sides=sides
    )
    refused(path.read_bytes(), "size is too large or not known")


def test_two_inputs_are_one_too_many(tmp_path):
    model = onnx.load(write(tmp_path / "m.onnx", WEIGHTS, ("n", 784)))
    model.graph.input.append(helper.make_tensor_value_info("other", 1, ["n", 3]))
    refused(model.SerializeToString(), "it has 2 inputs")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"class_name": "Lambda", "module": "keras.layers", "config": {"name": "mine"}}, "'mine'"),
        ({"class_name": "TFSMLayer", "module": "keras.layers", "config": {}}, "TFSMLayer"),
        ({"class_name": "Mine", "module": "__main__", "registered_name": "Mine"}, "'Mine'"),
        ({"class_name": "Mine", "module": None, "registered_name": "us>Mine"}, "'us>Mine'"),
        ({"class_name": "function", "module": "builtins", "config": "my_act"}, "'my_act'"),
        ({"class_name": "function", "module": "os", "config": "system"}, "code of its author"),
        ({"class_name": "StringLookup", "module": "keras.layers", "config": {}}, "reads words"),
    ],
)
def test_code_in_a_keras_file_is_refused_by_name(tmp_path, part, words):
    """It was refused with the name of an exception, and only after Keras had looked at it."""
    write_keras(tmp_path / "m.keras", [{"config": {"activation": part}}])
    with pytest.raises(DigitLabError, match=words):
        is_ours(tmp_path / "m.keras")


def test_losses_of_an_author_are_no_obstacle(tmp_path):
    """What a model was trained with is over, and is not loaded."""
    write_keras(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        described = json.loads(archive.read("config.json"))
    described["compile_config"] = {"loss": {"module": "__main__", "class_name": "Mine"}}
    write_keras(tmp_path / "m.keras", **{"config.json": json.dumps(described).encode()})
    assert not is_ours(tmp_path / "m.keras")
