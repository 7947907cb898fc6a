"""How far its probabilities can be trusted, and what accepting only sure answers comes to."""

import streamlit as st

from core import registry
from core.cards import Card
from ui import cache
from ui.inspect import reliability, threshold


def show(model: registry.Model, card: Card) -> None:
    """Show how far sureness agrees with being right, and let people choose how sure is enough."""
    st.subheader("Do its probabilities mean what they say?")
    reliability.diagram(cache.reliability_of(model), model.name)
    st.subheader("What if only sure answers count?")
    rows = cache.answer_table(model)
    right = (rows["label"] == rows["answer"]).to_numpy()
    threshold.explorer(rows["confidence"].to_numpy(), right, model.name)
