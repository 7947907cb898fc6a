"""The views of the Inspect page, from general to particular; only the one that is open is computed.

A view is a module with ``show(model, card)``.
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
    "mistakes": ("Its mistakes", mistakes.show),
    "digits": ("Digit by digit", by_digit.show),
    "certainty": ("How sure it is", certainty.show),
    "map": ("What looks alike", embedding_map.show),
    "robustness": ("If the picture is bad", robustness.show),
    "slices": ("Thick, thin, slanted", slices.show),
    "duel": ("Against another", duel.show),
    "labels": ("Are the labels right", labels.show),
    "inside": ("Looking inside", inside.show),
    "take": ("Take it with you", take_along.show),
}


def choose() -> str:
    """Show the choice of a view and return the name of the one that is open."""
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
