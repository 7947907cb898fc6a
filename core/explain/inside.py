"""Inside a network: what every layer makes of one digit, and the sum behind each number.

Read from the ONNX file itself, without TensorFlow: the file says which operation follows which and
holds their weights, and ONNX Runtime gives what comes out of each. Operations that belong together
(a convolution, its bias, its activation) are one `Layer`. `arithmetic` then works a single number
out again from the layer's input, by hand as it were.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.errors import DigitLabError
from core.reading.network import MAX_BYTES

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


@dataclass(frozen=True)
class Arithmetic:
    """How one number comes about.

    Attributes
    ----------
    inputs : ndarray of float32
        What goes in: (channels, k, k) for a convolution, zeros beyond the edge; (k, k) for pooling;
        (d,) for a dense layer; (1,) for one number that is normalised.
    weights : ndarray of float32, same shape, or None
        What each is multiplied by; ``None`` for a maximum or a mean.
    bias : float
    before, after : float
        The number before and after the activation.
    """

    inputs: np.ndarray
    weights: np.ndarray | None
    bias: float
    before: float
    after: float

    @property
    def products(self) -> np.ndarray:
        """Return inputs times weights; the inputs where there are no weights."""
        return self.inputs if self.weights is None else self.inputs * self.weights


class Inside:
    """A network that is looked into. May be shared by threads.

    Parameters
    ----------
    path : pathlib.Path
        A model's ONNX file, as `core.reading.predictor.Predictor` takes it.

    Attributes
    ----------
    layers : list of Layer
        In the order in which a digit goes through them.

    Raises
    ------
    DigitLabError
        There is no such file, or it is no network that can be looked into.
    """

    def __init__(self, path: Path) -> None:
        import onnx
        import onnxruntime

        self._name = Path(path).name
        try:
            if Path(path).stat().st_size > MAX_BYTES:
                raise DigitLabError(f"{self._name} is too large to be looked into.")
            network = onnx.load(path, load_external_data=False)  # nothing beside the file
            self.layers, wanted, self._channels_last = _read(network.graph)
            named = {output.name for output in network.graph.output}
            network.graph.output.extend(
                onnx.ValueInfoProto(name=name) for name in wanted if name not in named
            )
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 4  # faults are told in our own sentence
            self._session = onnxruntime.InferenceSession(
                network.SerializeToString(), options, ["CPUExecutionProvider"]
            )
        except DigitLabError:
            raise
        except Exception as fault:  # ONNX's errors share no base class but this
            raise DigitLabError(
                f"{self._name} cannot be looked into: it is missing, damaged or no network that "
                "Digit Lab exported; export the model again."
            ) from fault
        self._wanted = wanted
        self._input = self._session.get_inputs()[0].name

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return every layer's input and output for one digit.

        Parameters
        ----------
        image : ndarray of float32, shape (28, 28), in [0, 1]

        Returns
        -------
        dict of str to ndarray of float32
            By name of tensor, maps as (channels, rows, columns), vectors as (d,).
        """
        given = np.ascontiguousarray(image, np.float32)[None, :, :, None]  # (1, 28, 28, 1)
        try:
            found = self._session.run(self._wanted, {self._input: given})
        except Exception as fault:  # ONNX Runtime's errors share no base class but this
            raise DigitLabError(
                f"{self._name} could not read a 28x28 image: export the model again."
            ) from fault
        values = dict(zip(self._wanted, found, strict=True)) | {self._input: given}
        return {name: self._maps(name, value) for name, value in values.items()}

    def arithmetic(
        self, index: int, values: Mapping[str, np.ndarray], cell: tuple[int, ...]
    ) -> Arithmetic:
        """Work one number of a layer out again from what goes into the layer.

        Parameters
        ----------
        index : int
            Of the layer, in `layers`.
        values : mapping
            As `run` returns them.
        cell : tuple of int
            (channel, row, column) of a map, (unit,) of a vector.

        Raises
        ------
        DigitLabError
            The layer is of a kind that is not followed, or has no such cell.
        """
        layer = self.layers[index]
        shape = values[layer.output].shape
        if len(cell) != len(shape) or not all(0 <= i < n for i, n in zip(cell, shape, strict=True)):
            raise DigitLabError(f"This layer has no number {cell}: its shape is {shape}.")
        if layer.kind not in _SUMS:
            raise DigitLabError("The arithmetic of this operation is not shown.")
        inputs, weights, bias = _SUMS[layer.kind](layer, values[layer.source], cell)
        if weights is not None:
            before = float((inputs.astype(np.float64) * weights).sum() + bias)
        elif layer.options.get("kind") == "max":
            before = float(inputs.max())
        else:
            before = float(inputs.mean())
        others = values[layer.before] if layer.activation == "softmax" else None
        after = activate(before, layer.activation, layer.alpha, others)
        return Arithmetic(inputs, weights, bias, before, after)

    def _maps(self, name: str, value: np.ndarray) -> np.ndarray:
        one = value[0].astype(np.float32)
        if one.ndim == 3:
            return np.moveaxis(one, -1, 0) if name in self._channels_last else one
        return one.reshape(-1)


def activate(
    value: float, function: str, alpha: float = 0.0, logits: np.ndarray | None = None
) -> float:
    """Return an activation function of one number.

    Parameters
    ----------
    value : float
    function : str
        A name of `core.architecture.ActivationName`, or "softmax".
    alpha : float
        Slope (leaky_relu) or scale (elu) below 0.
    logits : ndarray of float, shape (d,)
        For softmax: all the numbers that it is taken over.
    """
    x = float(value)
    match function:
        case "relu":
            return max(x, 0.0)
        case "leaky_relu":
            return x if x >= 0 else alpha * x
        case "elu":
            return x if x >= 0 else alpha * float(np.expm1(x))
        case "sigmoid":
            return _sigmoid(x)
        case "silu":
            return x * _sigmoid(x)
        case "tanh":
            return float(np.tanh(x))
        case "softmax":
            highest = float(logits.max())
            return float(np.exp(x - highest) / np.exp(logits.astype(np.float64) - highest).sum())
    return x


def _sigmoid(x: float) -> float:
    return float(0.5 * (1 + np.tanh(x / 2)))  # never overflows


Terms = tuple[np.ndarray, np.ndarray | None, float]


def _window(layer: Layer, source: np.ndarray, cell: tuple[int, ...], fill: float) -> np.ndarray:
    """Return what a window sees, (channels, k, k), with ``fill`` beyond the edge."""
    top, left, bottom, right = layer.options["pads"]
    rows, columns = layer.options["window"]
    padded = np.pad(source, ((0, 0), (top, bottom), (left, right)), constant_values=fill)
    y, x = (i * stride for i, stride in zip(cell[1:], layer.options["strides"], strict=True))
    return padded[:, y : y + rows, x : x + columns]


def _of_conv(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    inputs = _window(layer, source, cell, 0.0)
    bias = 0.0 if layer.bias is None else float(layer.bias.reshape(-1)[cell[0]])
    return inputs, layer.weights[cell[0]], bias


def _of_pool(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    seen = _window(layer, source[cell[0] : cell[0] + 1], cell, np.nan)[0]
    return seen[~np.isnan(seen).all(axis=1)][:, ~np.isnan(seen).all(axis=0)], None, 0.0


def _of_dense(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    bias = 0.0 if layer.bias is None else float(layer.bias.reshape(-1)[cell[0]])
    return source.reshape(-1), layer.weights[:, cell[0]], bias


def _of_norm(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    # One factor and one summand a channel, or one for all.
    factor, summand = (
        default if values is None else float(values.reshape(-1)[cell[0] % values.size])
        for values, default in ((layer.weights, 1.0), (layer.bias, 0.0))
    )
    return source[cell].reshape(1), np.array([factor], np.float32), summand


def _of_mean(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    return source[cell[0]], None, 0.0


def _of_one(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    return source[cell].reshape(1), np.ones(1, np.float32), 0.0


_SUMS: dict[str, Callable[[Layer, np.ndarray, tuple[int, ...]], Terms]] = {
    "conv": _of_conv,
    "pool": _of_pool,
    "dense": _of_dense,
    "norm": _of_norm,
    "global_average": _of_mean,
    "activation": _of_one,
}


def _read(graph: Any) -> tuple[list[Layer], list[str], set[str]]:
    """Return a graph's layers, the tensors they use, and those that have their channels last."""
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
