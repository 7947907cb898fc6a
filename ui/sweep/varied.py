"""Varied settings: a choice of them, and for each its range or its values."""

from typing import Any

import streamlit as st

from core.config import TrainConfig
from core.sweeps import suggested
from core.sweeps.space import Choices, Range, Space, is_whole

_FIRST = ("learning_rate", "batch_size")
_FIELD_PX = 152


def edit(base: TrainConfig, key: str, saved: Space | None = None) -> dict[str, Any]:
    """Show what may vary around a configuration; return it as data for a sweep.

    Parameters
    ----------
    base : TrainConfig
    key : str
        Tells the fields of one configuration from those of others.
    saved : dict of str to Range or Choices, optional
        What varied when it was saved; default: what does in most sweeps.
    """
    known = suggested.suggestions(base)
    if saved:
        called = suggested.titles(base, saved)
        known |= {name: suggested.Suggestion(called[name], saved[name]) for name in saved}
    names = st.multiselect(
        "What may vary",
        list(known),
        default=list(saved or [name for name in _FIRST if name in known]),
        format_func=lambda name: known[name].title,
        placeholder="Choose settings",
        key=f"vary-{key}",
        persist_state="session",
        help="Everything else stays as the recipe has it. Fewer settings need fewer tries.",
    )
    return {name: _values(known[name], f"{name}-{key}") for name in names}


def _values(suggestion: suggested.Suggestion, key: str) -> dict[str, Any]:
    title, values = suggestion
    if isinstance(values, Choices):
        return _choices(title, values, key)
    return _range(title, values, key)


def _choices(title: str, values: Choices, key: str) -> dict[str, Any]:
    if set(values.choices) == {True, False}:
        st.markdown(f"**{title}**")
        return {"choices": list(values.choices)}
    chosen = st.pills(
        title,
        values.choices,
        selection_mode="multi",
        default=list(values.choices),
        key=f"choices-{key}",
        persist_state="session",
    )
    return {"choices": chosen}


def _range(title: str, values: Range, key: str) -> dict[str, Any]:
    whole = is_whole(values)
    with st.grid(min_column_width=_FIELD_PX, vertical_alignment="bottom"):
        ends = {
            end: st.number_input(
                f"{title}: {words}",
                value=int(at) if whole else float(at),
                step=1 if whole else None,
                format=None if whole else "%g",
                key=f"{end}-{key}",
                persist_state="session",
            )
            for end, words, at in (("low", "from", values.low), ("high", "to", values.high))
        }
    return {**ends, "log": values.log, "step": values.step}
