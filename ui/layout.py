"""Style that Streamlit has no option for, and the two-part layout that several pages share."""

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.runs import store

# Streamlit's defaults that this corrects: 6rem of empty space above every page; a chart is hidden
# while it is replaced, so curves blink once a second; content beside a part of fixed width is
# squeezed instead of moved below; broad margins push the answer below the canvas on a screen
# 1024 px wide, where nobody sees it; padding breaks rows of choices on a phone; a toast is cut
# after three lines, before it says what to do.
_STYLE = """
<style>
.stMainBlockContainer { padding-top: 3rem }
@media (min-width: 768px) and (max-width: 1180px) {
  .stMainBlockContainer { padding-inline: 2rem }
}
@media (max-width: 480px) {
  .stButtonGroup button { padding-inline: 0.5rem }
}
.stPlotlyChart .js-plotly-plot { visibility: visible !important }
[data-testid="stToastText"] { -webkit-line-clamp: none }
[data-testid="stToastViewButton"] { display: none }
:has(> [class*="st-key-beside"]) { flex: 1 1 17rem !important; min-width: min(17rem, 100%) }
</style>
"""


def set_style() -> None:
    """Apply the style; the router does this on every run."""
    st.html(_STYLE)


def two_parts(width: int, name: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return a part of a fixed width and one for the rest, which moves below if there is no room.

    Parameters
    ----------
    width : int
        Of the first part, in pixels.
    name : str
        Tells two such layouts apart.
    """
    with st.container(horizontal=True, gap="medium"):
        return st.container(width=width), st.container(key=f"beside-{name}")


def badge(state_of_run: store.State) -> None:
    """Show a run's state as a word with a colour."""
    colours: dict[store.State, Literal["blue", "orange"]] = {
        store.State.FINISHED: "blue",
        store.State.STOPPED: "blue",
        store.State.FAILED: "orange",
        store.State.LOST: "orange",
        store.State.MALFORMED: "orange",
    }
    st.badge(str(state_of_run), color=colours.get(state_of_run, "gray"))
