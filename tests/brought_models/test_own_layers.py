"""`core.brought_models.own_layers`: what is built of them answers the same."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from bench.foreign_networks import digits, learned, write
from core import model as models
from core.bare_keras import keras
from core.brought_models import adopt, own_layers
from core.brought_models.adapter import Pixels, adapters
from core.brought_models.network_file import Network
from core.cards import read_card
from core.explain.inside import Inside
from core.launch import finetune
from core.registry import find

layers = keras.layers
IMAGES = np.random.default_rng(0).random((5, 28, 28)).astype(np.float32)


def answers(network, adapter):
    """Return the probabilities of our own network in place of layers from elsewhere."""
    model = models.build(network.layers)
    model.set_weights(own_layers.with_adapter(network, adapter))
    return np.asarray(model(IMAGES[..., None]))


def test_layers_of_keras_are_understood():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(2.0, -1.0),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(epsilon=1e-2),
            layers.LeakyReLU(negative_slope=0.2),
            layers.MaxPooling2D(2),
            keras.Sequential([keras.Input((13, 13, 4)), layers.Conv2D(3, 3, 2, "same")]),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(20, use_bias=False),
            layers.Activation("tanh"),
            layers.Dense(10),
            layers.Softmax(),
        ]
    )
    random = np.random.default_rng(1)
    model.set_weights([0.1 + 0.3 * random.random(part.shape) for part in model.get_weights()])
    (adapter,) = adapters((28, 28, 1))
    found = answers(own_layers.of_keras(model), adapter)
    np.testing.assert_allclose(found, np.asarray(model(IMAGES[..., None])), atol=1e-5)


def test_convolutions_of_pytorch_are_understood(tmp_path):
    """It keeps channels first, and so the weights after flattening are in another order."""
    random = np.random.default_rng(2)
    shapes = {
        "k": (4, 1, 5, 5),
        "kb": (4,),
        "k2": (6, 4, 3, 3),
        "w": (10, 864),
        "wb": (10,),
    }
    numbers = {n: (0.2 * random.normal(size=s)).astype(np.float32) for n, s in shapes.items()}
    nodes = [
        helper.make_node("Conv", ["x", "k", "kb"], ["a"], pads=[0] * 4, kernel_shape=[5, 5]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["c", "k2"], ["d"], pads=[1] * 4, kernel_shape=[3, 3]),
        helper.make_node("Sigmoid", ["d"], ["e"]),
        helper.make_node("Flatten", ["e"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "wb"], ["z"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info("z", 1, ["n", 10])],
        [numpy_helper.from_array(value, name) for name, value in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    network = Network(model.SerializeToString())
    (adapter,) = network.ways
    expected = adapter.probabilities(network.run(adapter.prepare(IMAGES))[0])
    found = answers(own_layers.of_onnx(network.model, "z"), adapter)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    wide = Pixels("", (255.0,), (-3.0,))
    order = (3, 1, 2, 0, *range(4, 10))
    adapter = replace(adapter, pixels=wide, order=order)
    expected = adapter.probabilities(network.run(adapter.prepare(IMAGES))[0])
    found = answers(own_layers.of_onnx(network.model, "z"), adapter)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("operator", ["Erf", "Sin"])
def test_other_steps_are_left_as_they_are(tmp_path, operator):
    images, labels = digits()
    path = write(
        tmp_path / "m.onnx",
        learned(images, labels),
        ("n", 784),
        before=(helper.make_node(operator, ["input"], ["other"]),),
    )
    assert own_layers.of_onnx(onnx.load(path), "z") is None


def test_a_model_from_elsewhere_can_be_fine_tuned_and_looked_into(home, no_mnist, tmp_path):
    images, labels = digits()
    path = write(tmp_path / "torch.onnx", learned(255 * images, labels), (1, 1, 28, 28))
    model = adopt.adopt_as(path, "mine")
    assert find("mine") == model
    card = read_card(model.folder / "card.json")
    assert [layer.layer for layer in card.origin.layers] == ["flatten", "dense"]
    assert [layer.kind for layer in Inside(model.onnx).layers] == ["dense", "dense"]
    config = finetune.configuration(model, 20)
    assert (config.start_from, config.layers) == ("mine", card.origin.layers)
    assert models.load(model.folder / "model.keras").count_params() == card.parameters
