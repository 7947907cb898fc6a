"""The tries of a sweep: as lines to choose from, and as a table that opens their runs."""

import pandas as pd
import streamlit as st

from core.sweeps import store
from core.sweeps.config import SweepConfig
from ui import charts, wording
from ui.sweep import figures

_ROW_PX, _MOST_ROWS = 35, 12


def choose(
    sweep: store.Sweep, config: SweepConfig, titles: dict[str, str]
) -> tuple[store.Try, ...]:
    """Show the tries as lines; return those that are chosen there, all of them if none is."""
    st.markdown("**Every try**: draw a box around points to see only their tries in the table.")
    chosen = charts.choose(
        figures.lines(config, sweep.tries, titles),
        key=f"lines-{sweep.name}",
        alt=f"Settings and accuracy of {len(sweep.tries)} tries, each a line",
    )
    numbers = {int(row[0]) for row in chosen}
    return tuple(one for one in sweep.tries if not numbers or one.number in numbers)


def table(sweep: store.Sweep, kept: tuple[store.Try, ...], titles: dict[str, str]) -> None:
    """Show tries as a table, the best first; a chosen one can be opened."""
    rows = sorted(kept, key=lambda one: (one.state is not store.TryState.FINISHED, -_score(one)))
    event = st.dataframe(
        pd.DataFrame([_row(one, titles) for one in rows]),
        hide_index=True,
        width="stretch",
        height=_ROW_PX * (min(len(rows), _MOST_ROWS) + 1) + 3,
        on_select="rerun",
        selection_mode="single-row",
        key=f"tries-{sweep.name}",
        column_config={
            "state": st.column_config.TextColumn(
                "state", help="A pruned one was ended early: others were better by then."
            ),
            "accuracy": st.column_config.NumberColumn(
                "accuracy", help="On the validation images.", format="%.2f %%"
            ),
        },
    )
    places = [place for place in event["selection"]["rows"] if place < len(rows)]
    one = rows[places[0]] if places else sweep.best
    if one is None:
        return
    if one.reason:
        st.caption(wording.verbatim(one.reason))
    if one.run:
        st.page_link(
            "pages/train.py",
            label=f"Open try {one.number}" + ("" if places else ", the best"),
            icon=":material/monitoring:",
            query_params={"run": one.run},
        )


def _row(one: store.Try, titles: dict[str, str]) -> dict[str, object]:
    return {
        "try": one.number,
        "state": str(one.state),
        "accuracy": None if one.value is None else 100 * one.value,
        **{title: _plain(one.parameters[name]) for name, title in titles.items()},
        "epochs": len(one.epochs),
        "CPU seconds": None if one.cpu_seconds is None else round(one.cpu_seconds, 1),
    }


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "on" if value else "off"
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _score(one: store.Try) -> float:
    return -1.0 if one.value is None else one.value
