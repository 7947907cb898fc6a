"""Wrapping: an adapter written around a network, as one ONNX file like those that are made here.

It has the input ``image`` (n, 28, 28, 1) and the outputs ``probabilities`` (n, 10) and
``embedding`` (n, d). The embedding is what the last layer with weights is given, or else the ten
outputs.
"""

from typing import TYPE_CHECKING

import numpy as np

from core import onnx_graph
from core.architecture import CLASSES, INPUT_SHAPE
from core.brought_models.adapter import SIDE, SMALLEST, Adapter
from core.brought_models.network_file import WHOLE, Network

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_PREFIX = "given/"
# Steps between the last layer's product and the outputs.
_AFTERWARDS = {"Add", "Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "Reshape", "Squeeze"}
_AFTERWARDS |= {"Flatten", "Div", "Mul", "Sub", "Tanh", "Relu", "Log", "Clip", "Transpose"}


def wrap(network: Network, adapter: Adapter, output: str) -> bytes:
    """Return an ONNX file that does everything from our pictures to calibrated probabilities.

    Parameters
    ----------
    network : Network
    adapter : Adapter
    output : str
        The output to take, one of ``network.outputs``.
    """
    import onnx
    from onnx import TensorProto, helper

    embedding = _embedding(network.model, output)
    model = onnx.ModelProto()
    model.CopyFrom(network.model)
    del model.metadata_props[:]  # a description of layers would be believed
    del model.graph.value_info[:]
    model = onnx.compose.add_prefix(model, _PREFIX)
    steps = _Steps()
    prepared = _before(steps, adapter, network.element)
    steps.add("Identity", [prepared], f"{_PREFIX}{network.input}")
    given, steps.nodes = steps.nodes, []
    _after(steps, adapter, f"{_PREFIX}{output}")
    width = _spread_embedding(steps, embedding)
    nodes = [*given, *model.graph.node, *steps.nodes]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *INPUT_SHAPE])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", CLASSES]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", width]),
        ],
        [*model.graph.initializer, *steps.constants],
    )
    wrapped = helper.make_model(
        graph,
        opset_imports=list(model.opset_import),
        ir_version=max(model.ir_version, 4),  # from 4 on weights need not be inputs
        producer_name="Digit Lab",
    )
    onnx_graph.mark_as_foreign(wrapped)
    return wrapped.SerializeToString()


class _Steps(onnx_graph.Nodes):
    """The steps around a network, while one after the other is added."""

    def reshape(self, source: str, shape: tuple[int, ...], output: str) -> str:
        wanted = self.constant(f"{output}/shape", np.array([-1, *shape], np.int64))
        return self.add("Reshape", [source, wanted], output)


def _before(steps: _Steps, adapter: Adapter, element: int) -> str:
    from onnx import TensorProto

    x = steps.reshape("image", (SIDE, SIDE), "ink")  # (n, 28, 28)
    if adapter.transposed:
        x = steps.add("Transpose", [x], "transposed", perm=[0, 2, 1])
    rows, columns = adapter.frame.rows, adapter.frame.columns
    if not (_is_eye(rows) and _is_eye(columns)):
        x = steps.add("MatMul", [steps.constant("rows", rows), x], "rows placed")
        x = steps.add("MatMul", [x, steps.constant("columns", columns.T)], "placed")
    side = len(rows)
    factor, summand = adapter.by_channel()
    if adapter.channels == 1:
        factor, summand = factor.reshape(()), summand.reshape(())
    else:
        last = adapter.channels_last
        x = steps.reshape(x, (side, side, 1) if last else (1, side, side), "one channel")
        x = steps.add("Concat", [x] * adapter.channels, "channels", axis=3 if last else 1)
    if not adapter.pixels.is_plain:
        x = steps.add("Mul", [x, steps.constant("factor", factor)], "scaled")
        x = steps.add("Add", [x, steps.constant("summand", summand)], "pixels")
    x = steps.reshape(x, adapter.shape, "presented")
    if element in WHOLE:  # a conversion alone would cut off, and ink is rounded
        x = steps.add("Add", [x, steps.constant("half", np.array(0.5, np.float32))], "up")
        x = steps.add("Floor", [x], "whole")
    if element != TensorProto.FLOAT:
        x = steps.add("Cast", [x], "of its type", to=element)
    return x


def _after(steps: _Steps, adapter: Adapter, output: str) -> None:
    from onnx import TensorProto

    x = steps.add("Cast", [output], "answers as floats", to=TensorProto.FLOAT)
    x = steps.reshape(x, (CLASSES,), "answers")
    if adapter.takes_logarithm:
        x = steps.add(
            "Max", [x, steps.constant("smallest", np.array(SMALLEST, np.float32))], "positive"
        )
        x = steps.add("Log", [x], "logarithms")
    x = steps.add("MatMul", [x, steps.constant("mixing", adapter.mixing)], "logits")
    steps.add("Softmax", [x], "probabilities", axis=1)


def _spread_embedding(steps: _Steps, embedding: tuple[str, int, int] | None) -> int:
    """Add the output ``embedding``; return its width."""
    from onnx import TensorProto

    if embedding is None:
        steps.add("Identity", ["answers"], "embedding")
        return CLASSES
    name, width, element = embedding
    source = f"{_PREFIX}{name}"
    if element != TensorProto.FLOAT:
        source = steps.add("Cast", [source], "embedding as floats", to=TensorProto.FLOAT)
    steps.reshape(source, (width,), "embedding")
    return width


def _embedding(model: "ModelProto", output: str) -> tuple[str, int, int] | None:
    """Return the input of the last layer with weights: its name, width and type; if known."""
    import onnx

    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    known = (*inferred.value_info, *inferred.input, *inferred.output)
    kinds = {value.name: value.type.tensor_type for value in known}
    weights = {part.name for part in model.graph.initializer}
    makers: dict[str, NodeProto] = {name: node for node in model.graph.node for name in node.output}
    weights |= {name for name, node in makers.items() if node.op_type == "Constant"}
    name = output
    while (node := makers.get(name)) is not None:
        fed = [one for one in node.input if one and one not in weights]
        if len(fed) != 1:
            return None
        if node.op_type in ("Gemm", "MatMul", "Conv"):
            kind = kinds.get(fed[0])
            sides = [] if kind is None else list(kind.shape.dim)[1:]
            if kind is None or not sides or not all(side.dim_value for side in sides):
                return None
            return fed[0], int(np.prod([side.dim_value for side in sides])), kind.elem_type
        if node.op_type not in _AFTERWARDS:
            return None
        (name,) = fed
    return None


def _is_eye(matrix: np.ndarray) -> bool:
    return matrix.shape == (SIDE, SIDE) and np.array_equal(matrix, np.eye(SIDE))
