"""Libraries that pages need and Home does not: loaded behind the first page instead of before it.

pandas alone takes as long as all the rest of the app. It is loaded by one thread that pages wait
for: two sessions that load it at once meet a half-loaded one inside Plotly.
"""

import threading

import streamlit as st


@st.cache_resource(show_spinner=False)
def loading() -> threading.Thread:
    """Begin to load them, once a server, and return the thread."""
    thread = threading.Thread(target=_load, name="libraries", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    import onnxruntime  # noqa: F401
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401
    import scipy.ndimage  # noqa: F401
