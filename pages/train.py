"""Train: choose a recipe, start it, watch it learn, use the result."""

import streamlit as st

from ui import navigation, snapshot
from ui.train import form, latest_runs, links, one_run, shown_run, start

if navigation.enter("train"):
    shown_run.forget()
    form.bring_back()
runs = snapshot.runs()
busy = any(run.state.active for run in runs)

st.title("Train a network")
shown = shown_run.choose(runs)
if shown:
    with st.container(border=True):
        one_run.show(shown)
        latest_runs.more(shown.id)

folded = busy and not links.is_waiting()
with st.expander("Train another network", expanded=not folded) if shown else st.container():
    left, right = st.columns([2, 3], gap="large")
    with left:
        recipe = form.choose_recipe(runs)
    with right:
        config = form.settings(recipe)
        start.button(config, waits=busy)
        links.buttons(config, recipe)

st.header("Latest runs")
latest_runs.show(busy)
