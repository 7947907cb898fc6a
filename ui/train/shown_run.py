"""The run that Train shows: the one in the address, else the one that trains."""

from collections.abc import Sequence

import streamlit as st

from core.runs import queue, store
from ui import state


def choose(runs: Sequence[store.Run]) -> store.Run | None:
    """Return the run to show, if any; says so where the one that the address names is not here.

    Without one in the address it is the run that trains now, also once it is over. That one is not
    put into the address: the browser's own way back would have a step that leads nowhere.
    """
    by_id = {run.id: run for run in runs}
    named = st.query_params.get("run")
    if named in by_id:
        return by_id[named]
    if named is not None:
        st.info("The run that this address names is not here any more.")
        del st.query_params["run"]
    if st.session_state.get(state.TRAINED) not in by_id:
        trains = queue.in_front(runs)
        st.session_state[state.TRAINED] = trains and trains.id
    return by_id.get(st.session_state[state.TRAINED])


def forget() -> None:
    """Show what trains now, not what trained when the page was left; for when it is entered."""
    st.session_state.pop(state.TRAINED, None)
