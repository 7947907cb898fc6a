"""Page top: new content begins there, instead of where the old content was scrolled to."""

import streamlit as st

# Streamlit itself can only scroll to the end of a container. A place in sight stays where it is.
_SCRIPT = """<script>(() => {
  const begins = document.querySelector('[data-begins="%s"]');
  if (begins && begins.getBoundingClientRect().top < 0) begins.scrollIntoView();
})()</script>"""
_BELOW_THE_HEADER = "scroll-margin-top: 4rem"


def begin(of: str) -> None:
    """Scroll to this place if it is above the window: once for each new content.

    Parameters
    ----------
    of : str
        Identifies the content, in plain words. Streamlit runs the script again when this changes,
        and not when the same page merely reruns.
    """
    place = f'<span data-begins="{of}" style="{_BELOW_THE_HEADER}"></span>'
    st.html(place + _SCRIPT % of, width="content", unsafe_allow_javascript=True)
