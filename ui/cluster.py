"""The cluster, for pages: runs that other machines train are followed while the app is open."""

from contextlib import suppress

import streamlit as st

from core.cluster import errand, sending
from core.errors import DigitLabError


@st.cache_resource(show_spinner=False)
def look_after() -> None:
    """Follow runs that were under way elsewhere when the app, or the machine, was last at work.

    Once for the whole server: whoever starts or resumes a run sees to it that it is followed.
    """
    if errand.is_set():
        with suppress(DigitLabError, OSError):  # Resuming such a run says what is wrong.
            sending.look_after()
