"""Reading on Draw: the canvas or an uploaded picture, with the answer beside it.

Fragments: the end of a stroke reruns these and nothing else of the page.
"""

import hashlib
from pathlib import Path

import numpy as np
import streamlit as st

from core import registry
from core.reading.pictures import MAX_FILE_BYTES
from core.reading.reader import BLANK, Digit, Reading
from ui import answer, cache, canvas, charts, layout, live_answer, pictures, state, wording
from ui.draw import explain, my_digits, paste, seen, tries

# HEIC is taken so that it can be said what to do with it.
_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "avif", "heic", "heif"]
_DRAW = {
    canvas.DIGIT: live_answer.DRAW_A_DIGIT,
    canvas.NUMBER: "Draw a number, such as a year. The answer follows the pen.",
}
_CHOOSE = "Choose, take or paste a picture of a digit or a number, or try a sample."
_BLANK = "This picture is blank. If it is not, choose one with more contrast."
_SAMPLES = {"number": "Number", "lines": "Two lines", "table": "Table"}
_SAMPLE_FOLDER = Path(__file__).with_name("samples")
_MOST_PICTURES = 20  # at once
_NO_INK = (
    "No ink that could be told from the paper or what is beside it. Choose a picture with more"
    " contrast, and with some paper around the digits."
)


@st.fragment
def of_drawing(model: registry.Model, pad: canvas.Pad) -> None:
    """Show a canvas with its tools, and read its drawing."""
    left, right = layout.two_parts(pad.width, pad.name)
    with left:
        key = f"{state.PEN_WIDTH}-{pad.name}"
        picture = canvas.drawing_canvas(pad, st.session_state.get(key, pad.pen))
        with canvas.tools(pad), st.popover("Pen"):
            st.slider("Pen width", 8, 40, pad.pen, key=key, persist_state="session", width=200)
        if pad is canvas.DIGIT:
            tries.task()
    digit = None
    with right:
        found = live_answer.read_or_say(model, picture)
        canvas.keep_reading(pad, found)
        if found is not None:
            digit = _answer(model, found, _DRAW[pad], (pad, model.name), picture)
    if digit is not None and found is not None and picture is not None:
        drawing = canvas.drawing_on(pad)
        my_digits.correct(model, found, digit, drawing and drawing.strokes)
        explain.show(explain.Subject(model, digit, found, picture, pad))


@st.fragment
def of_picture(model: registry.Model) -> None:
    """Read pictures that were uploaded, pasted, taken or chosen, whichever came last."""
    left, right = layout.two_parts(canvas.DIGIT.width, "picture")
    with left:
        _sources()
        content, named = _chosen(model)
        picture, found = (None, BLANK) if content is None else _read_and_show(model, content)
    digit = None
    with right:
        # The uploader may show the name of another file, which it refused.
        if picture is not None and found is not None:
            st.caption(f"Answer for {wording.verbatim(named)}:")
        if found is not None:
            none = _NO_INK if found.left_out else _BLANK
            digit = _answer(model, found, _CHOOSE if picture is None else none)
    if digit is not None and found is not None and picture is not None:
        my_digits.correct(model, found, digit)
        explain.show(explain.Subject(model, digit, found, picture, None))


def _sources() -> None:
    """Offer every way in which pictures come."""
    st.file_uploader(
        "Pictures of a digit or a number",
        type=_TYPES,
        accept_multiple_files=True,
        key="picture-file",
        max_upload_size=MAX_FILE_BYTES // 1_000_000,
        on_change=_take_uploads,
    )
    st.caption("Any size and colours. You can also paste a picture with Ctrl+V.")
    # Only then does the browser ask for the camera.
    camera = st.toggle("Camera", key="picture-with-camera")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Samples:", width="content")
        for name, title in _SAMPLES.items():
            sample = [(_SAMPLE_FOLDER / f"{name}.jpg", f"the sample '{title.lower()}'")]
            st.button(title, type="tertiary", key=f"sample-{name}", on_click=_take, args=[sample])
    if camera:
        st.camera_input("Take a picture", key="picture-camera", on_change=_take_photograph)
    pasted = paste.pasted_picture(key="picture-pasted")
    if pasted is not None and len(pasted) > paste.MOST_BYTES:
        most = paste.MOST_BYTES // 1_000_000
        st.error(f"The pasted picture has more than {most} MB: save it and choose the file.")
    elif pasted is not None:
        st.session_state[state.PICTURES] = [(pasted, "the pasted picture")]


def _take(pictures_: list[tuple[Path, str]]) -> None:
    st.session_state[state.PICTURES] = [(path.read_bytes(), name) for path, name in pictures_]


def _take_uploads() -> None:
    files = st.session_state["picture-file"]
    st.session_state[state.PICTURES] = [(file.getvalue(), file.name) for file in files]


def _take_photograph() -> None:
    if taken := st.session_state["picture-camera"]:
        st.session_state[state.PICTURES] = [(taken.getvalue(), "the photograph")]


def _chosen(model: registry.Model) -> tuple[bytes | None, str]:
    """Return content and name of a picture; of several, show each answer and offer a choice."""
    given = st.session_state.get(state.PICTURES) or [(None, "")]
    if len(given) > _MOST_PICTURES:
        st.caption(f"The first {_MOST_PICTURES} of {len(given)} pictures are read.")
        given = given[:_MOST_PICTURES]
    if len(given) == 1:
        return given[0]
    said = [f"{wording.verbatim(name)}: **{_headline(model, content)}**" for content, name in given]
    place = st.radio("Picture to look at", range(len(given)), format_func=said.__getitem__)
    return given[place]


def _headline(model: registry.Model, content: bytes) -> str:
    """Return the answer to one of several pictures in a word or two."""
    return cache.headline(model, hashlib.sha256(content).hexdigest(), content)


def _read_and_show(
    model: registry.Model, content: bytes
) -> tuple[np.ndarray | None, Reading | None]:
    """Show a person's picture with its reading; return both, or say why there is none.

    All of it is cached, since every click below runs this again.
    """
    digest = hashlib.sha256(content).hexdigest()
    picture = live_answer.or_say(lambda: cache.pixels(digest, content))
    if picture is None:
        return None, BLANK
    found = live_answer.or_say(lambda: cache.reading(model, digest, content))
    shown = found or BLANK
    marked = cache.with_boxes(digest, content, *_boxes(shown), charts.right_colour())
    _boxed(marked, shown)
    return picture, found


def _boxes(found: Reading) -> tuple[list[tuple[int, int, int, int]], list[str]]:
    """Return the boxes of the digits, and their texts."""
    return [digit.box for digit in found.digits], found.signs


def _boxed(marked: np.ndarray | bytes, found: Reading) -> None:
    """Show a picture with a box around each digit, and its reading as text."""
    boxed = f"{found.text} read in it, a box around each digit"
    said = boxed if found.digits else "nothing read in it"
    st.image(marked, alt=f"The picture, {said}", output_format="PNG")


def _answer(
    model: registry.Model,
    found: Reading,
    invitation: str,
    live: tuple[canvas.Pad, str] | None = None,
    picture: np.ndarray | None = None,
) -> Digit | None:
    """Show the answer, then the pictures of one digit; return that one, if anything was drawn.

    Parameters
    ----------
    model : registry.Model
        The one that read it.
    found : Reading
    invitation : str
        Shown if nothing was drawn.
    live : (Pad, str), optional
        As for `live_answer.show`.
    picture : ndarray, optional
        A drawing, to be shown with its boxes if it is a number; an upload already shows them.
    """
    said = answer.to(found)
    place = said.place if said else 0
    with st.container(horizontal=True, gap="medium"):
        with st.container(key="answer-large"):
            large = st.container()  # filled when it is known which digit its bars are about
            if said and len(found.digits) > 1:
                place = _choose(found, place, canvas.version(live[0]) if live else "")
                st.markdown(answer.to_digit(found.digits[place]))
                if picture is not None:
                    marked = pictures.with_boxes(picture, *_boxes(found), charts.right_colour())
                    _boxed(marked, found)
            digit = found.digits[place] if said else None
            with large:
                live_answer.show(found, invitation, "answer", place, live)
            if digit is not None:
                _why(digit)
        seen.show(model, digit)
    return digit


def _choose(found: Reading, weakest: int, drawing: str) -> int:
    """Offer a choice of the digits, at first the one that the model is least sure of."""
    return st.segmented_control(
        "Digit to look at",
        range(len(found.digits)),
        default=weakest,
        required=True,
        format_func=lambda place: found.signs[place],
        # Another number begins with its weakest digit.
        key=f"place-in-{found.text}-{drawing}",
    )


def _why(digit: Digit) -> None:
    """Lead from an answer in doubt to its explanation."""
    if digit.verdict in ("unsure", "not-a-digit"):
        st.button(
            "See why",
            type="tertiary",
            icon=":material/help:",
            key="see-why",
            on_click=explain.open_view,
            args=[explain.KNOWN],
        )
