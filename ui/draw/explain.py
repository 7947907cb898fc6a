"""Explanations of an answer on Draw: one at a time, and only the open one is computed."""

from collections.abc import Callable

import streamlit as st

from core.errors import DigitLabError
from ui import state, wording
from ui.draw import every_model, glass_box, neighbours, smallest_change, stroke_by_stroke
from ui.draw.subject import Subject

STEPS, STROKES, CHANGE = "Steps to 28 x 28", "Stroke by stroke", "Smallest change"
MODELS, KNOWN = "All models", "Similar digits"
# What a click opens is brought into sight while it grows, until the person scrolls, presses or
# types. Not for a time: on a slow machine it had ended before there was anything to see.
_INTO_VIEW = """<span></span><script>(() => {
  const part = document.querySelector(".st-key-why");
  const grown = new ResizeObserver(() => {
    if (part.getBoundingClientRect().bottom > innerHeight) part.scrollIntoView();
  });
  grown.observe(part);
  const stop = () => grown.disconnect();
  for (const moved of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(moved, stop, { once: true });
})()</script>"""


def show(subject: Subject) -> None:
    """Offer a choice of explanations, and show the chosen one."""
    views = dict(_VIEWS)
    if not subject.strokes:
        views.pop(STROKES)
    with st.container(key="why", gap="small"):
        _choice(subject, views)


def _choice(subject: Subject, views: dict[str, Callable[[Subject], None]]) -> None:
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
        on_change=_opened,
    )
    if st.session_state.pop(state.DRAW_WHY_OPENED, False) and chosen:
        st.html(_INTO_VIEW, width="content", unsafe_allow_javascript=True)
    if chosen is None:
        return
    try:
        views[chosen](subject)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))


def open_view(name: str) -> None:
    """Open an explanation: for a button's callback."""
    st.session_state[state.DRAW_WHY] = name
    _opened()


def _opened() -> None:
    st.session_state[state.DRAW_WHY_OPENED] = True


_VIEWS: dict[str, Callable[[Subject], None]] = {
    STEPS: glass_box.show,
    STROKES: stroke_by_stroke.show,
    CHANGE: smallest_change.show,
    MODELS: every_model.show,
    KNOWN: neighbours.show,
}
