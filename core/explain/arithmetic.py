"""The arithmetic behind one number of a network, recomputed from the input of its layer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import DigitLabError
from core.onnx_graph import ALPHA, Layer


@dataclass(frozen=True)
class Arithmetic:
    """The terms and the result of one number.

    Attributes
    ----------
    inputs : ndarray of float32
        The inputs: (channels, k, k) for a convolution, zeros beyond the edge; (k, k) for pooling;
        (d,) for a dense layer; (1,) for a normalised number.
    weights : ndarray of float32, same shape, or None
        The factor of each input; ``None`` for a maximum or a mean.
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
        """Return inputs times weights; the inputs if there are no weights."""
        return self.inputs if self.weights is None else self.inputs * self.weights


def work_out(layer: Layer, values: Mapping[str, np.ndarray], cell: tuple[int, ...]) -> Arithmetic:
    """Recompute one number of a layer from the layer's input.

    Parameters
    ----------
    layer : Layer
    values : mapping
        The result of `core.explain.inside.Inside.run`.
    cell : tuple of int
        (channel, row, column) of a map, (unit,) of a vector.

    Raises
    ------
    DigitLabError
        The layer has no such cell.
    """
    shape = values[layer.output].shape
    if len(cell) != len(shape) or not all(0 <= i < n for i, n in zip(cell, shape, strict=True)):
        raise DigitLabError(f"This layer has no number {cell}: its shape is {shape}.")
    inputs, weights, bias = _SUMS[layer.kind](layer, values[layer.source], cell)
    if weights is not None:
        before = float((inputs.astype(np.float64) * weights).sum() + bias)
    elif layer.kind == "pool" and not layer.mean:
        before = float(inputs.max())
    else:
        before = float(inputs.mean())
    alpha, others = ALPHA.get(layer.activation, 0.0), None
    if layer.activation == "softmax":
        others = values[layer.source] @ layer.factors + (0 if layer.bias is None else layer.bias)
    after = activate(before, layer.activation, alpha, others)
    return Arithmetic(inputs, weights, bias, before, after)


def activate(
    value: float, function: str, alpha: float = 0.0, logits: np.ndarray | None = None
) -> float:
    """Return the value of an activation function.

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
            if logits is None:
                raise ValueError("softmax needs all the numbers that it is taken over")
            highest = float(logits.max())
            return float(np.exp(x - highest) / np.exp(logits.astype(np.float64) - highest).sum())
    return x


def _sigmoid(x: float) -> float:
    return float(0.5 * (1 + np.tanh(x / 2)))  # cannot overflow


Terms = tuple[np.ndarray, np.ndarray | None, float]


def _window(layer: Layer, source: np.ndarray, cell: tuple[int, ...], fill: float) -> np.ndarray:
    """Return the input within a window, (channels, k, k), with ``fill`` beyond the edge."""
    top, left, bottom, right = layer.pads
    rows, columns = layer.window
    padded = np.pad(source, ((0, 0), (top, bottom), (left, right)), constant_values=fill)
    y, x = (i * stride for i, stride in zip(cell[1:], layer.strides, strict=True))
    return padded[:, y : y + rows, x : x + columns]  # (channels, k, k)


def _of_conv(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    inputs = _window(layer, source, cell, 0.0)
    bias = 0.0 if layer.bias is None else float(layer.bias.reshape(-1)[cell[0]])
    return inputs, layer.factors[cell[0]], bias


def _of_pool(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    seen = _window(layer, source[cell[0] : cell[0] + 1], cell, np.nan)[0]
    return seen[~np.isnan(seen).all(axis=1)][:, ~np.isnan(seen).all(axis=0)], None, 0.0


def _of_dense(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    bias = 0.0 if layer.bias is None else float(layer.bias.reshape(-1)[cell[0]])
    return source.reshape(-1), layer.factors[:, cell[0]], bias


def _of_norm(layer: Layer, source: np.ndarray, cell: tuple[int, ...]) -> Terms:
    # One factor and one summand for each channel, or one for all.
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
