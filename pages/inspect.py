"""Inspect: a model's accuracy, the images that it misreads, and the reasons."""

import streamlit as st

from core.errors import DigitLabError
from ui import cache, charts, layout, navigation, own_model, scores, tables, wording
from ui.inspect import address, image, model_choice, views

navigation.enter("inspect")

with st.container(horizontal=True, vertical_alignment="bottom", key="inspect-head"):
    st.title("Inspect a model", width="content", anchor=False)
    model = model_choice.choose()
    own_model.offer()
    if model is not None:
        own_model.delete(model)
own_model.deleted()
if model is None:
    st.markdown("You can inspect models here. Train one first.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()

try:
    card = model.card
    rows = tables.answers(model)  # reports a damaged file here, whatever is shown below
    index = address.image(card.test.n)
    if index is not None:
        image.show(model, card, rows, cache.test_pictures(model), index)
    else:
        scores.headline(card)
        view = views.choose()
        with layout.stage(f"{view} of {model.name}"):
            views.VIEWS[view][1](model, card)
            scores.facts(card)
        cache.prepare(model)
        charts.load_ahead()
except DigitLabError as fault:  # of any of the model's files, whichever view reads it
    st.error(wording.verbatim(fault))
