"""Folds: parts of the form that are computed only while they are open.

Streamlit forgets an expander when its page is left; here it stays open or folded.
"""

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from ui import state


def fold(label: str, key: str, icon: str | None = None) -> ExpanderContainer:
    """Return a part to fold away; fill it only if its ``open`` is true."""
    kept = st.session_state.setdefault(state.FOLDS, {})
    st.session_state.setdefault(key, kept.get(key, False))
    part = st.expander(label, key=key, icon=icon, on_change="rerun")
    kept[key] = part.open
    return part
