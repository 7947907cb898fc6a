"""The sweep that the page shows: the one that the address names, or none while one is set up."""

from collections.abc import Sequence

import streamlit as st

from core.sweeps import store
from ui.sweep import spaces
from ui.train import links

_ADDRESS = "sweep"
_SHOWN = "sweep-shown"


def choose(sweeps: Sequence[store.Sweep], arrived: bool) -> store.Sweep | None:
    """Show which sweeps there are and return the chosen one, or ``None`` to set one up.

    Parameters
    ----------
    sweeps : sequence of Sweep
        The latest first.
    arrived : bool
        Whether somebody has just come to the page; who comes with nothing meets the latest sweep.
    """
    if not sweeps:
        st.query_params.pop(_ADDRESS, None)
        return None
    by_name = {sweep.name: sweep for sweep in sweeps}
    named = st.query_params.get(_ADDRESS)
    if named is not None and named not in by_name:
        st.info("The sweep in this address no longer exists.")
        del st.query_params[_ADDRESS]
        named = None
    brought = {links.ADDRESS, spaces.ADDRESS} & {*st.query_params}
    if named is None and arrived and not brought:
        named = sweeps[0].name
        st.query_params[_ADDRESS] = named
    st.session_state[_SHOWN] = named
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Sweep",
            list(by_name),
            key=_SHOWN,
            index=None,
            placeholder="A new one",
            on_change=_take,
            width=320,
        )
        if named is not None:
            st.button("New sweep", icon=":material/add:", on_click=open_new)
    return None if named is None else by_name[named]


def show(name: str) -> None:
    """Put a sweep into the address."""
    st.query_params[_ADDRESS] = name


def open_new() -> None:
    """Have the page set up a new sweep; a callback."""
    st.query_params.pop(_ADDRESS, None)


def _take() -> None:
    name = st.session_state[_SHOWN]
    if name is None:
        open_new()
    else:
        show(name)
