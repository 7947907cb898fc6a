"""The drawing canvas: streamlit-drawable-canvas, kept over page changes, with undo and redo.

The only place that touches the component; tests replace `drawing_canvas`.
"""

import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.reading import canvas_strokes
from core.reading.ink import find_ink
from core.reading.normalise import to_mnist
from ui import state

_MOST_UNDONE = 100  # changes


class Pad(NamedTuple):
    """A canvas of one size, with a drawing of its own.

    Its name, its sides and its pen in pixels, and what it shows faintly while it is empty.
    """

    name: str
    width: int
    height: int
    pen: int
    ghost: str = ""


# 12 screen pixels for each of the 28; fits a phone 390 px wide.
DIGIT = Pad("digit", 336, 336, 22, "3")
# Where there is less room it is shown smaller, strokes and all, and stays one of these pixels.
NUMBER = Pad("number", 700, 240, 14, "2026")
GAME = Pad("game", 336, 336, 22)

# The component hides its toolbar until the mouse is over it, on top of the drawing: touches that
# begin there are lost, and one on the invisible Reset clears all. The buttons below do all it can.
_STYLE = """
.dc-toolbar { display: none !important }
.dc-canvas, .dc-container { touch-action: none }
.dc-root, .dc-container, .canvas-container, .canvas-container canvas { width: 100% !important }
.dc-container, .canvas-container, .canvas-container canvas { height: auto !important }
.canvas-container .lower-canvas { position: relative !important }
"""

_THUMBS = """
<style>
[class*="st-key-canvas-tools"] button { min-height: 44px; min-width: 44px }
@media (pointer: coarse) { [class*="st-key-canvas-tools"] kbd { display: none } }
</style>
"""


# Seen, not drawn: no pixel of it is in the picture that is read. It goes as the pen comes down.
_GHOST = """
<style>
[class*="st-key-canvas-{name}-"] {{ position: relative }}
[class*="st-key-canvas-{name}-"]::after {{
  content: "{ghost}" / ""; position: absolute; inset: 0; display: grid; place-items: center;
  font-size: min(10rem, 24vw); line-height: 1; color: rgb(255 255 255 / 14%);
  pointer-events: none; z-index: 20;
}}
[class*="st-key-canvas-{name}-"]:active::after {{ display: none }}
</style>
"""


class Drawing(NamedTuple):
    """What is drawn: the strokes as the component's JSON, and the picture of them (RGBA)."""

    strokes: dict[str, Any]
    picture: np.ndarray


def drawing_canvas(pad: Pad, pen_width: int) -> np.ndarray | None:
    """Show a canvas and return what is drawn on it; `kept` has the strokes as well.

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
    sheet = _sheet(pad)
    result = st_canvas(
        stroke_width=pen_width,
        stroke_color="#ffffff",
        background_color="#000000",
        width=pad.width,
        height=pad.height,
        initial_drawing=sheet.given,
        return_image_data=True,
        key=f"canvas-{pad.name}-{sheet.number}",
    )
    # The component says nothing until it is drawn on, also where it began with a drawing.
    if result.image_data is not None:
        sheet.take(Drawing(result.json_data, result.image_data))
    place = st.empty()  # taken either way, so that nothing below it moves
    if sheet.current is None and pad.ghost:
        place.html(_GHOST.format(name=pad.name, ghost=pad.ghost))
    return sheet.current and sheet.current.picture


def tools(pad: Pad) -> None:
    """Show undo, redo and clear: for the thumb, and for the keyboard by their shortcuts."""
    sheet = _sheet(pad)
    with tool_row(pad.name):
        st.button(
            "Undo",
            icon=":material/undo:",
            help="Take back the last change of the drawing.",
            shortcut="Ctrl+Z",
            disabled=not sheet.past,
            on_click=undo,
            args=[pad],
            key=f"undo-{pad.name}",
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            help="Draw again what was taken back.",
            shortcut="Ctrl+Shift+Z",
            disabled=not sheet.future,
            on_click=redo,
            args=[pad],
            key=f"redo-{pad.name}",
        )
        st.button(
            "Clear",
            icon=":material/delete_sweep:",
            help="Begin with an empty canvas; Undo brings the drawing back.",
            shortcut="Ctrl+Backspace",
            on_click=clear,
            args=[pad],
            key=f"clear-{pad.name}",
        )


def tool_row(name: str) -> DeltaGenerator:
    """Return a row for buttons that thumbs can hit; where there are only thumbs, no shortcuts."""
    row = st.container(horizontal=True, gap="small", key=f"canvas-tools-{name}")
    row.html(_THUMBS)
    return row


def kept(pad: Pad) -> Drawing | None:
    """Return what this visitor drew on a canvas, or ``None`` where it is empty."""
    return _sheet(pad).current


def last_picture() -> np.ndarray | None:
    """Return the digit that this visitor drew last, as `drawing_canvas` does, or ``None``."""
    drawing = kept(DIGIT)
    return drawing and drawing.picture


def undo(pad: Pad) -> None:
    """Take back the last change: a stroke, Clear, or what was put on the canvas."""
    sheet = _sheet(pad)
    if sheet.past:
        sheet.future.append(sheet.strokes)
        sheet.show(sheet.past.pop(), pad)


def redo(pad: Pad) -> None:
    """Take back the last undo."""
    sheet = _sheet(pad)
    if sheet.future:
        sheet.past.append(sheet.strokes)
        sheet.show(sheet.future.pop(), pad)


def clear(pad: Pad) -> None:
    """Empty a canvas."""
    if kept(pad) is not None:
        put(pad, None)


def reset(pad: Pad) -> None:
    """Empty a canvas and forget what was on it."""
    clear(pad)
    sheet = _sheet(pad)
    sheet.past, sheet.future = [], []


def put(pad: Pad, strokes: dict[str, Any] | None) -> None:
    """Put other strokes on a canvas, in the component's JSON; it can be undone."""
    sheet = _sheet(pad)
    sheet.remember()
    sheet.show(strokes, pad)


def remount() -> None:
    """Put the last drawings on fresh canvases, as when their page is entered anew."""
    for pad in (DIGIT, NUMBER, GAME):
        sheet = _sheet(pad)
        sheet.number += 1
        sheet.given = sheet.strokes
        sheet.overruled.clear()


class _Sheet:
    """A visitor's canvas: what is drawn on it, what was before, and what the browser was given.

    A change of ``given`` replaces the drawing in the browser without a flicker. Until the
    component answers with it, it repeats what it said before, which counts no more.
    """

    def __init__(self) -> None:
        self.number = 0  # in the component's key: another number makes it anew
        self.given: dict[str, Any] | None = None
        self.current: Drawing | None = None
        self.past: list[dict[str, Any] | None] = []
        self.future: list[dict[str, Any] | None] = []
        self.overruled: list[list[Any]] = []
        self._edits = 0

    @property
    def strokes(self) -> dict[str, Any] | None:
        return self.current and self.current.strokes

    def take(self, said: Drawing) -> None:
        """Take what the component says: a new stroke, or again what is known."""
        said_paths = paths(said.strokes)
        if said_paths == paths(self.strokes):
            # Nothing drawn stays nothing; else this is the browser's own rendering.
            self.current = said if said_paths else None
        elif said_paths not in self.overruled:
            self.remember()
            self.overruled.clear()
            self.current = said if said_paths else None

    def remember(self) -> None:
        """Keep what is drawn for undo, before a new change."""
        self.past = [*self.past[1 - _MOST_UNDONE :], self.strokes]
        self.future = []

    def show(self, strokes: dict[str, Any] | None, pad: Pad) -> None:
        """Put strokes on the canvas in the place of what is there."""
        self.overruled.append(paths(self.strokes))
        self._edits += 1
        # The browser loads a drawing only if its JSON differs from what it was given last.
        self.given = {**(strokes or {"objects": []}), "edit": self._edits}
        drawn = canvas_strokes.strokes(strokes)
        picture = canvas_strokes.drawing(drawn, pad.width, pad.height)
        self.current = strokes and Drawing(strokes, picture)


def paths(strokes: dict[str, Any] | None) -> list[Any]:
    """Return what tells one drawing from another: points alone, which the browser gives back."""
    return [item.get("path") for item in (strokes or {}).get("objects", [])]


def _sheet(pad: Pad) -> _Sheet:
    return st.session_state.setdefault(state.CANVAS, {}).setdefault(pad.name, _Sheet())


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
        css=styles.read_text(encoding="utf-8") + _STYLE,
        html='<div class="canvas-root"></div>',
        isolate_styles=True,
    )
    return package.st_canvas


def last_digit() -> np.ndarray | None:
    """Return the digit that this visitor drew last as models see it, uint8 (28, 28), if any."""
    picture = last_picture()
    if picture is None:
        return None
    image = to_mnist(find_ink(picture))
    return np.rint(255 * image).astype(np.uint8) if image.any() else None
