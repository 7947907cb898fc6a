"""Exports by TensorFlow: each format answers as Keras does, or there is no export.

The examples are run as a person runs them, outside the project, all in one process.
"""

import contextlib
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from core import model as models
from core.architecture import Conv, GlobalAverage
from core.bare_keras import keras, tf
from core.data import load
from core.errors import DigitLabError
from core.export import convert
from core.export.delivery import deliver
from core.export.formats import FORMATS
from tests.export.networks import MIXED, trained, write

# Random features leave near ties, which fall either way in whole numbers.
NEAR_ENOUGH = 0.9
# Runs each example in its own folder and prints its answer as a line of JSON.
RUN_EXAMPLES = """
import contextlib, glob, io, json, os, runpy, sys
for folder in sys.argv[1:]:
    os.chdir(folder)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(*glob.glob("example-*.py"))
    print(json.dumps(said.getvalue()))
"""
# Stands in for the package ai-edge-litert, of which TensorFlow has a copy.
INTERPRETER = "import tensorflow as tf\nInterpreter = tf.lite.Interpreter\n"


@pytest.fixture(scope="module")
def network():
    return trained(MIXED)


@pytest.fixture(scope="module")
def delivered(network, tmp_path_factory):
    """Return what `deliver` said of the network in each format."""
    folder = tmp_path_factory.mktemp("exports")
    source = write(network, folder / "mixed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGIT_LAB_DATA", str(folder))
        patch.setenv("KERAS_HOME", str(folder))
        patch.setattr(convert, "LEAST_AGREEMENT", NEAR_ENOUGH)
        return {
            name: deliver(str(source), wanted, folder / name / wanted.files[0])
            for name, wanted in FORMATS.items()
        }


@pytest.fixture(scope="module")
def answers(delivered, tmp_path_factory):
    """Return what the example of each format printed."""
    packages = tmp_path_factory.mktemp("packages")
    (packages / "ai_edge_litert").mkdir()
    (packages / "ai_edge_litert" / "interpreter.py").write_text(INTERPRETER)
    done = subprocess.run(
        [sys.executable, "-c", RUN_EXAMPLES, *(str(d.path.parent) for d in delivered.values())],
        cwd=packages,
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(delivered, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize(
    "name", [name for name, known in FORMATS.items() if not known.whole_numbers]
)
def test_numbers_as_they_are_answer_as_keras_does(delivered, name):
    done = delivered[name]
    assert done.largest_difference <= models.EXPORT_TOLERANCE
    assert done.agreement == 1
    assert done.n == 382  # the test images of the offline sample
    assert done.checked_on == "sample"


def test_whole_numbers_answer_nearly_as_keras_does(delivered):
    done = delivered["litert-int8"]
    assert NEAR_ENOUGH <= done.agreement < 1
    assert models.EXPORT_TOLERANCE < done.largest_difference < 1
    assert done.bytes < delivered["litert"].bytes / 2


@pytest.mark.parametrize("name", FORMATS)
def test_the_example_reads_the_digit_as_keras_does(delivered, answers, network, name):
    picture = np.asarray(Image.open(delivered[name].path.with_name("digit.png")), np.float32) / 255
    expected = np.asarray(network(picture[None, :, :, None]))[0]
    digit, share = re.fullmatch(r"(\d), ([\d.]+)% sure\n", answers[name]).groups()
    assert int(digit) == expected.argmax()
    assert float(share) / 100 == pytest.approx(
        expected.max(), abs=0.2 if FORMATS[name].whole_numbers else 0.001
    )


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_belongs_to_it_lies_beside_it(delivered, name):
    done = delivered[name]
    found = {file.name for file in done.path.parent.iterdir()}
    assert found == {done.path.name, *done.beside}
    assert {f"example-{done.path.name}.py", "digit.png"} <= found
    files = [done.path, *(done.path.with_name(file) for file in FORMATS[name].files[1:])]
    parts = [part for file in files for part in (file.rglob("*") if file.is_dir() else [file])]
    assert done.bytes == sum(part.stat().st_size for part in parts if part.is_file())


def test_int8_is_whole_numbers_from_end_to_end(delivered):
    """And its scales are those that its example states."""
    interpreter = tf.lite.Interpreter(str(delivered["litert-int8"].path))
    (image,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert image["dtype"] == answer["dtype"] == np.int8
    assert tuple(image["shape"]) == (1, 28, 28, 1)
    assert image["quantization"] == pytest.approx((1 / 255, -128))
    assert answer["quantization"] == pytest.approx((1 / 256, -128))


def test_int8_takes_the_full_range_whatever_the_digits_have(network, tmp_path):
    """Digits in half of the range gave another scale than the one that the example states."""
    source, wanted = write(network, tmp_path / "source"), FORMATS["litert-int8"]
    pale = np.random.default_rng(0).uniform(0, 0.5, (20, 28, 28, 1)).astype(np.float32)
    path = tmp_path / wanted.files[0]
    with contextlib.suppress(DigitLabError):  # It may well disagree on noise.
        convert.export(source, wanted, path, pale, pale)
    (image,) = tf.lite.Interpreter(str(path)).get_input_details()
    assert image["quantization"] == pytest.approx((1 / 255, -128))


@pytest.mark.parametrize("name", ["litert", "litert-int8"])
def test_a_global_average_is_converted(tmp_path, name):
    network = trained([Conv(filters=64, kernel=9, stride=3, activation="silu"), GlobalAverage()])
    images = load("sample").x_test[..., None].astype(np.float32) / 255
    sure = images[np.asarray(network(images)).max(axis=1) > 0.9]  # no near ties among them
    source = write(network, tmp_path / "source")
    done = convert.export(source, FORMATS[name], tmp_path / "model.tflite", images, sure)
    assert done.n == len(sure) > 20
    assert done.agreement >= 0.99
    tensors = tf.lite.Interpreter(str(done.path)).get_tensor_details()
    has_fractions = np.float32 in {tensor["dtype"] for tensor in tensors}
    assert has_fractions == (name == "litert")


def test_whole_numbers_that_change_answers_are_refused(network, tmp_path, no_mnist):
    source = write(network, tmp_path / "mixed")
    with pytest.raises(DigitLabError, match=r"only 3\d\d of 382 digits, less than 99%"):
        deliver(str(source), FORMATS["litert-int8"], tmp_path / "out" / "model.tflite")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_difference_is_refused_even_if_it_is_no_number(tmp_path):
    """A network that diverged answers NaN, which is neither more nor less than anything."""
    network = trained([Conv(filters=2, stride=4), GlobalAverage()])
    network.set_weights([np.full_like(weights, np.nan) for weights in network.get_weights()])
    source = write(network, tmp_path / "source")
    images = np.zeros((2, 28, 28, 1), np.float32)
    wanted = FORMATS["weights"]
    with pytest.raises(DigitLabError, match="differs from Keras by nan"):
        convert.export(source, wanted, tmp_path / wanted.files[0], images, images)


def test_a_converter_that_fails_costs_nothing(network, tmp_path, no_mnist, monkeypatch):
    def fail(*_arguments, **_options):
        raise ValueError("no such operation\nand a long trace")

    monkeypatch.setattr(keras.Sequential, "export", fail)
    source = write(network, tmp_path / "mixed")
    out = tmp_path / "out" / "model.tflite"
    out.parent.mkdir()
    out.write_bytes(b"the one from before")
    with pytest.raises(DigitLabError, match=r"to LiteRT \(ValueError: no such operation\)"):
        deliver(str(source), FORMATS["litert"], out, overwrite=True)
    assert [file.read_bytes() for file in out.parent.iterdir()] == [b"the one from before"]
