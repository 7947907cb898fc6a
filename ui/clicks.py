"""Outcomes of clicks, shown once and at once, wherever on a page the click was.

A callback only keeps the outcome. The next run shows it: the router on every whole run, and a
fragment that runs alone after a click of its own.
"""

from collections.abc import Callable

import streamlit as st

from core.errors import DigitLabError
from ui import state, wording


def attempt(do: Callable[[], object], done: str = "") -> None:
    """Do what a click asks for, in its callback, and keep the outcome for `say`.

    Parameters
    ----------
    do : callable
        Raises DigitLabError if it refuses: that sentence is shown.
    done : str, optional
        Shown if it succeeds.
    """
    try:
        do()
    except DigitLabError as fault:
        st.session_state[state.REFUSED] = str(fault)
    else:
        st.session_state[state.DONE] = done


def say() -> None:
    """Show the outcome of the last click; a refusal stays until somebody dismisses it."""
    # A toast: the page may be scrolled, and nothing should move under the pointer.
    if refusal := st.session_state.pop(state.REFUSED, None):
        st.toast(wording.verbatim(refusal), icon=":material/error:", duration="infinite")
    if done := st.session_state.pop(state.DONE, None):
        st.toast(wording.verbatim(done))
