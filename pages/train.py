"""Train: choose a recipe, start it, watch it learn, keep the result."""

import streamlit as st

from core.errors import DigitLabError
from core.launch.process import launch
from core.runs import queue, store
from ui import canvas, navigation, state, wording
from ui.train import form, latest_runs, one_run, sharing

if navigation.enter("train"):
    st.session_state.pop(state.TRAINED, None)
    form.bring_back()
runs = store.list_runs()
busy = [run for run in runs if run.state.active]

st.title("Train a network")


def shown_run() -> str | None:
    """Return the run that the address names, else the one that trains now, also once it is over.

    It is not put into the address: the browser's own way back would have a step that leads nowhere.
    """
    ids = {run.id for run in runs}
    if (named := st.query_params.get("run")) in ids:
        return named
    if st.session_state.get(state.TRAINED) not in ids:
        trains = queue.in_front(busy)
        st.session_state[state.TRAINED] = trains and trains.id
    return st.session_state[state.TRAINED]


shown = shown_run()
if st.query_params.get("run", shown) != shown:
    st.info("The run that this address names is not here any more.")
    del st.query_params["run"]
if shown:
    with st.container(border=True):
        one_run.show(shown)
        latest_runs.more(shown)

folded = bool(busy) and not sharing.is_waiting()
with st.expander("Train another network", expanded=not folded) if shown else st.container():
    left, right = st.columns([2, 3], gap="large")
    with left:
        recipe = form.choose_recipe(runs)
    with right:
        config = form.settings(recipe)
        label = "Start training" if not busy else "Queue this training"
        if st.button(label, type="primary", width="stretch", disabled=config is None):
            try:
                st.query_params["run"] = launch(config, canvas.last_digit()).id
            except DigitLabError as fault:
                st.error(wording.verbatim(fault))
            else:
                sharing.started()
                st.rerun()
        sharing.buttons(config, recipe)

st.header("Latest runs")
latest_runs.show()
