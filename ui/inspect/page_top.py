"""Begin at the top: what takes a page's place is otherwise shown where that one was scrolled to."""

import streamlit as st

# Streamlit itself can only scroll to the end of a container. What is in sight stays where it is.
_SCRIPT = """<script>(() => {
  const begins = document.querySelector('[data-begins="%s"]');
  if (begins && begins.getBoundingClientRect().top < 0) begins.scrollIntoView();
})()</script>"""
_BELOW_THE_HEADER = "scroll-margin-top: 4rem"


def begin(of: str) -> None:
    """Bring this place into sight, where it is above the window: once for each thing shown.

    Parameters
    ----------
    of : str
        Tells what is shown from what was there before, as plain words. Streamlit runs the script
        again when it changes, and not when the same page merely runs again.
    """
    place = f'<span data-begins="{of}" style="{_BELOW_THE_HEADER}"></span>'
    st.html(place + _SCRIPT % of, width="content", unsafe_allow_javascript=True)
