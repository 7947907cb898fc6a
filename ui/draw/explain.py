"""Explanations of an answer on Draw: one at a time, and only the open one is computed."""

from collections.abc import Callable

import streamlit as st

from core.errors import DigitLabError
from ui import state, wording
from ui.draw import every_model, glass_box, neighbours, smallest_change, stroke_by_stroke
from ui.draw.subject import Subject

STEPS, STROKES, CHANGE = "Steps to 28 x 28", "Stroke by stroke", "Smallest change"
MODELS, KNOWN = "All models", "Similar digits"


def show(subject: Subject) -> None:
    """Offer a choice of explanations, and show the chosen one."""
    views = dict(_VIEWS)
    if not subject.strokes:
        views.pop(STROKES)
    st.subheader("Why this answer", anchor=False)
    key = state.DRAW_WHY
    if st.session_state.get(key) not in views:
        st.session_state.pop(key, None)
    chosen = st.pills(
        "Explain by",
        list(views),
        key=key,
        persist_state="session",
        label_visibility="collapsed",
    )
    if chosen is None:
        st.caption("Choose an explanation of the answer.")
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
