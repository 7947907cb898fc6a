"""Networks as other programs export them: random features with a ridge fit, in ONNX."""

import functools
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.data import load
from core.data.generated import write_digits

FEATURES = 400


@functools.cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return digits like MNIST's to learn: float32 (n, 28, 28) in [0, 1], and labels."""
    written, labels = write_digits(2500, seed=7)
    sample = load("sample")
    images = np.concatenate([written, sample.x_train[:500]])
    return images.astype(np.float32) / 255, np.concatenate([labels, sample.y_train[:500]])


def learned(inputs: np.ndarray, labels: np.ndarray, classes: int = 10) -> list[np.ndarray]:
    """Return the weights of two dense layers that read inputs, (n, ...), as they are given."""
    random = np.random.default_rng(3)
    flat = inputs.reshape(len(inputs), -1).astype(np.float64)
    centre, spread = flat.mean(), flat.std()
    first = random.normal(0, 1 / np.sqrt(flat.shape[1]), (flat.shape[1], FEATURES)) / spread
    bias = random.normal(0, 0.3, FEATURES) - centre * first.sum(axis=0)
    hidden = np.maximum(flat @ first + bias, 0)
    hidden = np.column_stack([hidden, np.ones(len(hidden))])
    wanted = 8.0 * np.eye(classes)[labels] - 4
    gram = hidden.T @ hidden + 3.0 * np.eye(hidden.shape[1])
    last = np.linalg.solve(gram, hidden.T @ wanted)
    return [part.astype(np.float32) for part in (first, bias, last[:-1], last[-1])]


def write(
    path: Path,
    weights: list[np.ndarray],
    shape: tuple,
    *,
    before: tuple = (),
    after: tuple = (),
    outputs: tuple[str, ...] = (),
    element: int = TensorProto.FLOAT,
    opset: int = 13,
    ir_version: int = 8,
    flat_by: tuple[int, ...] | None = None,
    **constants: np.ndarray,
) -> Path:
    """Write an ONNX file with the input ``input`` and the logits ``z``, or other outputs."""
    names = dict(zip(("w0", "b0", "w1", "b1"), weights, strict=True)) | constants
    source = before[-1].output[0] if before else "input"
    if flat_by is not None:
        names["flat_shape"] = np.array(flat_by, np.int64)
        flat = helper.make_node("Reshape", [source, "flat_shape"], ["flat"])
    else:
        flat = helper.make_node("Flatten", [source], ["flat"])
    nodes = [
        *before,
        flat,
        helper.make_node("Gemm", ["flat", "w0", "b0"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w1", "b1"], ["z"]),
        *after,
    ]
    parts = [numpy_helper.from_array(np.asarray(value), name) for name, value in names.items()]
    inputs = [helper.make_tensor_value_info("input", element, list(shape))]
    if ir_version < 4:  # as old files have them
        inputs += [helper.make_tensor_value_info(p.name, p.data_type, list(p.dims)) for p in parts]
    given = outputs or (after[-1].output[0] if after else "z",)
    graph = helper.make_graph(
        nodes,
        "g",
        inputs,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in given],
        parts,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = ir_version
    onnx.save(model, path)
    return path


def unusual(path: Path, shape: tuple) -> Path:
    """Write a network that reads pixels from 0 to 255 with a step that no layer here has."""
    images, labels = digits()
    bent = helper.make_node("Atan", ["input"], ["bent"])
    return write(path, learned(np.arctan(255 * images), labels), shape, before=(bent,))
