"""The run shown on Train: always the one that the address names."""

from collections.abc import Sequence

import streamlit as st

from core.runs import contract, queue
from ui import state


def choose(runs: Sequence[contract.Run]) -> contract.Run | None:
    """Return the run to show, if any; say so if the one in the address does not exist.

    Who comes to the page while a run trains meets that run: it is put into the address. One step
    back with the browser's button then leads to the form.
    """
    by_id = {run.id: run for run in runs}
    arrived = st.session_state.pop(state.ARRIVED, False)
    named = st.query_params.get("run")
    if named is not None and named not in by_id:
        st.info("The run in this address no longer exists.")
        del st.query_params["run"]
        named = None
    if named is None and arrived and "config" not in st.query_params:
        trains = queue.in_front(runs)
        if trains is not None:
            st.query_params["run"] = named = trains.id
    # A link from the page to itself tells only the script: the browser kept its old address, and
    # the next click went back to the run of that one. An address that is right changes nothing.
    st.query_params.update({})
    return None if named is None else by_id[named]


def arrive() -> None:
    """Remember that a person has just come to the page."""
    st.session_state[state.ARRIVED] = True
