"""The latest runs on Train: a row for each, newest first; choosing a row opens the run.

The Runs page lists all of them, with their actions.
"""

import pandas as pd
import streamlit as st

from core.runs import contract, notes
from ui import snapshot, state, wording

_LOOK_EVERY_S = 2.0
_SHOWN = 5


def show(busy: bool) -> None:
    """Show the latest runs; choosing one puts its id into the address as ``run``.

    Parameters
    ----------
    busy : bool
        Whether a run is active, so that the list must be refreshed.
    """
    st.fragment(_table, run_every=_LOOK_EVERY_S if busy else None)()


def more(run_id: str) -> None:
    """Link from a run on Train to the same run on Runs."""
    st.page_link(
        "pages/runs.py",
        label="Name, export or delete this run",
        icon=":material/table_rows:",
        query_params={"run": run_id},
    )


def _table() -> None:
    everything = snapshot.runs()
    if not everything:
        st.caption("Your runs will be listed here with their results.")
        return
    runs = everything[:_SHOWN]

    def choose() -> None:
        cells = st.session_state["runs"]["selection"]["cells"]
        if cells:
            st.query_params["run"] = runs[cells[0][0]].id
            st.session_state[state.PAGE_CHANGED] = True

    st.dataframe(
        pd.DataFrame([_row(run) for run in runs]),
        hide_index=True,
        width="stretch",
        height="content",
        on_select=choose,
        selection_mode="single-cell",
        key="runs",
        column_config={
            "accuracy": st.column_config.NumberColumn("accuracy", format="%.2f %%"),
            "state": st.column_config.TextColumn("state", width="small"),
        },
        placeholder="",
        alt="Table of the latest training runs",
    )
    st.caption("Choose a run to open it.")
    st.page_link(
        "pages/runs.py",
        label="All runs and their comparison",
        icon=":material/table_rows:",
    )
    if st.session_state.pop(state.PAGE_CHANGED, False):
        st.rerun()


def _row(run: contract.Run) -> dict[str, object]:
    accuracy = run.status.accuracy if run.status else None
    return {
        "state": str(run.state),
        "name": notes.title(run),
        "data": wording.data_name(run.config.data) if run.config else "",
        "accuracy": None if accuracy is None else 100 * accuracy,
        "duration": "" if run.duration_s is None else wording.duration(run.duration_s),
        "started": "" if run.created is None else wording.ago(run.created),
        "note": run.reason,
    }
