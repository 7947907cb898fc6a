"""The layers of a network in an ONNX file: operations that belong together, each with its weights.

The file says which operation follows which. A convolution, its bias and its activation are one
`Layer`, and what only changes the form of a tensor is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

Kind = Literal["conv", "dense", "pool", "norm", "global_average", "activation", "other"]

_ACTIVATIONS: dict[str, str] = {
    "Relu": "relu",
    "LeakyRelu": "leaky_relu",
    "Elu": "elu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softmax": "softmax",
}
_FORMS_ONLY = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Transpose"}
# How the shape is worked out that a Reshape asks for.
_OF_SHAPES = {"Shape", "Gather", "Slice", "Concat", "Constant", "ConstantOfShape"}
_TO_LAST = [0, 2, 3, 1]


@dataclass(frozen=True)
class Layer:
    """Operations that belong together.

    Attributes
    ----------
    kind : str
    source, before, output : str
        Names of the tensors that go in, come out before the activation, and come out.
    weights : ndarray of float32, or None
        (filters, channels, k, k) of a convolution, (inputs, units) of a dense layer; factors of a
        normalisation, shaped to go with its input.
    bias : ndarray of float32, or None
    activation : str
        "linear" where there is none.
    alpha : float
        Slope or scale of the activation below 0, where it has one.
    options : mapping
        "strides", "pads", "window", "kind" ("max" or "average") of convolutions and pooling.
    """

    kind: Kind
    source: str
    before: str
    output: str
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
    activation: str = "linear"
    alpha: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)


def read(graph: Any) -> tuple[list[Layer], list[str], set[str]]:
    """Read the layers of a graph.

    Parameters
    ----------
    graph : onnx.GraphProto

    Returns
    -------
    layers : list of Layer
        In the order in which a digit goes through them.
    used : list of str
        Names of the tensors that they take and give, the graph's input left out.
    channels_last : set of str
        Those of them, the input included, whose last axis is that of the channels.
    """
    from onnx import numpy_helper

    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    found = _Layers(constants, graph.input[0].name)
    for node in graph.node:
        found.take(node)
    used = {name for layer in found.layers for name in (layer.source, layer.before, layer.output)}
    return found.layers, sorted(used - {graph.input[0].name}), found.channels_last & used


class _Layers:
    """Puts the operations of a graph, one after the other, together to layers."""

    def __init__(self, constants: dict[str, np.ndarray], image: str) -> None:
        self.layers: list[Layer] = []
        self.channels_last = {image}
        self._constants = constants

    def take(self, node: Any) -> None:
        """Take the next operation."""
        kind, source, output = node.op_type, node.input[0] if node.input else "", node.output[0]
        if kind in _OF_SHAPES:
            return
        if kind == "Transpose":
            if list(_attributes(node)["perm"]) == _TO_LAST:
                self.channels_last.add(output)
            return
        if kind in _FORMS_ONLY:
            return
        if kind in ("Add", "Mul", "Sub") and self._take_with_constant(node):
            return
        if kind in _ACTIVATIONS:
            self._activate(source, output, _ACTIVATIONS[kind], _attributes(node).get("alpha"))
        elif kind == "Mul" and self._is_silu(node):
            self.layers[-1] = replace(self.layers[-1], activation="silu", output=output)
        elif layer := self._operation(node):
            self.layers.append(layer)
        else:
            self.layers.append(Layer("other", source, output, output))
        if source in self.channels_last and self.layers[-1].kind in ("norm", "activation", "other"):
            self.channels_last.add(output)

    def _operation(self, node: Any) -> Layer | None:
        source, output, facts = node.input[0], node.output[0], _attributes(node)
        rest = [self._constants.get(name) for name in node.input[1:]]
        match node.op_type:
            case "Conv" if _is_plain(facts) and rest[0] is not None:
                options = _sliding(facts, rest[0].shape[2:])
                bias = rest[1] if len(rest) > 1 else None
                return Layer("conv", source, output, output, rest[0], bias, options=options)
            case "MatMul" if rest[0] is not None:
                return Layer("dense", source, output, output, rest[0])
            case "MaxPool" | "AveragePool" if _is_plain(facts):
                options = _sliding(facts, facts["kernel_shape"])
                options["kind"] = "max" if node.op_type == "MaxPool" else "average"
                return Layer("pool", source, output, output, options=options)
            case "GlobalAveragePool":
                return Layer("global_average", source, output, output)
        return None

    def _take_with_constant(self, node: Any) -> bool:
        """Take a sum or product with a constant: a bias, or (half of) a normalisation."""
        first, second = node.input
        if first in self._constants:
            first, second = second, first
        values, output = self._constants.get(second), node.output[0]
        if values is None or (node.op_type == "Sub" and first != node.input[0]):
            return False
        last = self.layers[-1] if self.layers else None
        if node.op_type == "Mul":
            self.layers.append(Layer("norm", first, output, output, values))
        else:
            values = -values if node.op_type == "Sub" else values
            follows = last is not None and last.output == first and last.activation == "linear"
            if follows and last.bias is None and last.kind in ("conv", "dense", "norm"):
                self.layers[-1] = replace(last, bias=values, before=output, output=output)
            else:
                self.layers.append(Layer("norm", first, output, output, None, values))
        if first in self.channels_last:
            self.channels_last.add(output)
        return True

    def _activate(self, source: str, output: str, function: str, alpha: float | None) -> None:
        alpha = {"leaky_relu": 0.01, "elu": 1.0}.get(function, 0.0) if alpha is None else alpha
        last = self.layers[-1] if self.layers else None
        if last is None or last.output != source or last.activation != "linear":
            last = Layer("activation", source, source, output)
            self.layers.append(last)
        self.layers[-1] = replace(last, activation=function, alpha=alpha, output=output)

    def _is_silu(self, node: Any) -> bool:
        last = self.layers[-1] if self.layers else None
        return (
            last is not None
            and last.activation == "sigmoid"
            and set(node.input) == {last.before, last.output}
        )


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _is_plain(facts: Mapping[str, Any]) -> bool:
    """Return whether a window slides as our own exports have it, with its padding written out."""
    return (
        facts.get("group", 1) == 1
        and set(facts.get("dilations", [1])) == {1}
        and facts.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
    )


def _sliding(facts: Mapping[str, Any], window: Any) -> dict[str, Any]:
    return {
        "window": tuple(window),
        "strides": tuple(facts.get("strides", (1, 1))),
        "pads": tuple(facts.get("pads", (0, 0, 0, 0))),
    }
