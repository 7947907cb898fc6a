"""Views of the Inspect page in three groups; only the open one is computed.

A view is a module with ``show(model, card)``. Its key here is its address (``?view=KEY``), which
links rely on; its title and its group may change.
"""

from collections.abc import Callable

import streamlit as st

from core import registry
from core.cards import Card
from ui.inspect import (
    address,
    by_digit,
    certainty,
    duel,
    embedding_map,
    inside,
    labels,
    mistakes,
    page_top,
    robustness,
    slices,
    take_along,
)

Show = Callable[[registry.Model, Card], None]

GROUPS: dict[str, dict[str, tuple[str, Show]]] = {
    "Mistakes": {
        "mistakes": ("Misread digits", mistakes.show),
        "digits": ("By digit", by_digit.show),
        "slices": ("By style", slices.show),
        "labels": ("Doubtful labels", labels.show),
    },
    "Trust": {
        "certainty": ("Confidence", certainty.show),
        "robustness": ("Damaged pictures", robustness.show),
        "duel": ("Compare with", duel.show),
    },
    "Inside": {
        "map": ("Map", embedding_map.show),
        "inside": ("Layers", inside.show),
        "take": ("Export", take_along.show),
    },
}
VIEWS = {name: view for group in GROUPS.values() for name, view in group.items()}


def group_of(view: str) -> str:
    """Return the group that a view is in."""
    return next(name for name, group in GROUPS.items() if view in group)


def choose() -> str:
    """Show the choice of a group and of a view in it, and return the key of the open view."""
    opened = address.view(list(VIEWS))
    group = group_of(opened)
    with st.container(gap=None):
        page_top.begin(f"view {opened}")
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with row:
        groups = f"group-{opened}"
        st.segmented_control(
            "Look at",
            list(GROUPS),
            default=group,
            required=True,
            key=groups,
            on_change=lambda: address.open_view(next(iter(GROUPS[st.session_state[groups]]))),
            label_visibility="collapsed",
        )
        key = f"view-{opened}"
        return st.pills(
            f"{group}: look at",
            list(GROUPS[group]),
            default=opened,
            required=True,
            format_func=lambda name: VIEWS[name][0],
            key=key,
            on_change=lambda: address.open_view(st.session_state[key]),
            label_visibility="collapsed",
            wrap=True,
        )
