"""How far its probabilities can be trusted."""

import streamlit as st

from core import registry
from core.cards import Card
from ui import cache
from ui.inspect import reliability


def show(model: registry.Model, card: Card) -> None:
    """Show how far what it says agrees with how often it is right."""
    st.subheader("Do its probabilities mean what they say?")
    reliability.diagram(cache.reliability_of(model), model.name)
