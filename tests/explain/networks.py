"""Hand-made networks: their reasons are known, so that explanations can be checked."""

from collections.abc import Callable

import numpy as np
from onnx import helper

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
    typed = {k: v.astype(np.int64 if k in shapes else np.float32) for k, v in constants.items()}
    save_network(path, nodes, 2, typed)
