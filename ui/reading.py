"""Reading what a person draws or uploads, and showing the answer beside it.

Fragments: a stroke's end reruns what is here and nothing else of the page.
"""

import numpy as np
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.reading.normalise import FIELD
from core.reading.pictures import decode
from core.reading.reader import BLANK, Reading, read
from ui import cache, canvas, charts, layout, paste, pictures, state, text

_TYPES = ["png", "jpg", "jpeg", "webp", "bmp"]
_DRAW = "Draw a digit with the mouse or a finger: the answer comes as soon as you lift it."
_CHOOSE = "Choose or paste a picture of one digit."
_NO_INK = "No ink was found in this picture: take one with more contrast, or cropped closer."


@st.fragment
def of_drawing(model: registry.Model) -> None:
    """Show the canvas with its tools, and read what is drawn on it."""
    left, right = layout.two_parts(canvas.SIDE, "canvas")
    with left:
        picture = canvas.drawing_canvas(st.session_state.get(state.PEN_WIDTH, canvas.DEFAULT_PEN))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button("Clear", icon=":material/delete_sweep:", on_click=canvas.clear)
            st.slider(
                "Pen width",
                8,
                40,
                canvas.DEFAULT_PEN,
                key=state.PEN_WIDTH,
                persist_state="session",
                width=200,
            )
    with right:
        _answer(model, picture, _DRAW)


@st.fragment
def of_picture(model: registry.Model) -> None:
    """Read an uploaded or pasted picture, whichever came last."""
    left, right = layout.two_parts(canvas.SIDE, "picture")
    with left:
        st.file_uploader(
            "A picture of one digit", type=_TYPES, key="picture-file", on_change=_take_upload
        )
        st.caption("Of any size and colours. A picture can also be pasted with Ctrl+V.")
        pasted = paste.pasted_picture(key="picture-pasted")
        if pasted is not None:
            st.session_state[state.PICTURE] = pasted
        picture = _decoded(st.session_state.get(state.PICTURE))
        if picture is not None:
            st.image(picture, width=canvas.SIDE, alt="The picture that was given")
    with right:
        _answer(model, picture, _CHOOSE if picture is None else _NO_INK)


def _take_upload() -> None:
    file = st.session_state["picture-file"]
    st.session_state[state.PICTURE] = file and file.getvalue()


def _decoded(content: bytes | None) -> np.ndarray | None:
    if content is None:
        return None
    try:
        return decode(content)
    except DigitLabError as fault:
        st.error(str(fault))
        return None


def _answer(model: registry.Model, picture: np.ndarray | None, invitation: str) -> None:
    found = _read(model, picture)
    if found is None:
        return
    words, seen = st.columns([3, 2], vertical_alignment="center")
    if found.verdict == "blank":
        with words:
            _large("?")
            st.markdown(invitation)
        image, alt = np.zeros((FIELD, FIELD), np.float32), "An empty picture of 28 by 28 pixels"
    else:
        with words, st.container(gap="xsmall"):
            _words(found)
        image, alt = found.digits[0].image, "The 28 by 28 picture that the model saw"
    with seen:
        pictures.digit(image, alt=alt, factor=5)
    _bars(found)
    st.caption("The picture is what the model saw: 28 x 28 pixels, cropped and centred like MNIST.")


def _read(model: registry.Model, picture: np.ndarray | None) -> Reading | None:
    if picture is None:
        return BLANK
    try:
        return read(picture, cache.predictor(model))
    except DigitLabError as fault:
        st.error(str(fault))
        return None


def _words(found: Reading) -> None:
    digit = found.digits[0]
    if found.verdict == "unsure":
        first, second = np.argsort(digit.probabilities)[:-3:-1]
        _large(f"{first} or {second}")
        st.markdown("Not sure: it could be either.")
    else:
        _large(f"{digit.digit}")
        st.markdown(text.sure(float(digit.probabilities[digit.digit])))


def _large(answer: str) -> None:
    # Larger than any heading: it is what people look for. Only digits of ours come in here.
    st.html(f'<h2 style="font-size: 5.5rem; line-height: 1; padding: 0; margin: 0">{answer}</h2>')


def _bars(found: Reading) -> None:
    """Draw the bars, empty ones too: the answer finds its place and Plotly in the browser."""
    if found.verdict == "blank":
        figure, alt = charts.probability_bars(None), "Ten empty bars, one a digit"
    else:
        probabilities = found.digits[0].probabilities
        best = np.argsort(probabilities)[::-1][:3]
        said = ", ".join(f"{d} with {text.probability(probabilities[d])}" for d in best)
        figure, alt = charts.probability_bars(probabilities), f"Probability of each digit: {said}"
    charts.show(figure, key="probabilities", alt=alt, static=True)
