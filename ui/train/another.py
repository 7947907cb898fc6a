"""The form below a run: folded away and not computed, until somebody wants to train another."""

import streamlit as st

from ui import state
from ui.train import links


def is_open() -> bool:
    """Show the row that opens and folds the form; return whether it is open."""
    chosen = st.session_state.get(state.FORM_OPEN)
    opened = links.is_waiting() if chosen is None else bool(chosen)
    st.button(
        "Train another network",
        key="another",
        type="tertiary",
        icon=f":material/keyboard_arrow_{'down' if opened else 'right'}:",
        on_click=_set,
        args=(not opened,),
    )
    return opened


def _set(opened: bool) -> None:
    st.session_state[state.FORM_OPEN] = opened
