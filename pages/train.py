"""Train: choose a recipe, start it, watch it learn, use the result."""

import streamlit as st

from ui import charts, navigation, snapshot
from ui.train import another, form, latest_runs, links, one_run, recipe_choice, shown_run, start

if navigation.enter("train"):
    shown_run.arrive()
    form.bring_back()
runs = snapshot.runs()

st.title("Train a network")
shown = shown_run.choose(runs)
if shown:
    with st.container(border=True):
        one_run.show(shown)
        latest_runs.more(shown.id)

if not shown or another.is_open():
    with st.container(key="form"):
        recipe = recipe_choice.choose(runs)
        asked = form.settings(recipe)
        links.buttons(asked.config, recipe)
        start.bar(asked, runs)

st.header("Latest runs")
latest_runs.show(busy=any(run.state.active for run in runs))
charts.load_ahead()
