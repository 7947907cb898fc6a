"""Pagination of lists that are too long to show as a whole."""

import streamlit as st


def choose(count: int, per_page: int, key: str) -> slice:
    """Offer a choice of page if there are several; return the part of the list that is on it.

    The chosen page is remembered when a person leaves and comes back.

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
