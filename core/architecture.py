"""A network as data: a list of layers, checked before anything is built.

Recipes, configuration files and the form all describe a network by its hidden layers; the output,
``dense 10 softmax``, is added by `core.model.build` and is not part of the list. `trace` follows
the shape of one digit through the layers and counts parameters without Keras, so that the app can
explain a network, or refuse one, at once.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from core.errors import DigitLabError

INPUT_SHAPE = (28, 28, 1)
CLASSES = 10
MAX_PARAMETERS = 20_000_000

# Those that can be exported to ONNX: the exact GELU cannot.
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
LAYER_TYPES: dict[str, type[_Layer]] = {
    cls.model_fields["layer"].default: cls
    for cls in (Dense, Conv, Pool, BatchNorm, Dropout, Activation, Flatten, GlobalAverage)
}


class TracedLayer(NamedTuple):
    """What one layer makes of one digit: its output shape and its parameters."""

    name: str
    output_shape: Shape
    parameters: int


def trace(layers: list[Layer]) -> list[TracedLayer]:
    """Follow one digit of shape (28, 28, 1) through hidden layers and the output.

    Parameters
    ----------
    layers : list of Layer
        Hidden layers in order. The output layer is added here.

    Returns
    -------
    list of TracedLayer
        One entry a hidden layer, and last the output with shape (10,). Parameters include the
        two running statistics a channel of batch normalisation, as Keras counts them.

    Raises
    ------
    DigitLabError
        A layer cannot follow the one before it, pixels run out, or the network has more than
        `MAX_PARAMETERS` parameters. The sentence names the layer by its place, from 1.
    """
    shape: Shape = INPUT_SHAPE
    traced = []
    for place, layer in enumerate(layers, start=1):
        shape, parameters = _follow(layer, shape, f"layer {place} ({layer.layer})")
        traced.append(TracedLayer(layer.layer, shape, parameters))
    if len(shape) != 1:
        raise DigitLabError(
            f"The last layer gives {_show(shape)} values, but the output needs a flat vector: "
            "end the list with flatten or global_average, or a dense layer after one of them."
        )
    traced.append(TracedLayer("output", (CLASSES,), (shape[0] + 1) * CLASSES))
    total = sum(layer.parameters for layer in traced)
    if total > MAX_PARAMETERS:
        raise DigitLabError(
            f"The network has {total:,} parameters, but at most {MAX_PARAMETERS:,} are allowed: "
            "pool or stride before a dense layer, or make layers narrower."
        )
    return traced


def parameter_count(layers: list[Layer]) -> int:
    """Return the number of parameters of the whole network, output included."""
    return sum(layer.parameters for layer in trace(layers))


def _follow(layer: Layer, shape: Shape, where: str) -> tuple[Shape, int]:
    match layer:
        case Dense(units=units):
            if len(shape) != 1:
                raise DigitLabError(
                    f"{where}: a dense layer needs a flat vector but gets {_show(shape)}; put "
                    "flatten or global_average before it."
                )
            return (units,), (shape[0] + 1) * units
        case Conv(filters=filters, kernel=kernel, stride=stride, padding=padding, bias=bias):
            rows, columns, channels = _image(shape, where, "a convolution")
            room = (
                (lambda n: -(-n // stride))
                if padding == "same"
                else (lambda n: (n - kernel) // stride + 1)
            )
            out = (room(rows), room(columns), filters)
            _check_pixels(out, shape, where, f"kernel {kernel} with padding 'valid'")
            return out, kernel * kernel * channels * filters + (filters if bias else 0)
        case Pool(size=size):
            rows, columns, channels = _image(shape, where, "pooling")
            out = (rows // size, columns // size, channels)
            _check_pixels(out, shape, where, f"pooling by {size}")
            return out, 0
        case BatchNorm():
            return shape, 4 * shape[-1]
        case Flatten():
            size = 1
            for length in shape:
                size *= length
            return (size,), 0
        case GlobalAverage():
            return (_image(shape, where, "a global average")[2],), 0
        case _:
            return shape, 0


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


def _show(shape: Shape) -> str:
    return "x".join(str(length) for length in shape)
