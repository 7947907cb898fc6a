"""What came of a click, told once, at once and wherever on a page the click was.

A callback only keeps it. The run that follows says it: the router does on every whole run, and so
does a fragment that runs alone after a click of its own.
"""

from collections.abc import Callable

import streamlit as st

from core.errors import DigitLabError
from ui import state, wording


def attempt(do: Callable[[], object], done: str = "") -> None:
    """Do what a click asks for, in its callback; what `say` is to tell of it is kept.

    Parameters
    ----------
    do : callable
        Raises DigitLabError where it refuses: that is told.
    done : str, optional
        Told where it does not refuse.
    """
    try:
        do()
    except DigitLabError as fault:
        st.session_state[state.REFUSED] = str(fault)
    else:
        st.session_state[state.DONE] = done


def say() -> None:
    """Say what came of the last click; why it was refused stays until somebody puts it away."""
    # Over the page: it may be scrolled, and nothing is to move under the pointer.
    if refusal := st.session_state.pop(state.REFUSED, None):
        st.toast(wording.verbatim(refusal), icon=":material/error:", duration="infinite")
    if done := st.session_state.pop(state.DONE, None):
        st.toast(wording.verbatim(done))
