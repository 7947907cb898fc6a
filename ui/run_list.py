"""The list of runs: one row a run, newest first; choosing a row opens it."""

import pandas as pd
import streamlit as st

from core.errors import DigitLabError
from core.training import store
from ui import state, text

_LOOK_EVERY_S = 2.0


def show() -> None:
    """Show the runs; choosing one puts its id into the address as ``run``."""
    active = any(run.state.active for run in store.list_runs())
    st.fragment(_table, run_every=_LOOK_EVERY_S if active else None)()


def _table() -> None:
    runs = store.list_runs()
    if not runs:
        st.caption("Runs will be listed here, with what they reached.")
        return

    def choose() -> None:
        cells = st.session_state["runs"]["selection"]["cells"]
        if cells:
            st.query_params["run"] = runs[cells[0][0]].id
            st.session_state[state.PAGE_CHANGED] = True

    st.dataframe(
        pd.DataFrame([_row(run) for run in runs]),
        hide_index=True,
        width="stretch",
        height="content" if len(runs) <= 8 else 320,
        on_select=choose,
        selection_mode="single-cell",
        key="runs",
        column_config={
            "accuracy": st.column_config.NumberColumn("accuracy", format="%.2f %%"),
            "state": st.column_config.TextColumn("state", width="small"),
        },
        placeholder="",
        alt="Table of all training runs",
    )
    st.caption("Choose a run to open it.")
    if st.session_state.pop(state.PAGE_CHANGED, False):
        st.rerun()


def remove_button(run: store.Run) -> None:
    """Offer to delete a run that is over; asks once."""
    if run.state.active:
        return
    with st.popover("Delete this run", icon=":material/delete:"):
        st.markdown("Its model, curves and log are deleted. Promoted copies stay.")
        if st.button("Delete for good", key=f"delete-{run.id}"):
            try:
                store.remove(run.id)
            except DigitLabError as fault:
                st.error(str(fault))
                return
            st.query_params.pop("run", None)
            st.rerun()


def _row(run: store.Run) -> dict[str, object]:
    accuracy = run.status.accuracy if run.status else None
    return {
        "state": str(run.state),
        "recipe": run.config.recipe if run.config else run.id,
        "data": text.data_name(run.config.data) if run.config else "",
        "accuracy": None if accuracy is None else 100 * accuracy,
        "duration": "" if run.duration_s is None else text.duration(run.duration_s),
        "started": "" if run.created is None else text.ago(run.created),
        "note": run.reason,
    }
