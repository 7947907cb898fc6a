"""Drawing of a network: the blocks that a digit passes through, each as large as its output.

A block is as high and wide as its output has rows and columns, and as deep as it has channels
(logarithmically); a flat vector is a bar. Layers that keep the shape are named below the block
that they follow. Pictures in lines that wrap, so that it fits a phone. Text has the theme's colour,
and consists only of numbers and names of ours.
"""

import base64
import math
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from core.architecture import (
    INPUT_SHAPE,
    Activation,
    Conv,
    Dense,
    Layer,
    Pool,
    Shape,
    TracedLayer,
    show_shape,
)
from ui import charts

_HIGH = 84  # px, of a block's picture
_PIXEL = 2  # px per row of an image
_BESIDE = {"batch_norm": "norm", "dropout": "dropout"}
_STYLE = (
    "display:flex;flex-wrap:wrap;align-items:flex-start;gap:2px 4px;margin:0;line-height:1.25;"
    "font-size:0.8rem"
)


class Block(NamedTuple):
    """One block of the drawing: its name, its output shape, and the layers named below it."""

    name: str
    shape: Shape
    beside: tuple[str, ...] = ()


def blocks(layers: Sequence[Layer], traced: Sequence[TracedLayer]) -> list[Block]:
    """Return the blocks of a network as far as it was followed, the input first."""
    found = [Block("digit", INPUT_SHAPE)]
    for layer, step in zip([*layers, None], traced, strict=False):
        if step.name in _BESIDE or isinstance(layer, Activation):
            word = layer.function if isinstance(layer, Activation) else _BESIDE[step.name]
            found[-1] = found[-1]._replace(beside=(*found[-1].beside, word))
        else:
            found.append(Block(_name(layer), step.output_shape))
    return found


def show(layers: Sequence[Layer], traced: Sequence[TracedLayer]) -> None:
    """Draw a network as far as it was followed."""
    parts = blocks(layers, traced)
    words = ", ".join(f"{part.name} {show_shape(part.shape)}" for part in parts)
    body = "".join(_figure(part, is_last=part is parts[-1]) for part in parts)
    st.html(f'<div role="img" aria-label="The network: {words}" style="{_STYLE}">{body}</div>')


def _name(layer: Layer | None) -> str:
    match layer:
        case None:
            return "answer"
        case Conv(filters=filters):
            return f"conv {filters}"
        case Dense(units=units):
            return f"dense {units}"
        case Pool(kind=kind):
            return f"{'mean' if kind == 'average' else kind} pool"
        case _:
            return layer.layer.replace("global_average", "mean").replace("_", " ")


def _figure(part: Block, is_last: bool) -> str:
    arrow = f'<div style="padding-top:{_HIGH // 2 - 9}px;opacity:0.6" aria-hidden="true">→</div>'
    beside = f'<br><span style="opacity:0.75">+ {", ".join(part.beside)}</span>'
    return (
        '<div style="display:flex"><div style="width:76px;text-align:center">'
        f'<img src="{_picture(part.shape)}" alt="" width="76" height="{_HIGH}">'
        f"<br><b>{part.name}</b><br>{show_shape(part.shape).replace('x', '×')}"
        f"{beside if part.beside else ''}</div>{'' if is_last else arrow}</div>"
    )


def _picture(shape: Shape) -> str:
    # As a picture: Streamlit removes SVG from HTML.
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="76" height="{_HIGH}">{_solid(shape)}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _solid(shape: Shape) -> str:
    colour = charts.right_colour()
    line = f'stroke="{colour}" stroke-width="1.2" stroke-linejoin="round"'
    if len(shape) == 1:
        high = min(10 + 6 * math.log2(shape[0]), _HIGH - 2)
        top = (_HIGH - high) / 2
        return (
            f'<rect x="33" y="{top:.1f}" width="10" height="{high:.1f}" rx="2" '
            f'fill="{charts.fade(colour, 0.35)}" {line} />'
        )
    high, wide = (max(_PIXEL * side, 4) for side in shape[:2])
    depth = 2 + 2.2 * math.log2(shape[2])  # to the right and as much upwards
    left, top = (76 - wide - depth) / 2, (_HIGH - high + depth) / 2
    faces = (
        (0.30, ((0, 0), (wide, 0), (wide, high), (0, high))),
        (0.16, ((0, 0), (depth, -depth), (wide + depth, -depth), (wide, 0))),
        (0.48, ((wide, 0), (wide + depth, -depth), (wide + depth, high - depth), (wide, high))),
    )
    return "".join(
        f'<polygon points="{" ".join(f"{left + x:.1f},{top + y:.1f}" for x, y in corners)}" '
        f'fill="{charts.fade(colour, opacity)}" {line} />'
        for opacity, corners in faces
    )
