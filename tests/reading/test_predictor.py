"""A model file is checked before it is trusted, and every fault is one sentence."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from core.errors import DigitLabError
from core.reading.network import MAX_BYTES
from core.reading.predictor import Predictor
from tests.models import write_onnx
from tests.waiting import shortest

rng = np.random.default_rng(0)
WEIGHTS = rng.normal(size=(784, 10)).astype(np.float32) / 20


@pytest.fixture
def model(tmp_path):
    write_onnx(tmp_path / "model.onnx", WEIGHTS)
    return tmp_path / "model.onnx"


def write(path, nodes, inputs, outputs):
    """Write a model without weights; inputs and outputs are (name, type, shape)."""
    graph = helper.make_graph(
        [helper.make_node(*node) for node in nodes],
        "made by a test",
        [helper.make_tensor_value_info(*facts) for facts in inputs],
        [helper.make_tensor_value_info(*facts) for facts in outputs],
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=9), path)
    return path


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 300, 1100])
def test_probabilities_and_embedding_are_those_of_the_network(model, count):
    images = rng.random((count, 28, 28), dtype=np.float32)
    flat = images.reshape(count, 784)
    found = Predictor(model).predict(images)
    assert found.probabilities.dtype == found.embedding.dtype == np.float32
    assert found.probabilities.shape == (count, 10)
    np.testing.assert_array_equal(found.embedding, flat)
    if count:
        np.testing.assert_allclose(found.probabilities, softmax(flat @ WEIGHTS), atol=1e-6)


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(DigitLabError, match=r"no readable model file .*none\.onnx"):
        Predictor(tmp_path / "none.onnx")
    with pytest.raises(DigitLabError, match="no readable model file"):
        Predictor(tmp_path)


def test_a_model_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(50 * MAX_BYTES)
    with pytest.raises(DigitLabError, match="10,000 MB and at most 200 MB"):
        Predictor(path)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_torn_model_is_refused_in_silence(model, share, capfd):
    content = model.read_bytes()
    model.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DigitLabError, match=r"model\.onnx is not an ONNX model|of another kind"):
        Predictor(model)
    assert capfd.readouterr() == ("", "")


FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64
RIGHT_IN = [("image", FLOAT, ["n", 28, 28, 1])]
RIGHT_OUT = [("probabilities", FLOAT, ["n", 10]), ("embedding", FLOAT, ["n", 784])]
TO_BOTH = [("Flatten", ["image"], ["embedding"]), ("Flatten", ["image"], ["probabilities"])]


@pytest.mark.parametrize(
    ("nodes", "inputs", "outputs"),
    [
        (TO_BOTH, [("image", FLOAT, ["n", 28, 28, 3])], RIGHT_OUT),
        (TO_BOTH, [("image", FLOAT, ["n", 784])], RIGHT_OUT),
        (TO_BOTH, [("image", FLOAT, [1, 28, 28, 1])], RIGHT_OUT),
        (TO_BOTH, RIGHT_IN + [("more", FLOAT, ["n"])], RIGHT_OUT),
        (TO_BOTH[:1], RIGHT_IN, RIGHT_OUT[1:]),
        (TO_BOTH[1:], RIGHT_IN, RIGHT_OUT[:1]),
        (TO_BOTH[:1], [("image", INT, ["n", 28, 28, 1])], [("embedding", INT, ["n", 784])]),
    ],
    ids=["colour", "flat", "one at a time", "two inputs", "no answer", "no embedding", "integers"],
)
def test_a_model_of_another_kind_is_refused(tmp_path, nodes, inputs, outputs):
    outputs = [(name, kind, [shape[0], None]) for name, kind, shape in outputs]
    path = write(tmp_path / "other.onnx", nodes, inputs, outputs)
    with pytest.raises(DigitLabError, match=r"other\.onnx is a model of another kind"):
        Predictor(path)


def test_answers_that_are_no_probabilities_are_refused(model, tmp_path):
    """Ten numbers that do not sum to 1 would be shown as percentages."""
    write_onnx(tmp_path / "nan.onnx", np.full((784, 10), np.nan))
    without_softmax = onnx.load(model)
    without_softmax.graph.node[-1].op_type = "Relu"
    onnx.save(without_softmax, tmp_path / "scores.onnx")
    of_sum_1 = np.array([6, -5, 0, 0, 0, 0, 0, 0, 0, 0], np.float32)
    write_onnx(tmp_path / "sum.onnx", np.tile(of_sum_1 / 784, (784, 1)))
    sum_of_1 = onnx.load(tmp_path / "sum.onnx")
    sum_of_1.graph.node[-1].op_type = "Identity"
    onnx.save(sum_of_1, tmp_path / "sum.onnx")
    for name in ("nan", "scores", "sum"):
        predictor = Predictor(tmp_path / f"{name}.onnx")
        with pytest.raises(DigitLabError, match=rf"{name}\.onnx did not answer with 10"):
            predictor.predict(np.ones((1, 28, 28), np.float32))


def test_a_model_that_fails_at_work_gets_one_sentence(tmp_path, capfd):
    path = tmp_path / "odd.onnx"
    write_onnx(path, WEIGHTS[:783])
    odd = onnx.load(path)
    for side in odd.graph.input[0].type.tensor_type.shape.dim:
        side.dim_param = "unknown"  # or the misfit would be noticed when it is loaded
    odd.graph.output[1].type.tensor_type.shape.dim[1].dim_param = "d"
    onnx.save(odd, path)
    predictor = Predictor(path)
    with pytest.raises(DigitLabError, match=r"odd\.onnx could not read 28x28 images"):
        predictor.predict(np.zeros((1, 28, 28), np.float32))
    assert capfd.readouterr() == ("", "")


def test_one_image_takes_little_time(model):
    """A third more than ONNX Runtime alone: the bound still catches what is done for each image."""
    predictor, image = Predictor(model), np.zeros((1, 28, 28), np.float32)
    alone = onnxruntime.InferenceSession(model)
    bare = shortest(lambda: alone.run(None, {"image": image[..., None]}))
    assert shortest(lambda: predictor.predict(image)) < 10 * bare


def test_onnxruntime_and_scipy_are_imported_at_first_use():
    code = "import sys, core.reading.reader, core.reading.pictures; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "PIL" in modules
    assert not {"onnxruntime", "scipy", "tensorflow", "keras", "sklearn"} & set(modules)
