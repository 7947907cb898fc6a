"""The lab book: a table with a row for each run, newest first, to filter, sort and choose from.

The address holds the chosen runs (``run``, repeated for several), so that it can be sent and found
again.
"""

import zlib
from typing import NamedTuple

import pandas as pd
import streamlit as st

from core.runs import contract, curves, summary
from core.runs.summary import Summary
from core.wording import counted
from ui import snapshot, state, visitor, wording

_LOOK_EVERY_S = 2.0
_ADDRESS = "run"
_ROW_PX, _MOST_ROWS = 35, 12
_WITH_CURVES = 100  # rows, the newest


def show(summaries: list[Summary]) -> None:
    """Show the table with its filters, and keep it up to date while a run is active."""
    wanted = _filters(summaries)
    active = _active(summaries)
    st.fragment(_table, run_every=_LOOK_EVERY_S if active else None)(wanted, active)


def chosen(summaries: list[Summary]) -> list[Summary]:
    """Return the runs that the address names, in its order; say so if one is missing."""
    known = {one.run.id: one for one in summaries}
    named = list(dict.fromkeys(st.query_params.get_all(_ADDRESS)))
    found = [name for name in named if name in known]
    if len(found) < len(named):
        st.info("A run in this address no longer exists.")
        choose(found)
    return [known[name] for name in found]


def choose(ids: list[str]) -> None:
    """Choose runs, as if a person had ticked them."""
    if ids:
        st.query_params[_ADDRESS] = ids
    else:
        st.query_params.pop(_ADDRESS, None)


class _Wanted(NamedTuple):
    """What the filters ask of a run; empty sets ask nothing."""

    words: list[str]
    states: set[str]
    tags: set[str]
    favourites: bool
    columns: list[str]


def _filters(summaries: list[Summary]) -> _Wanted:
    states = sorted({str(one.run.state) for one in summaries})
    tags = sorted({tag for one in summaries for tag in one.notes.tags})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Find",
            placeholder="Name, recipe, data, note or tag",
            key="runs-find",
            width=210,
            persist_state="session",
        )
        wanted_states = st.multiselect(
            "State", states, key="runs-states", placeholder="Any", width=130
        )
        wanted_tags = (
            st.multiselect("Tags", tags, key="runs-tags", placeholder="Any", width=130)
            if tags
            else []
        )
        favourites = st.toggle("Favourites only", key="runs-favourites")
        with st.popover("Columns", icon=":material/view_column:"):
            columns = st.pills(
                "Columns",
                list(_COLUMNS),
                selection_mode="multi",
                default=visitor.columns(_COLUMNS) or _USUAL,
                format_func=lambda name: _TITLES.get(name, name),
                key="runs-columns",
                on_change=lambda: visitor.want_columns(st.session_state["runs-columns"]),
                persist_state="session",
                label_visibility="collapsed",
            )
    return _Wanted(
        words.lower().split(), set(wanted_states), set(wanted_tags), favourites, columns or _USUAL
    )


def _fits(one: Summary, wanted: _Wanted) -> bool:
    config, said = one.run.config, one.notes
    data = wording.measured_on(config.data, config.score_on) if config else ""
    facts = (config.recipe, data, said.sweep) if config else ()
    content = " ".join((one.run.id, one.title, said.note, *said.tags, *facts)).lower()
    return (
        all(word in content for word in wanted.words)
        and (not wanted.states or str(one.run.state) in wanted.states)
        and wanted.tags <= set(said.tags)
        and (said.favourite or not wanted.favourites)
    )


def _active(summaries: list[Summary]) -> set[str]:
    return {one.run.id for one in summaries if one.run.state.active}


def _table(wanted: _Wanted, were_active: set[str]) -> None:
    summaries = snapshot.summaries()
    if were_active - _active(summaries):
        st.rerun()  # A run has ended: the content below changes, or nothing is active.
    shown = [one for one in summaries if _fits(one, wanted)]
    _headline(shown, summaries)
    if not shown:
        st.markdown("No run matches. Remove a filter.")
        return
    ids = [one.run.id for one in shown]
    # Rows are chosen by their number, so other rows need another table.
    key = f"runs-{zlib.crc32(' '.join(ids).encode()):08x}"
    named = set(st.query_params.get_all(_ADDRESS))
    repeats = _repeats(summaries)

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        choose([ids[row] for row in sorted(rows)])
        st.session_state[state.PAGE_CHANGED] = True

    rows = [_row(one, repeats) for one in shown]
    for row, one in zip(rows[:_WITH_CURVES], shown, strict=False):
        row["curve"] = curves.outline(one.run.folder / contract.METRICS)
    st.dataframe(
        pd.DataFrame(rows),
        column_order=[name for name in _COLUMNS if name in wanted.columns],
        hide_index=True,
        width="stretch",
        height="content" if len(shown) <= _MOST_ROWS else (_MOST_ROWS + 1) * _ROW_PX,
        on_select=take,
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [row for row, name in enumerate(ids) if name in named]}
        },
        key=key,
        column_config=_COLUMNS,
        placeholder="",
        alt="Table of training runs",
    )
    if st.session_state.pop(state.PAGE_CHANGED, False):
        st.rerun()


def _headline(shown: list[Summary], summaries: list[Summary]) -> None:
    size = wording.size(sum(one.disk_bytes for one in shown))
    count = counted(len(shown), "run")
    if len(shown) < len(summaries):
        count = f"{len(shown):,} of {len(summaries):,} runs"
    st.caption(f"{count}, {size} on disk. Tick one run for details, or two to eight to compare.")


def _row(one: Summary, repeats: dict[str, str]) -> dict[str, object]:
    config, result, said = one.run.config, one.result, one.notes
    accuracy = one.run.status.accuracy if one.run.status else None
    return {
        "favourite": "★" if one.notes.favourite else "",
        "started": one.run.created,
        "name": one.title,
        "curve": (),
        "note": " ".join(said.note.split()),
        "state": str(one.run.state) + (", imported" if one.notes.imported else ""),
        "accuracy": None if accuracy is None else 100 * accuracy,
        "interval": "" if result is None else wording.interval(*result.interval),
        "recipe": config.recipe if config else "",
        "data": wording.measured_on(config.data, config.score_on) if config else "",
        "sweep": one.notes.sweep,
        "machine": one.run.status.machine if one.run.status else "",
        "seed": config.seed if config else None,
        "parameters": result.parameters if result else None,
        "cpu": result.cpu_seconds if result else None,
        "disk": one.disk_bytes / 1e6,
        "repeats": repeats.get(one.notes.group, ""),
        "tags": list(one.notes.tags),
    }


def _repeats(summaries: list[Summary]) -> dict[str, str]:
    """Return the mean accuracy of each group of two or more runs, in words."""
    groups: dict[str, list[Summary]] = {}
    for one in summaries:
        if one.notes.group:
            groups.setdefault(one.notes.group, []).append(one)
    return {name: spread_in_words(group) for name, group in groups.items() if len(group) > 1}


def spread_in_words(group: list[Summary]) -> str:
    """Write mean, standard deviation and number of a group of runs."""
    found = summary.spread(one.result for one in group)
    if found is None:
        return f"0 of {len(group)} done"
    deviation = "" if found.deviation is None else f" ± {100 * found.deviation:.2f}"
    done = "" if found.n == len(group) else f" of {len(group)}"
    return f"{100 * found.mean:.2f}{deviation} % (n = {found.n}{done})"


_COLUMNS = {
    "favourite": st.column_config.TextColumn("★", width=30, help="Favourite"),
    "started": st.column_config.DatetimeColumn("started", format="distance", width=122),
    "name": st.column_config.TextColumn("name", width=120),
    "curve": st.column_config.LineChartColumn(
        "curve",
        y_min=0,
        y_max=1,
        width=90,
        help="How often it was right on training images, from the start of the run to its end.",
    ),
    "accuracy": st.column_config.NumberColumn(
        "accuracy",
        format="%.2f %%",
        width=75,
        help="How often the model is right on the test digits, or on the validation digits where "
        "the column data says so.",
    ),
    "data": st.column_config.TextColumn("data", width=115),
    "state": st.column_config.TextColumn("state", width=75),
    "note": st.column_config.TextColumn("note", width=140),
    "interval": st.column_config.TextColumn(
        "95 % interval", width=100, help="The range in which the true accuracy probably lies."
    ),
    "repeats": st.column_config.TextColumn(
        "repeats",
        width=150,
        help="Mean and standard deviation of the runs that differ only in the seed.",
    ),
    "sweep": st.column_config.TextColumn(
        "sweep", width=95, help="The sweep that the run is a try of."
    ),
    "machine": st.column_config.TextColumn(
        "machine", width=95, help="The machine of the cluster that trained it; empty for this one."
    ),
    "recipe": st.column_config.TextColumn("recipe", width=95),
    "seed": st.column_config.NumberColumn("seed", format="%d", width=45),
    "parameters": st.column_config.NumberColumn("parameters", format="localized", width=80),
    "cpu": st.column_config.NumberColumn(
        "CPU s", format="%.0f", width=52, help="Computing time, summed over all cores."
    ),
    "disk": st.column_config.NumberColumn("disk", format="%.1f MB", width=68),
    "tags": st.column_config.ListColumn("tags", width=120),
}
_USUAL = ["favourite", "started", "name", "curve", "accuracy", "data", "state", "note"]
_TITLES = {"interval": "95 % interval", "cpu": "CPU s"}
