"""Layers of a network: their outputs for one digit, and any number in them step by step."""

import numpy as np
import streamlit as st

from core import registry
from core.cards import Card
from core.explain.arithmetic import work_out
from core.explain.inside import Inside
from core.onnx_graph import Layer
from core.reading.normalise import as_floats
from core.wording import counted
from ui import cache, canvas, pictures, wording
from ui.inspect import address, inside_sum, maps

_PLACE = "inside-place"
_TITLES = {
    "conv": "Convolution",
    "dense": "Dense",
    "pool": "Pooling",
    "norm": "Batch normalisation",
    "global_average": "Global average",
    "activation": "Activation",
}
_DRAWING = "Your last drawing"
_TEST = "Test image"
_ALL = -1


def show(model: registry.Model, card: Card) -> None:
    """Show the digit, the layers that it passes through, and a close-up of one of them."""
    st.subheader("A digit on its way through the layers")
    digit = _digit(model, card)
    if digit is None:
        return
    network = cache.inside(model)
    values = network.run(digit)
    _answer(digit, values[network.layers[-1].output])
    chosen = st.pills(
        "Layer",
        [_ALL, *range(len(network.layers))],
        default=_ALL,
        required=True,
        format_func=lambda i: "All layers" if i == _ALL else _short(i, network.layers[i]),
        key=f"inside-layer-{model.name}",
        wrap=True,
    )
    if chosen == _ALL:
        _all(network, values)
    else:
        _closer(network, values, chosen, model.name)


def _digit(model: registry.Model, card: Card) -> np.ndarray | None:
    """Return the chosen digit, float32 (28, 28) in [0, 1], or ``None`` if there is none."""
    test_images, drawn = cache.test_pictures(model), canvas.last_digit()
    kinds = [_TEST] * (test_images is not None) + [_DRAWING] * (drawn is not None)
    if not kinds:
        st.info("Draw a digit first. The test images are not on this machine.")
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = kinds[0]
        if len(kinds) > 1:
            kind = st.segmented_control(
                "Digit", kinds, default=kinds[0], required=True, key="inside-digit"
            )
        if test_images is None or kind == _DRAWING:
            return drawn
        place = _place(list(test_images), card.test.n)
        if address.is_inside_from_image():
            st.button(
                f"Back to image {place}",
                icon=":material/arrow_back:",
                on_click=address.leave_inside,
                args=[place],
            )
    return as_floats(test_images[place])


def _place(known: list[int], n: int) -> int:
    """Let a test image be chosen, of those that are known of all ``n``; return its position."""
    # The address holds the choice; the widget shows it.
    wanted = address.digit(n)
    st.session_state[_PLACE] = min(known, key=lambda place: abs(place - wanted))
    words, about, px = "Test image", "Position in the test set, from 0.", 160

    def keep() -> None:
        address.set_digit(st.session_state[_PLACE])

    if len(known) < n:
        return st.selectbox(words, known, key=_PLACE, help=about, on_change=keep, width=px)
    return st.number_input(words, 0, n - 1, key=_PLACE, help=about, on_change=keep, width=px)


def _answer(digit: np.ndarray, probabilities: np.ndarray) -> None:
    answer = int(probabilities.argmax())
    with st.container(horizontal=True, vertical_alignment="center"):
        pictures.digit(digit, "The input digit", factor=4)
        st.markdown(
            f"goes in as 28×28 numbers and comes out as **{answer}**, "
            f"{wording.sure(probabilities[answer])}.",
            width="content",
        )


def _all(network: Inside, values: dict[str, np.ndarray]) -> None:
    st.caption(
        "Each square is a feature map: the output of one filter. Blue is above 0, orange below 0, "
        "and stronger colours are larger values. Choose a layer to see its calculation."
    )
    for index, layer in enumerate(network.layers):
        found = values[layer.output]
        st.markdown(f"**{index + 1}. {_title(layer)}** · {_shape(found)}")
        _picture(found, f"Layer {index + 1}, {_title(layer)}: {_shape(found)}")


def _picture(found: np.ndarray, alt: str) -> None:
    shown = found if found.ndim == 3 else found.reshape(-1, 1, 1)
    st.image(maps.tiled(shown), alt=alt, output_format="PNG")


def _closer(network: Inside, values: dict[str, np.ndarray], index: int, model: str) -> None:
    layer = network.layers[index]
    found = values[layer.output]
    st.markdown(f"**{index + 1}. {_title(layer)}** · {_shape(found)}")
    _picture(found, f"All of layer {index + 1}, {_title(layer)}")
    key = f"inside-{model}-{index}"
    cell: tuple[int, ...]
    if found.ndim == 3:
        cell = _cell_of_maps(layer, found, key)
    else:
        shown = maps.in_rows(found)
        picked = maps.choose(shown, key, "The layer's numbers, in rows of ten", step=10)
        # Below, because on a touch screen the table's tools are above it.
        st.caption("The output in rows of ten. Choose a number to see its calculation.")
        row, column = picked or divmod(int(found.argmax()), 10)
        cell = (10 * row + column,)
    inside_sum.show(layer, work_out(layer, values, cell), cell, key)


def _cell_of_maps(layer: Layer, found: np.ndarray, key: str) -> tuple[int, int, int]:
    strongest = int(np.abs(found).max(axis=(1, 2)).argmax())
    channel = st.number_input(
        f"Map, from 0 to {len(found) - 1}",
        0,
        len(found) - 1,
        strongest,
        key=f"{key}-map",
        width=160,
        help="In the picture above, maps are numbered from left to right, row by row.",
    )
    if layer.kind == "conv":
        st.caption(
            "The filter (kernel) of this map, one square for each map of the previous layer:"
        )
        kernels = layer.factors[channel]
        st.image(
            maps.tiled(kernels),
            alt=f"The filter of map {channel}: {len(kernels)} kernels",
            output_format="PNG",
        )
    picked = maps.choose(found[channel], f"{key}-{channel}", f"Map {channel} as numbers")
    st.caption("The map as numbers. Choose a number to see its calculation.")
    plane = found[channel]
    row, column = picked or np.unravel_index(int(np.abs(plane).argmax()), plane.shape)
    return channel, int(row), int(column)


def _short(index: int, layer: Layer) -> str:
    return f"{index + 1} {_TITLES[layer.kind].lower()}"


def _title(layer: Layer) -> str:
    words = _TITLES[layer.kind]
    if layer.kind == "conv":
        filters, _, rows, columns = layer.factors.shape
        stride = layer.strides[0]
        words += f", {filters} of {rows}×{columns}{f', stride {stride}' if stride > 1 else ''}"
    elif layer.kind == "pool":
        rows, columns = layer.window
        words += f", {'average' if layer.mean else 'max'} of {rows}×{columns}"
    elif layer.kind == "dense":
        words += f", {layer.factors.shape[1]} units"
    return words if layer.activation == "linear" else f"{words}, {layer.activation}"


def _shape(found: np.ndarray) -> str:
    if found.ndim == 1:
        return f"{len(found)} numbers"
    channels, rows, columns = found.shape
    return f"{counted(channels, 'map')} of {rows}×{columns}"
