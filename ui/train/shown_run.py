"""The run shown on Train: the one in the address, otherwise the one that trains."""

from collections.abc import Sequence

import streamlit as st

from core.runs import queue, store
from ui import state


def choose(runs: Sequence[store.Run]) -> store.Run | None:
    """Return the run to show, if any; say so if the one in the address does not exist.

    Without one in the address it is the run that trains now, and stays so after it ends. That run
    is not put into the address, which would add a dead step to the browser's Back button.
    """
    by_id = {run.id: run for run in runs}
    named = st.query_params.get("run")
    if named in by_id:
        return by_id[named]
    if named is not None:
        st.info("The run in this address no longer exists.")
        del st.query_params["run"]
    if st.session_state.get(state.TRAINED) not in by_id:
        trains = queue.in_front(runs)
        st.session_state[state.TRAINED] = trains and trains.id
    return by_id.get(st.session_state[state.TRAINED])


def forget() -> None:
    """Forget the run that trained when the page was left; for entering the page."""
    st.session_state.pop(state.TRAINED, None)
