"""The architecture of a network as data: a list of layers, checked before anything is built.

Recipes, configuration files and the form all describe a network by its hidden layers. The output,
``dense 10 softmax``, is added by `core.model.build` and is not in the list. `follow` takes the
shape of one digit through the layers and counts parameters and multiply-adds, without Keras. So the
app can explain a network, or refuse one (`trace`), immediately.
"""

import math
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field

from core.errors import DigitLabError

INPUT_SHAPE = (28, 28, 1)
CLASSES = 10
MAX_PARAMETERS = 20_000_000

# The functions that can be exported to ONNX, which excludes the exact GELU.
ActivationName = Literal["linear", "relu", "leaky_relu", "elu", "silu", "tanh", "sigmoid"]
_ACTIVATIONS = "one of linear, relu, leaky_relu, elu, silu, tanh, sigmoid"

Shape = tuple[int, ...]


class _Layer(BaseModel):
    # A field's description completes the sentence "FIELD must be ...": see core.config.explain.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dense(_Layer):
    """Fully connected layer on a flat input."""

    layer: Literal["dense"] = "dense"
    units: int = Field(ge=1, le=4096, description="a whole number from 1 to 4096")
    activation: ActivationName = Field("relu", description=_ACTIVATIONS)


class Conv(_Layer):
    """2-D convolution with a square kernel."""

    layer: Literal["conv"] = "conv"
    filters: int = Field(ge=1, le=512, description="a whole number from 1 to 512")
    kernel: int = Field(3, ge=1, le=11, description="a whole number of pixels from 1 to 11")
    stride: int = Field(1, ge=1, le=4, description="a whole number of pixels from 1 to 4")
    padding: Literal["same", "valid"] = Field("same", description="'same' or 'valid'")
    bias: bool = Field(True, description="true or false")
    activation: ActivationName = Field("relu", description=_ACTIVATIONS)


class Pool(_Layer):
    """Max or average pooling over square, non-overlapping windows."""

    layer: Literal["pool"] = "pool"
    size: int = Field(2, ge=2, le=14, description="a whole number of pixels from 2 to 14")
    kind: Literal["max", "average"] = Field("max", description="'max' or 'average'")


class BatchNorm(_Layer):
    """Batch normalisation over the last axis."""

    layer: Literal["batch_norm"] = "batch_norm"
    momentum: float = Field(0.99, ge=0.0, lt=1.0, description="a number from 0 to below 1")


class Dropout(_Layer):
    """Dropout, active in training only."""

    layer: Literal["dropout"] = "dropout"
    rate: float = Field(ge=0.0, le=0.95, description="a number from 0 to 0.95")


class Activation(_Layer):
    """An activation on its own, for networks that normalise before it."""

    layer: Literal["activation"] = "activation"
    function: ActivationName = Field("relu", description=_ACTIVATIONS)


class Flatten(_Layer):
    """Rows, columns and channels into one vector."""

    layer: Literal["flatten"] = "flatten"


class GlobalAverage(_Layer):
    """Mean over rows and columns: one number a channel."""

    layer: Literal["global_average"] = "global_average"


Layer = Annotated[
    Dense | Conv | Pool | BatchNorm | Dropout | Activation | Flatten | GlobalAverage,
    Field(discriminator="layer"),
]
LAYER_TYPES: dict[str, type[Layer]] = {
    cls.model_fields["layer"].default: cls for cls in get_args(get_args(Layer)[0])
}


class TracedLayer(NamedTuple):
    """A layer's effect on one digit: its output shape, its parameters, and its work.

    Multiply-adds are those of reading one digit: one for each use of a weight, and one for each
    normalised value. Pooling and activations have none, as is usual in such counts.
    """

    name: str
    output_shape: Shape
    parameters: int
    multiply_adds: int


class Followed(NamedTuple):
    """The part of a network that one digit gets through.

    Attributes
    ----------
    layers : list of TracedLayer
        One entry for each hidden layer reached; last the output, if it was reached.
    fault : str
        Why the network cannot be built, in one sentence; empty if it can.
    place : int or None
        Index of the faulty layer; the number of hidden layers if the fault is at their end.
    """

    layers: list[TracedLayer]
    fault: str = ""
    place: int | None = None


def follow(layers: list[Layer]) -> Followed:
    """Follow one digit of shape (28, 28, 1) through hidden layers and the output, or to a fault.

    Parameters
    ----------
    layers : list of Layer
        Hidden layers in order. The output layer, with shape (10,), is added here. Parameters
        include the two running statistics per channel of batch normalisation, as in Keras.
    """
    shape: Shape = INPUT_SHAPE
    traced: list[TracedLayer] = []
    for index, layer in enumerate(layers):
        try:
            step = _step(layer, shape, f"layer {index + 1} ({layer.layer})")
        except DigitLabError as fault:
            return Followed(traced, str(fault), index)
        shape = step.output_shape
        traced.append(step)
    if len(shape) != 1:
        flat = (
            f"The last layer gives {show_shape(shape)} values, but the output needs a flat vector: "
            "end the list with flatten or global_average, or a dense layer after one of them."
        )
        return Followed(traced, flat, len(layers))
    traced.append(_dense("output", shape[0], CLASSES))
    total = sum(layer.parameters for layer in traced)
    if total > MAX_PARAMETERS:
        largest = max(range(len(traced)), key=lambda i: traced[i].parameters)
        smaller = (
            f"The network has {total:,} parameters, but at most {MAX_PARAMETERS:,} are allowed: "
            "pool or stride before a dense layer, or make layers narrower."
        )
        return Followed(traced, smaller, largest)
    return Followed(traced)


def trace(layers: list[Layer]) -> list[TracedLayer]:
    """Return the effect of each hidden layer, and last the output, on one digit; see `follow`.

    Raises
    ------
    DigitLabError
        A layer does not fit the one before it, no pixels are left, or the network has more than
        `MAX_PARAMETERS` parameters. The sentence names the layer by its position, from 1.

    Examples
    --------
    >>> for layer in trace([Conv(filters=8), Pool(), Flatten()]):
    ...     print(f"{layer.name:8} {show_shape(layer.output_shape):8} {layer.parameters:,}")
    conv     28x28x8  80
    pool     14x14x8  0
    flatten  1568     0
    output   10       15,690
    """
    followed = follow(layers)
    if followed.fault:
        raise DigitLabError(followed.fault)
    return followed.layers


def parameter_count(layers: list[Layer]) -> int:
    """Return the number of parameters of the whole network, output included.

    Examples
    --------
    >>> parameter_count([Flatten(), Dense(units=128)])
    101770
    """
    return sum(layer.parameters for layer in trace(layers))


def _step(layer: Layer, shape: Shape, where: str) -> TracedLayer:
    match layer:
        case Dense(units=units):
            if len(shape) != 1:
                raise DigitLabError(
                    f"{where}: a dense layer needs a flat vector but gets {show_shape(shape)}; put "
                    "flatten or global_average before it."
                )
            return _dense(layer.layer, shape[0], units)
        case Conv(filters=filters, kernel=kernel, stride=stride, padding=padding, bias=bias):
            rows, columns, channels = _image(shape, where, "a convolution")
            room = (
                (lambda n: -(-n // stride))
                if padding == "same"
                else (lambda n: (n - kernel) // stride + 1)
            )
            out = (room(rows), room(columns), filters)
            _check_pixels(out, shape, where, f"kernel {kernel} with padding 'valid'")
            weights = kernel * kernel * channels * filters
            parameters = weights + (filters if bias else 0)
            return TracedLayer(layer.layer, out, parameters, weights * out[0] * out[1])
        case Pool(size=size):
            rows, columns, channels = _image(shape, where, "pooling")
            out = (rows // size, columns // size, channels)
            _check_pixels(out, shape, where, f"pooling by {size}")
            return TracedLayer(layer.layer, out, 0, 0)
        case BatchNorm():
            return TracedLayer(layer.layer, shape, 4 * shape[-1], math.prod(shape))
        case Flatten():
            return TracedLayer(layer.layer, (math.prod(shape),), 0, 0)
        case GlobalAverage():
            channels = _image(shape, where, "a global average")[2]
            return TracedLayer(layer.layer, (channels,), 0, 0)
        case _:
            return TracedLayer(layer.layer, shape, 0, 0)


def _dense(name: str, inputs: int, units: int) -> TracedLayer:
    return TracedLayer(name, (units,), (inputs + 1) * units, inputs * units)


def _image(shape: Shape, where: str, what: str) -> Shape:
    if len(shape) != 3:
        raise DigitLabError(
            f"{where}: {what} needs rows, columns and channels but gets a flat vector of "
            f"{shape[0]} values; move it before flatten or global_average."
        )
    return shape


def _check_pixels(out: Shape, shape: Shape, where: str, what: str) -> None:
    if min(out) < 1:
        raise DigitLabError(
            f"{where}: {what} leaves 0 pixels of {shape[0]}x{shape[1]}; use a smaller size or "
            "remove an earlier pooling."
        )


def show_shape(shape: Shape) -> str:
    """Write a shape as "28x28x1"."""
    return "x".join(str(length) for length in shape)
