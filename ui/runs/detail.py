"""Details of one run below the table: its result, notes, repeats and actions."""

import pandas as pd
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.recipes import link
from core.runs import summary
from core.runs.contract import State
from core.runs.summary import Summary
from ui import layout, wording
from ui.runs import actions, table

_STEERED = "not as planned"


def show(one: Summary, summaries: list[Summary]) -> None:
    """Show one run."""
    with st.container(border=True):
        _headline(one)
        if one.result is not None:
            _result(one)
        elif one.run.state is State.PRUNED:
            st.info(wording.PRUNED)
        elif one.run.state is State.STOPPED and not one.run.has_model:
            st.info(wording.HALTED)
        elif one.run.reason:
            st.error(wording.verbatim(one.run.reason))
        if one.notes.note:
            st.text(one.notes.note)
        _links(one)
        _actions(one, summaries)
        _repeats(one, summaries)


def _headline(one: Summary) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(wording.verbatim(one.title), width="content")
        layout.badge(one.run.state)
        for tag in one.notes.tags:
            st.badge(wording.verbatim(tag), color="gray")
        if one.notes.imported:
            st.caption(f"Imported on {wording.verbatim(one.notes.imported)}", width="content")
        elif one.run.created:
            st.caption(wording.ago(one.run.created), width="content")


def _result(one: Summary) -> None:
    try:
        card = registry.of_run(one.run).card
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    st.markdown(wording.result(card.test))
    facts = (
        f"{card.beginning}, {card.parameters:,} parameters, "
        f"{card.here.training.cpu_seconds:,.0f} CPU seconds, {wording.size(one.disk_bytes)} on disk"
    )
    st.caption(facts)
    if note := wording.data_note(card):
        st.caption(note)


def _links(one: Summary) -> None:
    with st.container(horizontal=True):
        st.page_link(
            "pages/train.py",
            label="Curves and log",
            icon=":material/monitoring:",
            query_params={"run": one.run.id},
        )
        if one.run.config is not None:
            st.page_link(
                "pages/train.py",
                label="Train it again",
                icon=":material/replay:",
                query_params={"config": link.encode(one.run.config)},
                help="Opens the form with these settings. Nothing starts yet.",
            )
        if one.run.has_model:
            st.page_link(
                "pages/inspect.py",
                label="See its mistakes",
                icon=":material/search_insights:",
                query_params={"model": one.run.id},
            )


def _actions(one: Summary, summaries: list[Summary]) -> None:
    with st.container(horizontal=True):
        if one.run.config is not None:
            actions.repeat_with_seeds(one, one.run.config, summaries)
            actions.edit(one, sorted({tag for s in summaries for tag in s.notes.tags}))
            actions.favourite(one)
        if one.run.has_model:
            actions.take_along(one)
        actions.delete([one])


def _repeats(one: Summary, summaries: list[Summary]) -> None:
    group = summary.of_group(summaries, one.notes.group)
    if len(group) < 2:
        return
    st.markdown(f"**With {len(group)} seeds: {table.spread_in_words(group)}**")
    left_out = any(member.result and member.result.steered for member in group)
    not_counted = " Runs that somebody stopped or steered are not counted."
    st.caption(
        "Mean and standard deviation of the accuracy; the runs differ only in the seed."
        f"{not_counted if left_out else ''}"
    )
    members = pd.DataFrame([_member(member) for member in group])
    st.dataframe(
        members if left_out else members.drop(columns=_STEERED),
        hide_index=True,
        width="content",
        height="content",
        placeholder="",
        column_config={
            "accuracy": st.column_config.NumberColumn(format="%.2f %%"),
            "95 % interval": st.column_config.TextColumn(),
        },
        alt="The runs that were trained with these settings, by seed",
    )


def _member(one: Summary) -> dict[str, object]:
    result = one.result
    return {
        "seed": one.run.config.seed if one.run.config else None,
        "state": str(one.run.state),
        "accuracy": None if result is None else 100 * result.accuracy,
        "95 % interval": "" if result is None else wording.interval(*result.interval),
        _STEERED: "" if result is None else result.steered,
    }
