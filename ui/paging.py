"""Pages of a list that is too long to be shown as a whole."""

import streamlit as st


def choose(count: int, per_page: int, key: str) -> slice:
    """Let people choose a page where there are several; returns which part of the list is on it.

    Whoever goes elsewhere and comes back finds the page that was chosen.

    Parameters
    ----------
    count : int
        Length of the list.
    per_page : int
    key : str
        Tells two such lists apart.
    """
    pages = -(-count // per_page)
    page = st.pagination(pages, key=key, persist_state="session") if pages > 1 else 1
    return slice((page - 1) * per_page, page * per_page)
