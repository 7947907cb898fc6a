"""The drawing canvas: streamlit-drawable-canvas, kept over page changes and cleared from Python.

The only place that touches the component; tests replace `drawing_canvas`.
"""

import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from ui import state


class Pad(NamedTuple):
    """A canvas of one size, with a drawing of its own: its name, sides and pen in pixels."""

    name: str
    width: int
    height: int
    pen: int


# 12 screen pixels for each of the 28; fits a phone 390 px wide.
DIGIT = Pad("digit", 336, 336, 22)
# Where there is less room it is shown smaller, strokes and all, and stays one of these pixels.
NUMBER = Pad("number", 700, 240, 14)

# The component hides its toolbar until the mouse is over it, on top of the drawing: touches that
# begin there are lost, and one on the invisible Reset clears all. Here it stands below, always
# visible, with undo and redo alone: Clear is a button of ours, and nobody edits strokes as objects.
_TOOLBAR_BELOW = """
.dc-toolbar, .dc-root:hover > .dc-toolbar, .dc-toolbar:hover, .dc-toolbar:focus-within,
.dc-toolbar[data-pinned=true] {
  position: static; opacity: 1; top: auto; padding: .5rem 0 0; transition: none;
}
.dc-toolbar-card { box-shadow: none; padding: 0; background: none; gap: .5rem; }
.dc-toolbar-card > :not([aria-label="Undo"], [aria-label="Redo"]) { display: none !important; }
.dc-icon-button { min-width: 48px; min-height: 40px; border: 1px solid var(--st-border-color) }
.dc-icon-button svg { width: 1.2rem; height: 1.2rem }
.dc-canvas, .dc-container { touch-action: none }
.dc-root, .dc-container, .canvas-container, .canvas-container canvas { width: 100% !important }
.dc-container, .canvas-container, .canvas-container canvas { height: auto !important }
.canvas-container .lower-canvas { position: relative !important }
"""


def drawing_canvas(pad: Pad, pen_width: int) -> np.ndarray | None:
    """Show a canvas and return what is drawn on it.

    Returns after each stroke's end with the whole picture; the component itself waits 200 ms.

    Parameters
    ----------
    pad : Pad
    pen_width : int
        In pixels of the canvas.

    Returns
    -------
    ndarray of uint8, shape (pad.height, pad.width, 4), or None
        RGBA, white on black; ``None`` before the first stroke.
    """
    st_canvas = _component()
    mounted: _Mounted = _kept(state.CANVAS).setdefault(pad.name, _Mounted())
    result = st_canvas(
        stroke_width=pen_width,
        stroke_color="#ffffff",
        background_color="#000000",
        width=pad.width,
        height=pad.height,
        initial_drawing=mounted.drawing and mounted.drawing.strokes,
        return_image_data=True,
        key=f"canvas-{pad.name}-{mounted.number}",
    )
    # The component says nothing until it is drawn on, also where it began with a drawing.
    picture = result.image_data
    if picture is None:
        return mounted.drawing and mounted.drawing.picture
    _kept(state.DRAWING)[pad.name] = _Drawing(result.json_data, picture)
    return picture


def last_picture() -> np.ndarray | None:
    """Return the digit that this visitor drew last, as `drawing_canvas` does, or ``None``."""
    drawing: _Drawing | None = _kept(state.DRAWING).get(DIGIT.name)
    return drawing and drawing.picture


def clear(pad: Pad) -> None:
    """Empty a canvas: a new key is the only way from Python."""
    _kept(state.DRAWING).pop(pad.name, None)
    _remount(pad)


def remount() -> None:
    """Put the last drawings on fresh canvases, as when their page is entered anew."""
    for pad in (DIGIT, NUMBER):
        _remount(pad)


def _remount(pad: Pad) -> None:
    before = _kept(state.CANVAS).get(pad.name, _Mounted())
    drawing = _kept(state.DRAWING).get(pad.name)
    _kept(state.CANVAS)[pad.name] = _Mounted(before.number + 1, drawing)


def _kept(key: str) -> dict[str, Any]:
    """Return what the session keeps under a key, by the name of the pad."""
    return st.session_state.setdefault(key, {})


class _Drawing(NamedTuple):
    """What was drawn: the strokes as the component's JSON, and the picture of them."""

    strokes: dict[str, Any]
    picture: np.ndarray


class _Mounted(NamedTuple):
    """The canvas on the page: the number in its key, and the drawing that it began with."""

    number: int = 0
    drawing: _Drawing | None = None


@st.cache_resource(show_spinner=False)
def _component():
    # Importing the package outside a running app raises.
    import streamlit_drawable_canvas as package

    # Streamlit warns of a second registration, which is what is wanted here.
    registry = logging.getLogger("streamlit.components.v2.component_registry")
    registry.setLevel(logging.ERROR)
    styles = next((Path(package.__file__).parent / "frontend" / "build").glob("*.css"))
    package.out = st.components.v2.component(
        "streamlit-drawable-canvas.streamlit_drawable_canvas",
        js="index-*.js",
        css=styles.read_text(encoding="utf-8") + _TOOLBAR_BELOW,
        html='<div class="canvas-root"></div>',
        isolate_styles=True,
    )
    return package.st_canvas
