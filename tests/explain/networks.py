"""Hand-made networks: their reasons are known, so that explanations can be checked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import helper

from core.onnx_graph import Layer
from tests.models import save_network


def linear(weights: np.ndarray, bias: np.ndarray | None = None) -> Callable:
    """Return softmax of images (n, 28, 28) times weights (28, 28, 10), as a prediction."""

    def predict(images: np.ndarray) -> np.ndarray:
        logits = np.tensordot(images.astype(np.float64), weights, 2)
        logits += 0 if bias is None else bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return predict


def write_small(path):
    """Write a network whose every number can be worked out in one's head.

    A convolution of stride 2 (its kernel 1 to 9, bias 0.5, padded by 1) with relu, a maximum over
    2x2, twice that less 1 with silu, a mean over each map, a dense layer with softmax.
    """
    constants = {
        "nchw": np.array([-1, 1, 28, 28]),
        "a/weights": np.stack([np.arange(1, 10), -np.arange(1, 10)]).reshape(2, 1, 3, 3),
        "a/bias": np.array([0.5, 0.0]),
        "c/weights": np.full((1, 2, 1, 1), 2),
        "c/bias": np.full((1, 2, 1, 1), -1),
        "flat": np.array([-1, 2]),
        "e/weights": np.stack([np.arange(10), np.zeros(10)]) / 10,
        "e/bias": np.arange(10)[::-1] / 10,
    }
    shapes = {"nchw", "flat"}
    node = helper.make_node
    nodes = [
        node("Reshape", ["image", "nchw"], ["x"]),
        node("Conv", ["x", "a/weights", "a/bias"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Mul", ["p", "c/weights"], ["m"]),
        node("Add", ["m", "c/bias"], ["n"]),
        node("Sigmoid", ["n"], ["s"]),
        node("Mul", ["n", "s"], ["silu"]),
        node("GlobalAveragePool", ["silu"], ["g"]),
        node("Reshape", ["g", "flat"], ["embedding"]),
        node("MatMul", ["embedding", "e/weights"], ["l"]),
        node("Add", ["l", "e/bias"], ["logits"]),
        node("Softmax", ["logits"], ["probabilities"]),
    ]
    typed = {k: v.astype(np.int64 if k in shapes else np.float32) for k, v in constants.items()}
    window: dict[str, Any] = {"window": (2, 2), "strides": (2, 2)}
    layers = [
        Layer(name="a", kind="conv", source="x", output="r", activation="relu", window=(3, 3),
              strides=(2, 2), pads=(1, 1, 1, 1)),
        Layer(name="b", kind="pool", source="r", output="p", **window),
        Layer(name="c", kind="norm", source="p", output="silu", activation="silu"),
        Layer(name="d", kind="global_average", source="silu", output="embedding"),
        Layer(name="e", kind="dense", source="embedding", output="probabilities",
              activation="softmax"),
    ]  # fmt: skip
    save_network(path, nodes, 2, typed, layers)
