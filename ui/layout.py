"""Style that Streamlit has no option for, and the two-part layout that several pages share."""

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.runs import contract
from ui import state

# Streamlit's defaults that this corrects: 6rem of empty space above every page; a chart is hidden
# while it is replaced, so curves blink once a second; content beside a part of fixed width is
# squeezed instead of moved below; broad margins push the answer below the canvas on a screen
# 1024 px wide, where nobody sees it; padding breaks rows of choices on a phone; a toast is cut
# after three lines, before it says what to do; a picture in a button is as small as its text; a
# container has no least height.
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
.st-key-headline { row-gap: 0.25rem }
@media (max-width: 480px) {
  .st-key-headline { column-gap: 1rem }
  .st-key-inspect-head { padding-top: 1.25rem; row-gap: 0.25rem }
  .st-key-inspect-head [data-testid="stPopover"] [data-testid="stMarkdownContainer"] {
    position: absolute; width: 1px; overflow: hidden; clip-path: inset(50%);
  }
  .st-key-draw-head { padding-top: 1rem; row-gap: 0.5rem }
  .st-key-seen-evidence { min-height: 17rem }
  .st-key-draw-head h1 { font-size: 1.6rem }
}
.st-key-headline [data-testid="stMetricValue"] { font-size: 1.4rem; padding: 0 }
[class*="st-key-picture-"] button {
  min-height: 0; padding: 0; border: 0; text-align: left; line-height: 1.35;
}
[class*="st-key-picture-"] button p { font-size: 0.875rem }
[class*="st-key-picture-4-"] button img { width: 112px; height: 112px }
[class*="st-key-picture-2-"] button img { width: 56px; height: 56px }
[class*="st-key-picture-"] button:is(:hover, :focus-visible) img { outline: 3px solid currentColor }
.stMarkdown [data-testid="stMarkdownContainer"]:has(> p:first-child > img:first-child) {
  display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(var(--column, 84px), 1fr));
}
.stMarkdown p > img:first-child { width: var(--picture, 84px); height: var(--picture, 84px) }
[class*="st-key-gallery-wide"] { --column: 150px; --picture: 112px }
[class*="st-key-picture-"] button img, .stMarkdown p > img:first-child {
  display: block; max-width: none; max-height: none; margin: 0 0 0.25rem;
  object-fit: fill; image-rendering: pixelated; border-radius: 0.25rem;
}
[class*="st-key-picture-"] button br:first-of-type, .stMarkdown p > img + br { display: none }
.st-key-news { min-height: 4rem }
@media (max-width: 640px) { .st-key-news { min-height: 10rem } }
.st-key-runs-so-far a { padding-inline: 0 }
.st-key-runs-so-far a p { overflow: hidden; text-overflow: ellipsis }
.st-key-tries a { padding-inline: 0; line-height: 1.35 }
.st-key-tries a * { white-space: normal; overflow: visible; text-wrap: balance }
.st-key-tries a img {
  display: block; width: 76px; height: 76px; max-width: none; max-height: none;
  margin: 0 0 0.25rem; border-radius: 0.25rem;
}
.st-key-tries a img + br { display: none }
:has(> .st-key-answer-large) { flex: 100 1 14rem !important; min-width: min(14rem, 100%) }
:has(> .st-key-seen) { flex: 1 1 140px !important }
.st-key-seen-evidence { min-height: 17rem }
  .st-key-draw-head h1 { padding: 0 }
.st-key-why { scroll-margin-top: 4rem }
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


def stage(shows: str) -> DeltaGenerator:
    """Return the place of a view that gives way to others; it is empty when another one begins.

    Streamlit replaces a page from its top down. The lower half of the last view would stay below
    the upper half of the next, which takes a moment.

    Parameters
    ----------
    shows : str
        Identifies what is shown, in plain words.
    """
    before, at = st.session_state.get(state.STAGE, ("", 0))
    if before != shows:
        at = 1 - at  # the other place: the browser empties the last one at once
    st.session_state[state.STAGE] = (shows, at)
    # Not a container in an empty place: emptied first, what is shown would vanish for as long as
    # the server takes from one message to the next, and the page would jump to its top.
    return [st.container() if place == at else st.empty() for place in (0, 1)][at]


def badge(state_of_run: contract.State) -> None:
    """Show a run's state as a word with a colour."""
    colours: dict[contract.State, Literal["blue", "orange"]] = {
        contract.State.FINISHED: "blue",
        contract.State.STOPPED: "blue",
        contract.State.FAILED: "orange",
        contract.State.LOST: "orange",
        contract.State.MALFORMED: "orange",
    }
    st.badge(str(state_of_run), color=colours.get(state_of_run, "gray"))
