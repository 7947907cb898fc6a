"""The examples are short, and name the file that they come with. `test_convert` runs them."""

import ast
import io

import numpy as np
import pytest
from PIL import Image

from core.export import examples
from core.export.formats import FORMATS
from core.reading.normalise import to_mnist


@pytest.mark.parametrize("wanted", FORMATS.values(), ids=list(FORMATS))
def test_an_example_is_ten_lines_of_code(wanted):
    source = examples.example(wanted, wanted.files[0])
    lines = [line for line in source.splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 11
    assert max(map(len, lines)) <= 100
    assert "pip install" in source


@pytest.mark.parametrize("file", ["model.onnx", 'two "words".onnx', "ein\\Fuß'.onnx", "$x{y}.onnx"])
def test_any_file_name_can_be_named(file):
    tree = ast.parse(examples.example(FORMATS["onnx"], file))
    assert file in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]


def test_the_picture_is_a_digit_as_mnist_has_them():
    picture = Image.open(io.BytesIO(examples.picture()))
    assert (picture.size, picture.mode) == ((28, 28), "L")
    ink = np.asarray(picture, np.float32) / 255
    assert ink.max() == pytest.approx(1, abs=0.05)
    assert 0.05 < ink.mean() < 0.3
    # Already in place: fitting it into the field once more leaves it where it is.
    assert np.abs(to_mnist(ink) - ink).mean() < 0.03
