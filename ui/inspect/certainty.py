"""Confidence: the calibration of the probabilities, and a threshold for accepting answers."""

import streamlit as st

from core import registry
from core.cards import Card
from ui import cache, tables
from ui.inspect import reliability, threshold


def show(model: registry.Model, card: Card) -> None:
    """Show how well confidence matches accuracy, and offer a choice of threshold."""
    st.subheader("Reliability of the probabilities (calibration)")
    reliability.diagram(cache.reliability_of(model), model.name)
    st.subheader("Threshold for accepting answers")
    rows = tables.answers(model)
    right = (rows["label"] == rows["answer"]).to_numpy()
    threshold.explorer(rows["confidence"].to_numpy(), right, model.name)
