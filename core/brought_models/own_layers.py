"""Own layers: a network from elsewhere as a list of layers that can be built here, where it is one.

Most are: dense layers, convolutions, pooling. Such a model is then like any that was trained here,
to be fine-tuned, and shown layer by layer. Whoever builds it compares its answers with those of the
network as it was brought, so that whatever is misunderstood here costs nothing but that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core import architecture as arch
from core.brought_models.adapter import SIDE, Adapter
from core.errors import DigitLabError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_EPSILON = 1e-3  # of batch normalisation in Keras
_ACTIVATIONS = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Elu": "elu",
    "LeakyRelu": "leaky_relu",
}
_SLOPES = {"LeakyRelu": 0.2, "Elu": 1.0}
_NOTHING = ("Identity", "Dropout", "Softmax", "LogSoftmax", "Cast")
_RESHAPES = ("Reshape", "Flatten", "Squeeze", "Unsqueeze")


class _UnknownError(Exception):
    """A step that no layer here does."""


@dataclass
class OwnLayers:
    """A network as layers that can be built here.

    Attributes
    ----------
    layers : list of core.architecture.Layer
        The hidden ones.
    weights : list of list of ndarray
        Of each layer that has some, as Keras orders them; last those of the output.
    factor, summand : float
        What the network itself does to its pixels first.
    """

    layers: list[arch.Layer] = field(default_factory=list)
    weights: list[list[np.ndarray]] = field(default_factory=list)
    factor: float = 1.0
    summand: float = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether there is a layer that has weights, or makes the picture smaller."""
        return any(not isinstance(layer, arch.Flatten) for layer in self.layers)

    def scale(self, factor: float, summand: float) -> None:
        """Add a step that does this to each pixel."""
        if self.has_begun:
            raise _UnknownError
        self.factor, self.summand = self.factor * factor, self.summand * factor + summand

    def add(self, layer: arch.Layer, *weights: np.ndarray) -> None:
        """Add a layer and its weights."""
        self.layers.append(layer)
        if weights:
            self.weights.append([np.asarray(part, np.float32) for part in weights])

    def activate(self, function: str) -> None:
        """Add an activation to the last layer, or on its own."""
        last = self.layers[-1] if self.layers else None
        if isinstance(last, arch.Dense | arch.Conv) and last.activation == "linear":
            self.layers[-1] = last.model_copy(update={"activation": function})
        else:
            self.add(arch.Activation.model_validate({"function": function}))

    def flatten(self) -> None:
        """Add a flattening, if there is something to flatten."""
        if len(self.shape) == 3:
            self.add(arch.Flatten())

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, columns and channels, or the width, after the layers so far."""
        followed = arch.follow([*self.layers, arch.Flatten()])
        shapes = [arch.INPUT_SHAPE, *(layer.output_shape for layer in followed.layers)]
        return shapes[len(self.layers)]


def of_onnx(model: "ModelProto", output: str) -> OwnLayers | None:
    """Return an ONNX network, up to one of its outputs, as layers; ``None`` if it has others."""
    from onnx import numpy_helper

    constants = {part.name: numpy_helper.to_array(part) for part in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    found = OwnLayers()
    try:
        channels_first = False
        for node in _chain(model, constants, output):
            channels_first = _take_node(found, node, constants, channels_first)
        return _finished(found)
    except (_UnknownError, DigitLabError, ValueError, IndexError, KeyError, TypeError):
        return None


def _chain(
    model: "ModelProto", constants: dict[str, np.ndarray], output: str
) -> "Iterator[NodeProto]":
    """Yield the nodes from the input to an output, each fed by the one before alone."""
    makers = {name: node for node in model.graph.node for name in node.output}
    nodes, name = [], output
    while name in makers:
        nodes.append(makers[name])
        (name,) = {one for one in makers[name].input if one and one not in constants}
    if name != model.graph.input[0].name:
        raise _UnknownError
    yield from reversed(nodes)


def _take_node(
    found: OwnLayers, node: "NodeProto", constants: dict[str, np.ndarray], channels_first: bool
) -> bool:
    """Add a node; return whether the vector it makes has the channels first."""
    from onnx import helper

    facts = {part.name: helper.get_attribute_value(part) for part in node.attribute}
    given = [constants[name] for name in node.input if name in constants]
    kind = node.op_type
    if kind in _NOTHING:
        pass
    elif kind in _RESHAPES:
        if len(found.shape) == 3 and (found.has_begun or found.layers):
            found.flatten()
            return True
    elif kind in ("Sub", "Add", "Mul", "Div") and not found.has_begun and given[0].size == 1:
        number = float(given[0].reshape(()))
        if node.input[0] in constants and kind in ("Sub", "Div"):
            raise _UnknownError
        steps = {
            "Sub": (1, -number),
            "Add": (1, number),
            "Mul": (number, 0),
            "Div": (1 / number, 0),
        }
        found.scale(*steps[kind])
    elif kind in ("Gemm", "MatMul"):
        _take_dense(found, kind, facts, given, channels_first)
    elif kind == "Add":  # the bias of a product before
        last = found.weights[-1]
        if not isinstance(found.layers[-1], arch.Dense) or last[1].any():
            raise _UnknownError
        last[1] = given[0].reshape(last[1].shape).astype(np.float32)
    elif kind == "Conv":
        _take_convolution(found, facts, given)
    elif kind in ("MaxPool", "AveragePool"):
        size = facts["kernel_shape"]
        plain = facts.get("strides") == size and not any(facts.get("pads", [0]))
        if not plain or len(set(size)) > 1 or facts.get("ceil_mode") or facts.get("dilations"):
            raise _UnknownError
        found.add(arch.Pool(size=size[0], kind="max" if kind == "MaxPool" else "average"))
    elif kind == "GlobalAveragePool":
        found.add(arch.GlobalAverage())
    elif kind == "BatchNormalization":
        gamma, beta, mean, variance = given
        more = facts.get("epsilon", 1e-5) - _EPSILON
        found.add(arch.BatchNorm(), gamma, beta, mean, variance + more)
    elif kind in _ACTIVATIONS and facts.get("alpha") in (None, np.float32(_SLOPES.get(kind, 0))):
        if kind == "LeakyRelu" and "alpha" not in facts:
            raise _UnknownError
        found.activate(_ACTIVATIONS[kind])
    else:
        raise _UnknownError
    return channels_first and kind in (*_NOTHING, *_RESHAPES)


def _take_dense(
    found: OwnLayers, kind: str, facts: dict[str, Any], given: list[np.ndarray], first: bool
) -> None:
    if (facts.get("alpha", 1), facts.get("beta", 1), facts.get("transA", 0)) != (1, 1, 0):
        raise _UnknownError
    before = None
    if first:  # rows of the picture, which ONNX keeps channel by channel
        before = found.layers.pop()
        rows, columns, channels = found.shape
        found.add(before)
        order = np.arange(rows * columns * channels).reshape(channels, rows, columns)
    kernel = given[0].T if facts.get("transB") else given[0]
    if before is not None:
        kernel = kernel[order.transpose(1, 2, 0).reshape(-1)]
    found.flatten()
    bias = given[1] if kind == "Gemm" and len(given) > 1 else np.zeros(kernel.shape[1])
    found.add(arch.Dense(units=kernel.shape[1], activation="linear"), kernel, bias.reshape(-1))


def _take_convolution(found: OwnLayers, facts: dict[str, Any], given: list[np.ndarray]) -> None:
    kernel = given[0].transpose(2, 3, 1, 0)  # (k, k, channels, filters)
    k, strides = kernel.shape[0], facts.get("strides", [1, 1])
    pads, auto = facts.get("pads", [0] * 4), facts.get("auto_pad", b"NOTSET")
    plain = facts.get("group", 1) == 1 and set(facts.get("dilations", [1])) == {1}
    same = auto == b"SAME_UPPER" or (set(pads) == {(k - 1) // 2} and k % 2 and strides == [1, 1])
    if not plain or kernel.shape[1] != k or strides[0] != strides[1] or (any(pads) and not same):
        raise _UnknownError
    layer = arch.Conv(
        filters=kernel.shape[3],
        kernel=k,
        stride=strides[0],
        padding="same" if same and (any(pads) or auto == b"SAME_UPPER") else "valid",
        bias=len(given) > 1,
        activation="linear",
    )
    found.add(layer, kernel, *given[1:])


def of_keras(model: Any) -> OwnLayers | None:
    """Return a Keras model as layers that can be built here; ``None`` if it has others."""
    found = OwnLayers()
    try:
        for layer in _in_a_row(model):
            _take_layer(found, layer)
        return _finished(found)
    except (_UnknownError, DigitLabError, ValueError, IndexError, KeyError, TypeError):
        return None


def _in_a_row(model: Any) -> Iterator[Any]:
    """Yield the layers in order, those of models within it included.

    Where layers branch, what is built of them answers otherwise, and is not kept.
    """
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _in_a_row(layer)
        else:
            yield layer


def _take_layer(found: OwnLayers, layer: Any) -> None:
    facts, weights = layer.get_config(), layer.get_weights()
    usual = {"groups": 1, "dilation_rate": (1, 1), "data_format": "channels_last"}
    if any(facts.get(name, value) != value for name, value in usual.items()):
        raise _UnknownError
    match type(layer).__name__:
        case "InputLayer" | "SpatialDropout2D" | "Softmax":
            pass
        case "Rescaling":
            found.scale(float(facts["scale"]), float(facts["offset"]))
        case "Reshape" if not found.has_begun:
            pass
        case "Flatten":
            found.flatten()
        case "Dense":
            found.flatten()
            bias = weights[1] if len(weights) > 1 else np.zeros(facts["units"])
            found.add(arch.Dense(units=facts["units"], activation="linear"), weights[0], bias)
            _take_function(found, facts["activation"])
        case "Conv2D":
            _same(*facts["kernel_size"])
            found.add(
                arch.Conv(
                    filters=facts["filters"],
                    kernel=facts["kernel_size"][0],
                    stride=_same(*facts["strides"]),
                    padding=facts["padding"],
                    bias=facts["use_bias"],
                    activation="linear",
                ),
                *weights,
            )
            _take_function(found, facts["activation"])
        case "MaxPooling2D" | "AveragePooling2D":
            if facts["padding"] != "valid" or facts["strides"] != facts["pool_size"]:
                raise _UnknownError
            kind = "max" if type(layer).__name__ == "MaxPooling2D" else "average"
            found.add(arch.Pool(size=_same(*facts["pool_size"]), kind=kind))
        case "BatchNormalization" if len(weights) == 4:
            gamma, beta, mean, variance = weights
            found.add(arch.BatchNorm(), gamma, beta, mean, variance + facts["epsilon"] - _EPSILON)
        case "Dropout":
            found.add(arch.Dropout(rate=facts["rate"]))
        case "GlobalAveragePooling2D":
            found.add(arch.GlobalAverage())
        case "ReLU" if not facts.get("negative_slope") and facts.get("max_value") is None:
            found.activate("relu")
        case "LeakyReLU" if abs(facts["negative_slope"] - 0.2) < 1e-6:
            found.activate("leaky_relu")
        case "Activation":
            _take_function(found, facts["activation"])
        case _:
            raise _UnknownError


def _take_function(found: OwnLayers, function: str) -> None:
    if function not in ("linear", "softmax", "log_softmax"):
        found.activate(function)


def _same(one: int, other: int) -> int:
    if one != other:
        raise _UnknownError
    return one


def _finished(found: OwnLayers) -> OwnLayers | None:
    """Take the output from the hidden layers, if it is one and the rest can be built."""
    while found.layers and isinstance(found.layers[-1], arch.Dropout):
        found.layers.pop()
    output = found.layers.pop()
    arch.trace(found.layers)
    is_output = output == arch.Dense(units=arch.CLASSES, activation="linear")
    return found if is_output else None


def with_adapter(found: OwnLayers, adapter: Adapter) -> list[np.ndarray] | None:
    """Return all weights of `core.model.build` for these layers, with an adapter in them.

    ``None`` if the adapter does more than weights can: other sizes, several channels, turned
    pictures, separate probabilities, or a margin that is not 0 as a convolution needs it.
    """
    plain = np.array_equal(adapter.frame.rows, np.eye(SIDE)) and np.array_equal(
        adapter.frame.columns, np.eye(SIDE)
    )
    if not plain or adapter.channels != 1 or adapter.transposed:
        return None
    if adapter.answer == "ten probabilities":
        return None
    factor = adapter.pixels.factor[0] * found.factor
    summand = adapter.pixels.summand[0] * found.factor + found.summand
    weights = [list(parts) for parts in found.weights]
    if (factor, summand) != (1.0, 0.0):
        first = next(layer for layer in found.layers if not isinstance(layer, arch.Flatten))
        kernel = weights[0][0].astype(np.float64)
        if isinstance(first, arch.Dense):
            weights[0] = [kernel * factor, weights[0][1] + summand * kernel.sum(axis=0)]
        elif isinstance(first, arch.Conv) and summand == 0:
            weights[0][0] = kernel * factor
        elif isinstance(first, arch.Conv) and first.bias and first.padding == "valid":
            weights[0] = [kernel * factor, weights[0][1] + summand * kernel.sum(axis=(0, 1, 2))]
        else:
            return None
    mixing = adapter.mixing.astype(np.float64)
    weights[-1] = [part.astype(np.float64) @ mixing for part in weights[-1]]
    return [part.astype(np.float32) for parts in weights for part in parts]
