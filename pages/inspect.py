"""Inspect: from how often a model is right to the very images that it gets wrong, and why."""

import streamlit as st

from core.errors import DigitLabError
from ui import cache, navigation, scores, wording
from ui.inspect import address, image, model_choice, views

navigation.enter("inspect")

st.title("Inspect a model")
model = model_choice.choose()
if model is None:
    st.markdown("Models will be inspected here, as soon as one is trained.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()

try:
    card = cache.card(model)
    rows = cache.answer_table(model)  # a damaged one is told here, whatever is shown below
    index = address.image(card.test.n)
    if index is not None:
        image.show(model, card, rows, cache.test_pictures(model), index)
    else:
        scores.headline(card)
        _, show = views.VIEWS[views.choose()]
        show(model, card)
        cache.prepare(model)
except DigitLabError as fault:  # once for all files of the model, whichever view reads them
    st.error(wording.verbatim(fault))
