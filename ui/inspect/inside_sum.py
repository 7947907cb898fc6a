"""Calculation of one number of a network: inputs, weights, products, sum, activation."""

import numpy as np
import pandas as pd
import streamlit as st

from core.explain.arithmetic import Arithmetic
from core.onnx_graph import Layer
from ui.inspect import maps

_MOST = 10  # contributions that are listed one by one
# The numbers shown may not add up in the last digit.
_ROUNDED = "All numbers are rounded."
_FORMULAS = {
    "relu": "relu keeps values above 0 and sets the rest to 0",
    "leaky_relu": "leaky relu keeps values above 0 and shrinks the rest",
    "elu": "elu keeps values above 0 and bends the rest towards a limit",
    "sigmoid": "sigmoid squeezes the value into the range 0 to 1",
    "silu": "silu multiplies the value by its sigmoid",
    "tanh": "tanh squeezes the value into the range -1 to 1",
    "softmax": "softmax is e to this power, divided by the sum of those of all ten",
}


def show(layer: Layer, found: Arithmetic, cell: tuple[int, ...], key: str) -> None:
    """Show how a number is calculated.

    Parameters
    ----------
    layer : Layer
    found : Arithmetic
    cell : tuple of int
        (channel, row, column) or (unit,).
    key : str
        Tells layers apart.
    """
    where = f"unit {cell[0]}" if len(cell) == 1 else "map {}, row {}, column {}".format(*cell)
    st.markdown(f"#### Calculation of {found.after:.4f} ({where})")
    weights = found.weights
    if layer.kind == "conv" and weights is not None:
        _convolution(found, weights, key)
    elif layer.kind == "dense" and weights is not None:
        _dense(found, weights)
    elif layer.kind == "pool":
        st.markdown("The numbers in the window:")
        maps.table(found.inputs, f"{key}-window", "The window")
        rule = "The mean" if layer.mean else "The largest"
        st.markdown(f"{rule} of these is **{found.before:.4f}**.")
    elif layer.kind == "global_average":
        st.markdown("The whole map of the previous layer:")
        maps.table(found.inputs, f"{key}-window", "The map of the previous layer")
        st.markdown(f"The mean of these is **{found.before:.4f}**.")
    elif layer.kind == "norm" and weights is not None:
        st.markdown(
            f"{found.inputs.item():.4f} × {weights.item():.4f} {_signed(found.bias)} ≈ "
            f"**{found.before:.4f}**: a factor and an offset for each map, learned in training. "
            f"{_ROUNDED}"
        )
    if layer.activation != "linear":
        st.markdown(
            f"The activation {_FORMULAS[layer.activation]}: {found.before:.4f} → "
            f"**{found.after:.4f}**."
        )


def _convolution(found: Arithmetic, weights: np.ndarray, key: str) -> None:
    products = found.products
    sums = products.sum(axis=(1, 2))
    order = [int(i) for i in np.argsort(-np.abs(sums), kind="stable")]
    before = order[0]
    if len(order) > 1:
        before = st.selectbox(
            "Map of the previous layer, largest part of the sum first",
            order,
            format_func=lambda i: f"map {i}: {sums[i]:+.4f}",
            key=f"{key}-before",
            width=340,
        )
    with st.container(horizontal=True):
        for title, values in (
            ("Input patch", found.inputs[before]),
            ("× kernel", weights[before]),
            ("= products", products[before]),
        ):
            with st.container(width=_width(values), gap="xsmall"):
                st.markdown(f"**{title}**")
                maps.table(values, f"{key}-{title}", title)
    one = f"Sum of the products: {sums[before]:.4f}."
    if len(order) > 1:
        one = f"Sum of these products: {sums[before]:.4f}; over all {len(order)} maps: "
        one += f"{sums.sum():.4f}."
    st.markdown(f"{one}  \n{_with_bias(float(sums.sum()), found)}")


def _dense(found: Arithmetic, weights: np.ndarray) -> None:
    products = found.products
    order = np.argsort(-np.abs(products), kind="stable")
    most = order[:_MOST]
    st.dataframe(
        pd.DataFrame(
            {
                "input": most,
                "value": found.inputs[most],
                "weight": weights[most],
                "product": products[most],
            }
        ),
        hide_index=True,
        width="content",
        height="content",
        alt="The inputs with the largest products, and their weights",
    )
    rest = products[order[_MOST:]].sum()
    others = f"; the others add {rest:+.4f}" if len(order) > _MOST else ""
    listed = f"These are the largest of {len(order):,} products{others}."
    st.markdown(f"{listed}  \n{_with_bias(float(products.sum()), found)}")


def _with_bias(total: float, found: Arithmetic) -> str:
    sum_and_bias = f"{total:.4f} {_signed(found.bias)} ≈ **{found.before:.4f}**"
    return f"Sum and bias: {sum_and_bias}. {_ROUNDED}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'} {abs(value):.4f}"


def _width(values: np.ndarray) -> int:
    return 4 + values.shape[1] * maps.COLUMN_PX
