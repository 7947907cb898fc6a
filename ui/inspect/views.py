"""Views of the Inspect page, from general to particular; only the open one is computed.

A view is a module with ``show(model, card)``. Its key here is its address (``?view=KEY``), which
links rely on; its title may change.
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

VIEWS: dict[str, tuple[str, Callable[[registry.Model, Card], None]]] = {
    "mistakes": ("Mistakes", mistakes.show),
    "digits": ("By digit", by_digit.show),
    "certainty": ("Confidence", certainty.show),
    "map": ("Map", embedding_map.show),
    "robustness": ("Damaged pictures", robustness.show),
    "slices": ("By writing style", slices.show),
    "duel": ("Compare with", duel.show),
    "labels": ("Doubtful labels", labels.show),
    "inside": ("Layers", inside.show),
    "take": ("Export", take_along.show),
}


def choose() -> str:
    """Show the choice of a view and return the key of the open one."""
    names = list(VIEWS)
    opened = address.view(names)
    with st.container(gap=None):
        page_top.begin(f"view {opened}")
        return st.pills(
            "Look at",
            names,
            default=opened,
            required=True,
            format_func=lambda name: VIEWS[name][0],
            key=f"view-{opened}",
            on_change=_open,
            args=[f"view-{opened}"],
            label_visibility="collapsed",
            wrap=True,
        )


def _open(key: str) -> None:
    address.open_view(st.session_state[key])
