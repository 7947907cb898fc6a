"""Navigation: the list of pages, and the first thing that each page does.

While a folder named ``pages/`` exists, the first request after a start of the server that goes
straight to a page runs that file without ``router.py``: no navigation and no sidebar.
`enter` notices, tells Streamlit of the navigation and runs again, through the router this time;
address, query and widgets stay as they are.
"""

import streamlit as st

from ui import state

_PAGES = {
    "home": ("Home", ":material/home:"),
    "draw": ("Draw", ":material/draw:"),
    "train": ("Train", ":material/model_training:"),
    "runs": ("Runs", ":material/table_rows:"),
    "sweep": ("Sweep", ":material/tune:"),
    "inspect": ("Inspect", ":material/search_insights:"),
}


def pages() -> list[st.Page]:
    """Return the pages in the order of the menu; a page's file stem is its path in the address."""
    return [
        st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "home")
        for name, (title, icon) in _PAGES.items()
    ]


def enter(page: str) -> bool:
    """Begin a page; return whether a person has just come to it, rather than a rerun.

    Parameters
    ----------
    page : str
        The page's name, which is its file's stem and its path in the address.
    """
    if not st.session_state.pop(state.ROUTED, False):
        st.navigation(pages(), position="hidden")
        st.rerun()
    entered_anew = st.session_state.get(state.PAGE) != page
    st.session_state[state.PAGE] = page
    return entered_anew
