"""Canvas: streamlit-drawable-canvas, kept over page changes, with undo and redo.

No other module touches the component; tests replace `drawing_canvas`. ``canvas.js`` stands beside
it in the browser, for what it does not do by itself.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.reading import canvas_strokes
from core.reading.reader import Reading
from core.strokes import digits
from core.wording import counted
from ui import state

_MOST_UNDONE = 100  # changes
_ERASER = 1.5  # times as wide as the pen
_EXAMPLE_PART = 0.7  # of the canvas' shorter side


class Pad(NamedTuple):
    """A canvas: its name, its sides and pen width in pixels, and its faint hint while empty.

    ``label`` names it to a screen reader.
    """

    name: str
    width: int
    height: int
    pen: int
    label: str
    ghost: str = ""


# 12 screen pixels for each of the 28; fits a phone 390 px wide.
DIGIT = Pad("digit", 336, 336, 22, "Canvas for a digit", "3")
# In a narrower space it is shown smaller, with its strokes, and still has these pixels.
NUMBER = Pad("number", 700, 240, 14, "Canvas for a number", "2026")
GAME = Pad("game", 336, 336, 22, "Canvas of the game")

# The component's toolbar lies on top of the drawing, invisible until the mouse is over it: touches
# that begin there are lost, and one on its Reset clears all. The buttons below replace it.
_STYLE = """
.dc-toolbar { display: none !important }
.dc-canvas, .dc-container { touch-action: none }
.dc-root, .dc-container, .canvas-container, .canvas-container canvas { width: 100% !important }
.dc-container, .canvas-container, .canvas-container canvas { height: auto !important }
.canvas-container .lower-canvas { position: relative !important }
"""

_THUMBS = """
<style>
[class*="st-key-canvas-tools"] button {
  min-height: 44px; min-width: 44px; padding-inline: 0.35rem; white-space: nowrap;
}
[class*="st-key-canvas-tools"] kbd { display: none }
[class*="st-key-canvas-tools"]
  :is([class*="st-key-undo-"], [class*="st-key-redo-"], [class*="st-key-erase-"])
  [data-testid="stMarkdownContainer"] { position: absolute; clip-path: inset(50%) }
</style>
"""


# A hint, not a drawing: no pixel of it is in the picture. It disappears when the pen touches down.
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
    """A drawing: its strokes as the component's JSON, and its picture (RGBA)."""

    strokes: dict[str, Any]
    picture: np.ndarray


def drawing_canvas(pad: Pad, pen_width: int) -> np.ndarray | None:
    """Show a canvas and return its picture; `drawing_on` has the strokes as well.

    Returns the whole picture after the end of each stroke; what follows the pen until then is told
    by ``canvas.js`` in the browser.

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
    key = _key(pad)
    with st.container(gap=None):
        result = st_canvas(
            stroke_width=round(_ERASER * pen_width) if sheet.erases else pen_width,
            stroke_color="#000000" if sheet.erases else "#ffffff",
            background_color=sheet.paper,
            width=pad.width,
            height=pad.height,
            initial_drawing=sheet.given,
            return_image_data=True,
            key=key,
        )
        # The component reports nothing before the first stroke, even if it began with a drawing.
        if result.image_data is not None:
            sheet.take(Drawing(result.json_data, result.image_data))
        place = st.empty()  # always there, so that nothing below it moves
        if sheet.current is None and pad.ghost:
            place.html(_GHOST.format(name=pad.name, ghost=pad.ghost))
        strokes = len(paths(sheet.strokes))
        drawn = counted(strokes, "stroke") if strokes else "empty"
        _companion()(
            key=f"pen-{pad.name}",
            data={
                "pad": pad.name,
                "canvas": key,
                "on_canvas": sheet.on_canvas,
                "label": f"{pad.label}, {drawn}",
            },
        )
    return sheet.current and sheet.current.picture


def version(pad: Pad) -> str:
    """Return what tells a drawing that the app put on a canvas from the one that it replaced."""
    sheet = _sheet(pad)
    return f"{sheet.number}-{sheet.edits}"


def tools(pad: Pad) -> DeltaGenerator:
    """Show Undo, Redo, Eraser, Clear and examples; return their row, for further tools."""
    sheet = _sheet(pad)
    row = tool_row(pad.name)
    with row:
        st.button(
            "Undo",
            icon=":material/undo:",
            help="Undo the last change to the drawing (Ctrl+Z).",
            shortcut="Ctrl+Z",
            disabled=not sheet.past,
            on_click=undo,
            args=[pad],
            key=f"undo-{pad.name}",
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            help="Repeat the change that was undone (Ctrl+Shift+Z).",
            shortcut="Ctrl+Shift+Z",
            disabled=not sheet.future,
            on_click=redo,
            args=[pad],
            key=f"redo-{pad.name}",
        )
        st.button(
            "Draw again" if sheet.erases else "Eraser",
            icon=":material/stylus:" if sheet.erases else ":material/ink_eraser:",
            help="Take the pen again." if sheet.erases else "Rub ink out.",
            type="primary" if sheet.erases else "secondary",
            disabled=sheet.current is None,
            on_click=_change_tool,
            args=[pad],
            key=f"erase-{pad.name}",
        )
        st.button(
            "Clear",
            help="Empty the canvas (Ctrl+Backspace). Undo brings the drawing back.",
            shortcut="Ctrl+Backspace",
            on_click=clear,
            args=[pad],
            key=f"clear-{pad.name}",
        )
        st.menu_button(
            "Example",
            range(10),
            help="Put an example digit on the canvas.",
            key=f"example-{pad.name}",
            on_click=_put_example,
            args=[pad],
        )
    return row


def tool_row(name: str) -> DeltaGenerator:
    """Return a row for buttons large enough for a thumb; shortcuts stand in their help."""
    row = st.container(horizontal=True, gap="xxsmall", key=f"canvas-tools-{name}")
    row.html(_THUMBS)
    return row


def drawing_on(pad: Pad) -> Drawing | None:
    """Return this visitor's drawing on a canvas, or ``None`` if it is empty."""
    return _sheet(pad).current


def _change_tool(pad: Pad) -> None:
    sheet = _up_to_date(pad)
    sheet.erases = not sheet.erases


def undo(pad: Pad) -> None:
    """Undo the last change: a stroke, Clear, or strokes put on the canvas."""
    sheet = _up_to_date(pad)
    if sheet.past:
        sheet.future.append(sheet.strokes)
        sheet.show(sheet.past.pop(), pad)


def redo(pad: Pad) -> None:
    """Repeat the change that was undone last."""
    sheet = _up_to_date(pad)
    if sheet.future:
        sheet.past.append(sheet.strokes)
        sheet.show(sheet.future.pop(), pad)


def clear(pad: Pad) -> None:
    """Empty a canvas, also of a stroke that has not been reported yet."""
    sheet = _up_to_date(pad)
    if sheet.current is not None:
        sheet.remember()
    sheet.show(None, pad)


def reset(pad: Pad) -> None:
    """Empty a canvas and forget its history."""
    clear(pad)
    sheet = _sheet(pad)
    sheet.past, sheet.future = [], []


def put(pad: Pad, strokes: dict[str, Any] | None) -> None:
    """Replace the strokes on a canvas, given as the component's JSON; can be undone."""
    sheet = _up_to_date(pad)
    sheet.remember()
    sheet.show(strokes, pad)


def _put_example(pad: Pad) -> None:
    """Write the chosen digit on a canvas, another way each time; for those who cannot draw."""
    digit: int | None = st.session_state[f"example-{pad.name}"]
    if digit is None:
        return
    sheet = _sheet(pad)
    longer = _EXAMPLE_PART * min(pad.width, pad.height)
    middle = np.array([pad.width, pad.height]) / 2
    written = digits.write(digit, np.random.default_rng(sheet.edits))
    lines = [(longer * line + middle,) for line in written]
    objects = [canvas_strokes.as_path(canvas_strokes.Stroke(line, pad.pen)) for line in lines]
    put(pad, {"objects": objects})


def remount() -> None:
    """Put the last drawings on new canvases, as needed when a person comes back to the page."""
    for pad in (DIGIT, NUMBER, GAME):
        sheet = _up_to_date(pad)
        sheet.number += 1
        sheet.given = sheet.strokes


def _up_to_date(pad: Pad) -> "_Sheet":
    """Return a sheet with the canvas' last report, which the page's run would take.

    What a click does comes before that run, or in its place.
    """
    sheet = _sheet(pad)
    report = st.session_state.get(_key(pad), {}).get("drawing")
    if report and paths(report["raw"]) != paths(sheet.strokes):
        drawn = canvas_strokes.strokes(report["raw"])
        picture = canvas_strokes.drawing(drawn, pad.width, pad.height)
        sheet.take(Drawing(report["raw"], picture))
    return sheet


class _Sheet:
    """A visitor's canvas: its drawing, the history, and the drawing given to the browser.

    A change of ``given`` replaces the drawing in the browser without a flicker. Until the
    component has taken it, its reports are about the drawing before, and are ignored: each names
    the paper that it is drawn on, and every drawing that is given has a paper of its own.
    """

    def __init__(self) -> None:
        self.number = 0  # in the component's key: another number creates a new component
        self.edits = 0  # drawings given to the browser
        self.on_canvas = 0  # that many of them, when the component reported last
        self.erases = False  # whether the pen rubs out
        self.given: dict[str, Any] | None = None
        self.current: Drawing | None = None
        self.past: list[dict[str, Any] | None] = []
        self.future: list[dict[str, Any] | None] = []
        self.reading: Reading | None = None

    @property
    def paper(self) -> str:
        """The background's colour: black, of another hue for each drawing that is given."""
        return f"hsl({self.edits}, 0%, 0%)"

    @property
    def strokes(self) -> dict[str, Any] | None:
        return self.current and self.current.strokes

    def take(self, said: Drawing) -> None:
        """Take the component's report: a new stroke, or a repetition."""
        if said.strokes.get("background") != self.paper:
            return
        self.on_canvas = self.edits
        said_paths = paths(said.strokes)
        if said_paths != paths(self.strokes):
            self.remember()
        # An empty canvas stays empty; a repetition is the browser's rendering.
        self.current = said if said_paths else None

    def remember(self) -> None:
        """Keep the drawing for undo, before a new change."""
        self.past = [*self.past[1 - _MOST_UNDONE :], self.strokes]
        self.future = []

    def show(self, strokes: dict[str, Any] | None, pad: Pad) -> None:
        """Replace the strokes on the canvas."""
        self.edits += 1
        self.given = strokes
        drawn = canvas_strokes.strokes(strokes)
        picture = canvas_strokes.drawing(drawn, pad.width, pad.height)
        self.current = Drawing(strokes, picture) if strokes else None
        self.erases &= self.current is not None
        self.reading = None  # until it is read


def paths(strokes: dict[str, Any] | None) -> list[Any]:
    """Return the points of a drawing, which identify it: the browser returns them unchanged."""
    return [item.get("path") for item in (strokes or {}).get("objects", [])]


def _key(pad: Pad) -> str:
    return f"canvas-{pad.name}-{_sheet(pad).number}"


def _sheet(pad: Pad) -> _Sheet:
    return st.session_state.setdefault(state.CANVAS, {}).setdefault(pad.name, _Sheet())


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    # Importing the package outside a running app raises.
    import streamlit_drawable_canvas as package

    # Streamlit warns of a second registration, which is intended here.
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


@st.cache_resource(show_spinner=False)
def _companion() -> Callable[..., Any]:
    script = Path(__file__).with_suffix(".js").read_text("utf-8")
    return st.components.v2.component("digit-lab-pen", html="<span></span>", js=script)


def keep_reading(pad: Pad, found: Reading | None) -> None:
    """Keep what was read of the drawing on a canvas, for `last_digit`."""
    _sheet(pad).reading = found


def last_digit() -> np.ndarray | None:
    """Return this visitor's last digit as the model saw it, float32 (28, 28), or ``None``.

    Of several digits, the first.
    """
    found = _sheet(DIGIT).reading
    return found.digits[0].image if found and found.digits else None
