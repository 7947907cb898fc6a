"""The ONNX file of a network: its graph, and the description of its layers for "Looking inside".

`core.model` writes the file. The graph outputs only ``probabilities`` (n, 10) and ``embedding``
(n, d), so that a prediction computes nothing more. Still, the output and the weights of each layer
have names in it. The file's metadata say, as JSON, which `Layer` is which, and
`core.explain.inside` requests them by name. Maps are (n, channels, rows, columns).
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from core.architecture import CLASSES, INPUT_SHAPE, ActivationName

ALPHA = {"leaky_relu": 0.2, "elu": 1.0}  # slope or scale of an activation below 0, as in Keras
_OPSET, _IR_VERSION = 15, 8  # old, for other people's programs
_METADATA = "layers"
_ELSEWHERE = "elsewhere"
_OPERATORS = {
    "linear": "Identity",
    "relu": "Relu",
    "leaky_relu": "LeakyRelu",
    "elu": "Elu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softmax": "Softmax",
}
_Pixels = Annotated[int, Field(ge=0, le=INPUT_SHAPE[0])]


class Layer(BaseModel):
    """Operations that belong together: a convolution, its bias and its activation.

    Attributes
    ----------
    name : str
        Prefix of its weights' names in the file.
    kind : str
    source, output : str
        Names of the input and output tensors.
    activation : str
        "linear" for none.
    window, strides : tuple of int
        Rows and columns, of a convolution or pooling.
    pads : tuple of int
        Rows and columns of zeros around the input: top, left, bottom, right.
    mean : bool
        Whether pooling takes the mean of a window instead of its maximum.
    weights : ndarray of float32, or None
        (filters, channels, k, k) of a convolution, (inputs, units) of a dense layer, (channels, 1,
        1) or (d,) of a normalisation: its factors.
    bias : ndarray of float32, or None
        One number for each filter, unit or channel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    kind: Literal["conv", "dense", "pool", "norm", "global_average", "activation"]
    source: str
    output: str
    activation: ActivationName | Literal["softmax"] = "linear"
    window: tuple[_Pixels, _Pixels] = (1, 1)
    strides: tuple[_Pixels, _Pixels] = (1, 1)
    pads: tuple[_Pixels, _Pixels, _Pixels, _Pixels] = (0, 0, 0, 0)
    mean: bool = False
    weights: np.ndarray | None = Field(None, exclude=True)
    bias: np.ndarray | None = Field(None, exclude=True)

    @property
    def factors(self) -> np.ndarray:
        """The weights of a convolution or dense layer, which the file must have."""
        if self.weights is None:
            raise ValueError(f"{self.name} is a layer without weights")
        return self.weights


_LIST = TypeAdapter(list[Layer])


def describe(model: Any, layers: list[Layer]) -> None:
    """Write the description of its layers into an onnx.ModelProto."""
    text = _LIST.dump_json(layers, exclude_defaults=True).decode()
    model.metadata_props.add(key=_METADATA, value=text)


def mark_as_foreign(model: Any) -> None:
    """Write into an onnx.ModelProto that its network was made by another program."""
    model.metadata_props.add(key=_ELSEWHERE, value="yes")


def is_foreign(model: Any) -> bool:
    """Return whether an onnx.ModelProto says that its network was made by another program."""
    return any(entry.key == _ELSEWHERE for entry in model.metadata_props)


def described(model: Any) -> list[Layer]:
    """Return the layers that an onnx.ModelProto describes, with their weights.

    In the order in which a digit passes through them; none without a description. Raises pydantic's
    ``ValidationError`` if the description has another form.
    """
    from onnx import numpy_helper

    said = [entry.value for entry in model.metadata_props if entry.key == _METADATA]
    layers = _LIST.validate_json(said[0]) if said else []
    numbers = {one.name: one for one in model.graph.initializer}
    return [
        layer.model_copy(
            update={
                part: numpy_helper.to_array(numbers[f"{layer.name}/{part}"])
                for part in ("weights", "bias")
                if f"{layer.name}/{part}" in numbers
            }
        )
        for layer in layers
    ]


def write(layers: Sequence[Any]) -> Any:
    """Convert a network to the content of an ONNX file.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        As built by `core.model.build`, in order, the output last.

    Returns
    -------
    onnx.ModelProto or None
        ``None`` if there is a layer that `core.model.build` does not make.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    maps = graph.constant("first", np.array([-1, INPUT_SHAPE[2], *INPUT_SHAPE[:2]]))
    source = graph.add("Reshape", ["image", maps], "maps")  # (n, 1, 28, 28)
    ends = {len(layers) - 2: "embedding", len(layers) - 1: "probabilities"}
    for place, layer in enumerate(layers):
        name = f"layer/{place:02}"
        output = ends.get(place, name)
        if not graph.take(layer, name, source, output):
            return None
        source = output
    width = layers[-1].input.shape[-1]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "digits",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *INPUT_SHAPE])],
            [
                helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", CLASSES]),
                helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", width]),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="Digit Lab",
    )
    describe(model, graph.layers)
    return model


class Nodes:
    """Nodes and constants of a graph, while one after the other is added.

    Attributes
    ----------
    nodes : list of onnx.NodeProto
    constants : list of onnx.TensorProto
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, sources: list[str], output: str, **facts: Any) -> str:
        """Add a node with these attributes; returns the name of its output."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, sources, [output], **facts))
        return output

    def constant(self, name: str, values: np.ndarray) -> str:
        """Add a constant; returns its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name


class _Graph(Nodes):
    """The parts of a graph, while layer after layer is added."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[Layer] = []

    def take(self, layer: Any, name: str, source: str, output: str) -> bool:
        """Add a Keras layer; return whether it is known."""
        facts, weights = layer.get_config(), layer.get_weights()
        function = facts.get("activation", "linear")
        if not _is_plain(facts) or function not in (*_OPERATORS, "silu"):
            return False
        before = output if function == "linear" else f"{name}/linear"
        known = {"name": name, "source": source, "output": output, "activation": function}
        match type(layer).__name__:
            case "Conv2D":
                kernel = weights[0].transpose(3, 2, 0, 1)  # (filters, channels, k, k)
                inputs = [source, self.constant(f"{name}/weights", kernel)]
                inputs += [self.constant(f"{name}/bias", bias) for bias in weights[1:]]
                slides = {"strides": facts["strides"], "pads": _pads(layer, facts)}
                self.add("Conv", inputs, before, **slides)
                known |= {"kind": "conv", "window": facts["kernel_size"], **slides}
            case "MaxPooling2D" | "AveragePooling2D":
                window, strides = facts["pool_size"], facts["strides"]
                averages = type(layer).__name__ == "AveragePooling2D"
                operator = "AveragePool" if averages else "MaxPool"
                self.add(operator, [source], output, kernel_shape=window, strides=strides)
                known |= {"kind": "pool", "window": window, "strides": strides, "mean": averages}
            case "BatchNormalization" if len(weights) == 4:
                shape = (-1, *[1] * (len(layer.input.shape) - 2))  # (channels, 1, 1) or (d,)
                gamma, beta, centre, variance = (
                    w.reshape(shape).astype(np.float64) for w in weights
                )
                factor = gamma / np.sqrt(variance + facts["epsilon"])
                summand = beta - centre * factor
                self._times(name, source, factor.astype(np.float32), f"{name}/scaled", "Mul")
                self._plus(name, f"{name}/scaled", summand.astype(np.float32), output)
                known["kind"] = "norm"
            case "Dense":
                self._times(name, source, weights[0], f"{name}/products", "MatMul")
                self._plus(name, f"{name}/products", weights[1], before)
                known["kind"] = "dense"
            case "GlobalAveragePooling2D":
                self.add("GlobalAveragePool", [source], f"{name}/maps")  # (n, channels, 1, 1)
                self.add("Flatten", [f"{name}/maps"], output)
                known["kind"] = "global_average"
            case "Activation":
                self._activate(function, source, output)
                self._join(known)
                return True
            case "Flatten":
                if len(layer.input.shape) == 4:  # Keras's vectors have the channels last
                    source = self.add("Transpose", [source], f"{name}/last", perm=[0, 2, 3, 1])
                self.add("Flatten", [source], output)
                return True
            case "Dropout":
                self.add("Identity", [source], output)
                return True
            case _:
                return False
        if before != output:
            self._activate(function, before, output)
        self.layers.append(Layer(**known))
        return True

    def _times(
        self, name: str, source: str, weights: np.ndarray, output: str, operator: str
    ) -> None:
        self.add(operator, [source, self.constant(f"{name}/weights", weights)], output)

    def _plus(self, name: str, source: str, bias: np.ndarray, output: str) -> None:
        self.add("Add", [source, self.constant(f"{name}/bias", bias)], output)

    def _activate(self, function: str, source: str, output: str) -> None:
        if function == "silu":
            gate = self.add("Sigmoid", [source], f"{output}/gate")
            self.add("Mul", [source, gate], output)
            return
        alpha = {"alpha": ALPHA[function]} if function in ALPHA else {}
        self.add(_OPERATORS[function], [source], output, **alpha)

    def _join(self, activation: dict[str, Any]) -> None:
        """Merge an activation into the layer before it, if that has none of its own."""
        last = self.layers[-1] if self.layers else None
        if last is None or (last.output, last.activation) != (activation["source"], "linear"):
            self.layers.append(Layer(kind="activation", **activation))
            return
        joined = {"output": activation["output"], "activation": activation["activation"]}
        self.layers[-1] = last.model_copy(update=joined)


def _is_plain(facts: dict[str, Any]) -> bool:
    """Return whether a layer has only the options that `core.model.build` sets."""
    usual = {"groups": 1, "dilation_rate": (1, 1), "data_format": "channels_last", "axis": -1}
    plain = all(facts.get(option, value) == value for option, value in usual.items())
    return plain and ("pool_size" not in facts or facts["padding"] == "valid")


def _pads(layer: Any, facts: dict[str, Any]) -> list[int]:
    """Return top, left, bottom and right; TensorFlow puts an odd row or column last."""
    if facts["padding"] == "valid":
        return [0, 0, 0, 0]
    sides = zip(layer.input.shape[1:3], facts["kernel_size"], facts["strides"], strict=True)
    both = [max((-(-n // step) - 1) * step + window - n, 0) for n, window, step in sides]
    return [*(pad // 2 for pad in both), *(pad - pad // 2 for pad in both)]
