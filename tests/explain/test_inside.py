"""`core.explain.inside`: the sums it shows are those the network does."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core import registry
from core.errors import DigitLabError
from core.explain.inside import Inside, activate
from tests.models import write_onnx


def write_small(path):
    """Write a network whose every number can be worked out in one's head.

    A convolution of stride 2 (its kernel 1 to 9, bias 0.5, padded by 1) with relu, a maximum over
    2x2, twice that less 1 with silu, a mean over each map, a dense layer with softmax.
    """
    constants = {
        "nchw": np.array([-1, 1, 28, 28]),
        "kernel": np.stack([np.arange(1, 10), -np.arange(1, 10)]).reshape(2, 1, 3, 3),
        "kernel_bias": np.array([0.5, 0.0]),
        "factor": np.full((1, 2, 1, 1), 2),
        "summand": np.full((1, 2, 1, 1), -1),
        "flat": np.array([-1, 2]),
        "weights": np.stack([np.arange(10), np.zeros(10)]) / 10,
        "bias": np.arange(10)[::-1] / 10,
    }
    shapes = {"nchw", "flat"}
    node = helper.make_node
    nodes = [
        node("Reshape", ["image", "nchw"], ["x"]),
        node("Conv", ["x", "kernel", "kernel_bias"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Mul", ["p", "factor"], ["m"]),
        node("Add", ["m", "summand"], ["n"]),
        node("Sigmoid", ["n"], ["s"]),
        node("Mul", ["n", "s"], ["silu"]),
        node("GlobalAveragePool", ["silu"], ["g"]),
        node("Reshape", ["g", "flat"], ["embedding"]),
        node("MatMul", ["embedding", "weights"], ["l"]),
        node("Add", ["l", "bias"], ["logits"]),
        node("Softmax", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28, 1])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 2]),
        ],
        [
            numpy_helper.from_array(v.astype(np.int64 if k in shapes else np.float32), k)
            for k, v in constants.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)


@pytest.fixture
def small(tmp_path):
    write_small(tmp_path / "model.onnx")
    network = Inside(tmp_path / "model.onnx")
    image = np.zeros((28, 28), np.float32)
    image[0, 0], image[1, 1] = 1.0, 0.5
    return network, network.run(image)


def test_operations_that_belong_together_are_one_layer(small):
    found = [(layer.kind, layer.activation) for layer in small[0].layers]
    assert found == [
        ("conv", "relu"),
        ("pool", "linear"),
        ("norm", "silu"),
        ("global_average", "linear"),
        ("dense", "softmax"),
    ]


def test_the_sum_of_a_convolution_at_the_corner(small):
    """Around (0, 0) lie three zeros beyond the edge above and two at the left."""
    network, values = small
    found = network.arithmetic(0, values, (0, 0, 0))
    assert found.inputs.tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0.5]]]
    assert found.weights.tolist() == [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    assert found.products.sum() == 5 + 4.5
    assert found.bias == 0.5
    assert found.before == found.after == 10
    negative = network.arithmetic(0, values, (1, 0, 0))
    assert (negative.before, negative.after) == (-9.5, 0)


def test_a_window_a_factor_a_mean(small):
    network, values = small
    # One step right the kernel's left column is over column 1, two steps on over nothing.
    window = network.arithmetic(1, values, (0, 0, 0))
    assert window.inputs.tolist() == [[10.0, 0.5 * 7 + 0.5], [0.5 * 3 + 0.5, 0.5 * 1 + 0.5]]
    assert window.before == 10
    norm = network.arithmetic(2, values, (0, 0, 0))
    assert norm.before == 2 * 10 - 1
    assert norm.after == pytest.approx(19 / (1 + np.exp(-19)))
    mean = network.arithmetic(3, values, (1, 0, 0))
    assert mean.inputs.shape == (7, 7)
    assert mean.after == pytest.approx(-1 / (1 + np.e), abs=1e-6)  # silu(2 * 0 - 1) everywhere


def test_the_probability_of_a_digit(small):
    network, values = small
    first = float(values["g"][0, 0, 0])
    logits = np.arange(10) / 10 * first + np.arange(10)[::-1] / 10
    expected = np.exp(logits) / np.exp(logits).sum()
    for digit in range(10):
        found = network.arithmetic(4, values, (digit,))
        assert found.before == pytest.approx(logits[digit], abs=1e-6)
        assert found.after == pytest.approx(expected[digit], abs=1e-6)


def test_the_linear_network_is_its_weights(tmp_path):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(784, 10)).astype(np.float32)
    write_onnx(tmp_path / "model.onnx", weights)
    network = Inside(tmp_path / "model.onnx")
    image = rng.random((28, 28), np.float32)
    found = network.arithmetic(0, network.run(image), (3,))
    assert np.array_equal(found.inputs, image.reshape(-1))
    assert np.array_equal(found.weights, weights[:, 3])
    assert found.before == pytest.approx(float(image.reshape(-1) @ weights[:, 3]), abs=1e-4)


@pytest.mark.parametrize("name", ["sprint", "flagship", "tiny"])
def test_every_sum_of_a_shipped_model_is_the_networks_own(home, name):
    model = registry.find(name)
    network = Inside(model.onnx)
    rng = np.random.default_rng(0)
    image = rng.random((28, 28), np.float32)
    values = network.run(image)
    assert {layer.kind for layer in network.layers} >= {"conv", "pool", "norm", "dense"}
    assert "other" not in {layer.kind for layer in network.layers}
    for index, layer in enumerate(network.layers):
        out = values[layer.output]
        for _ in range(20):
            cell = tuple(int(rng.integers(n)) for n in out.shape)
            assert network.arithmetic(index, values, cell).after == pytest.approx(
                float(out[cell]), rel=1e-4, abs=1e-4
            )
    probabilities = model.predictor().predict(image[None]).probabilities[0]
    assert values[network.layers[-1].output] == pytest.approx(probabilities, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "below", "above"),
    [
        ("linear", -2, 3),
        ("relu", 0, 3),
        ("leaky_relu", -0.4, 3),
        ("elu", 0.2 * (np.exp(-2) - 1), 3),
        ("sigmoid", 1 / (1 + np.exp(2)), 1 / (1 + np.exp(-3))),
        ("silu", -2 / (1 + np.exp(2)), 3 / (1 + np.exp(-3))),
        ("tanh", np.tanh(-2), np.tanh(3)),
    ],
)
def test_activations(function, below, above):
    assert activate(-2, function, 0.2) == pytest.approx(below)
    assert activate(3, function, 0.2) == pytest.approx(above)


def test_a_cell_that_is_not_there_is_refused(small):
    network, values = small
    for cell in ((0, 0, 99), (0,), (-1, 0, 0)):
        with pytest.raises(DigitLabError, match="has no number"):
            network.arithmetic(0, values, cell)


def test_a_file_that_is_no_network_is_one_sentence(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(DigitLabError, match="cannot be looked into"):
        Inside(tmp_path / "model.onnx")
    with pytest.raises(DigitLabError, match="cannot be looked into"):
        Inside(tmp_path / "gone.onnx")
