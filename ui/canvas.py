"""The drawing canvas: streamlit-drawable-canvas, kept over page changes and cleared from Python.

The only place that touches the component; tests replace `drawing_canvas`.
"""

import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from ui import state

# 12 screen pixels for each of the 28; fits a phone 390 px wide.
SIDE = 336
DEFAULT_PEN = 22

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
"""


def drawing_canvas(pen_width: int) -> np.ndarray | None:
    """Show the canvas and return what is drawn on it.

    Returns after each stroke's end with the whole picture; the component itself waits 200 ms.

    Parameters
    ----------
    pen_width : int
        In pixels of the canvas, which is `SIDE` wide and high.

    Returns
    -------
    ndarray of uint8, shape (SIDE, SIDE, 4), or None
        RGBA, white on black; ``None`` before the first stroke.
    """
    st_canvas = _component()
    mounted: _Mounted = st.session_state.setdefault(state.CANVAS, _Mounted())
    result = st_canvas(
        stroke_width=pen_width,
        stroke_color="#ffffff",
        background_color="#000000",
        width=SIDE,
        height=SIDE,
        initial_drawing=mounted.drawing and mounted.drawing.strokes,
        return_image_data=True,
        key=f"canvas-{mounted.number}",
    )
    # The component says nothing until it is drawn on, also where it began with a drawing.
    picture = result.image_data
    if picture is None:
        return mounted.drawing and mounted.drawing.picture
    st.session_state[state.DRAWING] = _Drawing(result.json_data, picture)
    return picture


def last_picture() -> np.ndarray | None:
    """Return what this visitor drew last, as `drawing_canvas` does, or ``None``."""
    drawing: _Drawing | None = st.session_state.get(state.DRAWING)
    return drawing and drawing.picture


def clear() -> None:
    """Empty the canvas: a new key is the only way from Python."""
    st.session_state[state.DRAWING] = None
    remount()


def remount() -> None:
    """Put the last drawing on a fresh canvas, as when its page is entered anew."""
    before: _Mounted = st.session_state.get(state.CANVAS, _Mounted())
    drawing = st.session_state.get(state.DRAWING)
    st.session_state[state.CANVAS] = _Mounted(before.number + 1, drawing)


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
