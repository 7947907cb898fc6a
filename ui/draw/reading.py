"""Reading on Draw: the canvas or an uploaded picture, with the answer beside it.

Fragments: the end of a stroke reruns these and nothing else of the page.
"""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.reading.normalise import FIELD
from core.reading.reader import BLANK, REFUSED, Digit, Reading, read
from ui import cache, canvas, charts, layout, pictures, state, wording
from ui.draw import answer, explain, my_digits, paste

T = TypeVar("T")
_TYPES = ["png", "jpg", "jpeg", "webp", "bmp"]
_DRAW = {
    canvas.DIGIT: "Draw a digit with the mouse or a finger. The answer appears when you lift it.",
    canvas.NUMBER: "Draw a number, such as a year. Each digit is read when you lift the pen.",
}
_CHOOSE = "Choose or paste a picture of a digit or a number."
_NO_INK = "No ink was found in this picture. Choose one with more contrast, or crop it closer."
_WORDS_PX = 232  # as high as the longest verdict, so that nothing below moves
_CHOICE_PX = 76
_MUTED = "rgba(128, 128, 128, 0.45)"


@st.fragment
def of_drawing(model: registry.Model, pad: canvas.Pad) -> None:
    """Show a canvas with its tools, and read its drawing."""
    left, right = layout.two_parts(pad.width, pad.name)
    with left:
        key = f"{state.PEN_WIDTH}-{pad.name}"
        picture = canvas.drawing_canvas(pad, st.session_state.get(key, pad.pen))
        canvas.tools(pad)
        st.slider("Pen width", 8, 40, pad.pen, key=key, persist_state="session", width=200)
    digit = None
    with right:
        found = read_or_say(model, picture)
        canvas.keep_reading(pad, found)
        # A person may also draw several digits where one is asked for: all are in the answer.
        if found is not None and (pad is canvas.NUMBER or len(found.digits) > 1):
            empty = np.zeros((pad.height, pad.width), np.uint8)
            digit = _number(found, _DRAW[pad], empty if picture is None else picture)
        elif found is not None:
            digit = _digit(found, _DRAW[pad])
    if digit is not None and found is not None and picture is not None:
        drawing = canvas.drawing_on(pad)
        my_digits.correct(model, found, digit, drawing and drawing.strokes)
        explain.show(explain.Subject(model, digit, found, picture, pad))


@st.fragment
def of_picture(model: registry.Model) -> None:
    """Read an uploaded or pasted picture, whichever came last."""
    left, right = layout.two_parts(canvas.DIGIT.width, "picture")
    with left:
        st.file_uploader(
            "A picture of a digit or a number",
            type=_TYPES,
            key="picture-file",
            on_change=_take_upload,
        )
        st.caption("Any size and colours. You can also paste a picture with Ctrl+V.")
        pasted = paste.pasted_picture(key="picture-pasted")
        if pasted is not None:
            st.session_state[state.PICTURE] = (pasted, "the pasted picture")
        content, named = st.session_state.get(state.PICTURE) or (None, "")
        picture, found = (None, BLANK) if content is None else _read_and_show(model, content)
    digit = None
    with right:
        # The uploader may show the name of another file, which it refused.
        if picture is not None and found is not None:
            st.caption(f"Answer for {wording.verbatim(named)}:")
        if found is not None and len(found.digits) > 1:
            digit = _number(found, _CHOOSE)
        elif found is not None:
            invitation = _CHOOSE if picture is None else _NO_INK
            digit = _digit(found, invitation)
    if digit is not None and found is not None and picture is not None:
        my_digits.correct(model, found, digit)
        explain.show(explain.Subject(model, digit, found, picture, None))


def read_or_say(model: registry.Model, picture: np.ndarray | None) -> Reading | None:
    """Read a picture, or say why it cannot be read and return ``None``.

    Parameters
    ----------
    model : registry.Model
    picture : ndarray or None
        As for `core.reading.reader.read`; ``None`` reads as blank.
    """
    if picture is None:
        return BLANK
    return _or_say(lambda: read(picture, cache.predictor(model), cache.gate()))


def _take_upload() -> None:
    file = st.session_state["picture-file"]
    st.session_state[state.PICTURE] = file and (file.getvalue(), file.name)


def _read_and_show(
    model: registry.Model, content: bytes
) -> tuple[np.ndarray | None, Reading | None]:
    """Show a person's picture with its reading; return both, or say why there is none.

    All of it is cached, since every click below runs this again.
    """
    digest = hashlib.sha256(content).hexdigest()
    picture = _or_say(lambda: cache.pixels(digest, content))
    if picture is None:
        return None, BLANK
    found = _or_say(lambda: cache.reading(model, digest, content))
    shown = found or BLANK
    marked = cache.with_boxes(digest, content, *_boxes(shown), charts.right_colour())
    _boxed(marked, shown)
    return picture, found


def _or_say(attempt: Callable[[], T]) -> T | None:
    """Return the result of an attempt, or say why it failed and return ``None``."""
    try:
        return attempt()
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return None


def _boxes(found: Reading) -> tuple[list[tuple[int, int, int, int]], list[str]]:
    """Return the boxes of the digits, and their texts."""
    return [digit.box for digit in found.digits], list(found.text)


def _boxed(marked: np.ndarray | bytes, found: Reading) -> None:
    """Show a picture with a box around each digit, and its reading as text."""
    boxed = f"{found.text} read in it, a box around each digit"
    said = boxed if found.digits else "nothing read in it"
    st.image(marked, alt=f"The picture, {said}", output_format="PNG")


def _digit(found: Reading, invitation: str) -> Digit | None:
    """Show the answer to at most one digit, or an invitation if there is none; return the digit."""
    said = answer.to(found)
    digit = found.digits[said.place] if said else None
    words, seen = st.columns([3, 2], vertical_alignment="center")
    with words, st.container(gap="xsmall", height=_WORDS_PX, border=False):
        _large(said.headline if said else REFUSED)
        st.markdown(said.words if said else invitation)
        if digit is not None:
            _why(digit)
    with seen:
        _seen(digit)
    _bars(digit)
    return digit


def _number(found: Reading, invitation: str, picture: np.ndarray | None = None) -> Digit | None:
    """Show the answer to several digits, and one of them as `_digit` does; return that one.

    ``picture`` is a drawing, to be shown with its boxes; an upload already shows them.
    """
    said = answer.to(found)
    words, boxes = st.columns(2, vertical_alignment="center")
    with words, st.container(gap="xsmall", height=_WORDS_PX, border=False):
        _large(said.headline if said else REFUSED)
        st.markdown(said.words if said else invitation)
    if picture is not None:
        with boxes:
            _boxed(pictures.with_boxes(picture, *_boxes(found), charts.right_colour()), found)
    with st.container(height=_CHOICE_PX, border=False):
        digit = _choose(found, said.place) if said else None
    seen, bars = st.columns([2, 3], vertical_alignment="center")
    with seen:
        _seen(digit)
        st.markdown(answer.to_digit(digit) if digit and len(found.digits) > 1 else "&nbsp;")
        if digit is not None:
            _why(digit)
    with bars:
        _bars(digit)
    return digit


def _choose(found: Reading, weakest: int) -> Digit:
    """Offer a choice of the digits, at first the one that the model is least sure of."""
    place = st.segmented_control(
        "Digit to look at",
        range(len(found.digits)),
        default=weakest,
        required=True,
        format_func=lambda place: found.text[place],
        key=f"place-in-{found.text}",  # Another number begins with its weakest digit.
    )
    return found.digits[place]


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


def _large(answer: str) -> None:
    # Larger than any heading: people look for it first. It only ever holds digits of ours. Screen
    # readers announce it when it changes.
    style = "font-size: 5.5rem; line-height: 1; padding: 0; margin: 0"
    st.html(f'<h2 aria-live="polite" style="{style}">{answer}</h2>')


def _seen(digit: Digit | None) -> None:
    if digit is None:
        empty = np.zeros((FIELD, FIELD), np.float32)
        pictures.digit(empty, alt="An empty picture of 28 by 28 pixels", factor=5)
    else:
        pictures.digit(digit.image, alt="The 28 by 28 picture that the model saw", factor=5)


def _bars(digit: Digit | None) -> None:
    """Draw the bars, even empty ones, so that Plotly is loaded before the first answer."""
    caption = (
        "The picture shows what the model saw: 28 x 28 pixels, cropped and centred like MNIST."
    )
    if digit is None:
        figure, alt = charts.probability_bars(None), "Ten empty bars, one for each digit"
    else:
        best = np.argsort(digit.probabilities)[::-1][:3]
        said = ", ".join(f"{d} with {wording.probability(digit.probabilities[d])}" for d in best)
        figure, alt = (
            charts.probability_bars(digit.probabilities),
            f"Probability of each digit: {said}",
        )
        if digit.verdict == "not-a-digit":
            figure.update_traces(marker_color=_MUTED)
            caption = "The probabilities if this had to be a digit. " + caption
    charts.show(figure, key="probabilities", alt=alt, static=True)
    st.caption(caption)
