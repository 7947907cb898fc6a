"""Inspect: from how often a model is right to the very images that it gets wrong."""

import numpy as np
import streamlit as st

from core.errors import DigitLabError
from ui import (
    cache,
    confusion,
    exports,
    gallery,
    layout,
    model_choice,
    navigation,
    reliability,
    scores,
)

navigation.enter("inspect")

st.title("Inspect a model")
model = model_choice.choose()
if model is None:
    st.markdown("Models will be inspected here, as soon as one is trained.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()

try:
    card = cache.card(model)
    rows = cache.answer_table(model)
    calibration = cache.reliability_of(model)
except DigitLabError as fault:
    st.error(str(fault))
    st.stop()

scores.headline(card)
left, right = layout.two_parts(confusion.WIDTH, "matrix")
with left:
    gallery.matrix(np.array(card.test.confusion), model.name)
with right:
    gallery.images(rows, cache.test_pictures(model), model.name, card.data.source)
st.subheader("Digit by digit")
scores.by_digit(card.test, model.name)
st.subheader("Do its probabilities mean what they say?")
reliability.diagram(calibration, model.name)
st.subheader("Take it with you")
exports.show(model)
