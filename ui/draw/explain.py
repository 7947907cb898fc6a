"""Why a digit on Draw is read as it is: one explanation at a time, only the open one computed."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.reading import canvas_strokes
from core.reading.reader import Digit, Reading
from ui import cache, canvas, state, wording
from ui.draw import every_model, glass_box, neighbours, smallest_change, stroke_by_stroke


class Subject(NamedTuple):
    """What is explained: a digit of a reading, on a canvas or (``pad`` None) in a picture."""

    model: registry.Model
    digit: Digit
    reading: Reading
    picture: np.ndarray
    pad: canvas.Pad | None

    @property
    def strokes(self) -> list[canvas_strokes.Stroke]:
        """The strokes of the whole drawing; none of a picture."""
        kept = self.pad and canvas.kept(self.pad)
        return canvas_strokes.strokes(kept.strokes) if kept else []

    @property
    def place(self) -> int:
        """Which digit of the reading it is, from 0."""
        return next(k for k, digit in enumerate(self.reading.digits) if digit is self.digit)

    @property
    def refused(self) -> bool:
        """Whether it is answered with "?": what the classifier alone would say does not count."""
        return self.digit.verdict == "not-a-digit"

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the model's probabilities, float32 (n, 10), of images, float32 (n, 28, 28)."""
        return cache.predictor(self.model).predict(images).probabilities


STEPS, STROKES, CHANGE = "How it got to 28 x 28", "Stroke by stroke", "Smallest change"
MODELS, KNOWN = "Every model", "What it knows like this"


def show(subject: Subject) -> None:
    """Let one explanation be chosen, and show it."""
    views = dict(_VIEWS)
    if not subject.strokes:
        views.pop(STROKES)
    st.subheader("Why this answer?", anchor=False)
    kept = state.DRAW_WHY
    if st.session_state.get(kept) not in views:
        st.session_state.pop(kept, None)
    chosen = st.pills(
        "Explain by",
        list(views),
        key=kept,
        persist_state="session",
        label_visibility="collapsed",
    )
    if chosen is None:
        st.caption("Choose one to see why this digit is read as it is.")
        return
    try:
        views[chosen](subject)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))


def open_view(name: str) -> None:
    """Open an explanation: for a button's callback."""
    st.session_state[state.DRAW_WHY] = name


_VIEWS: dict[str, Callable[[Subject], None]] = {
    STEPS: glass_box.show,
    STROKES: stroke_by_stroke.show,
    CHANGE: smallest_change.show,
    MODELS: every_model.show,
    KNOWN: neighbours.show,
}
