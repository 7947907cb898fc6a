"""Train: choose a recipe, start it, watch it learn, keep the result."""

import streamlit as st

from core.errors import DigitLabError
from core.launch.process import launch
from core.runs import queue, store
from ui import live, navigation, run_list, share, state, train_form, wording
from ui.draw import reading

if navigation.enter("train"):
    st.session_state.pop(state.TRAINED, None)
    train_form.bring_back()
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
        live.show(shown)
        run_list.more(shown)

folded = bool(busy) and not share.is_waiting()
with st.expander("Train another network", expanded=not folded) if shown else st.container():
    left, right = st.columns([2, 3], gap="large")
    with left:
        recipe = train_form.choose_recipe(runs)
    with right:
        config = train_form.settings(recipe)
        label = "Start training" if not busy else "Queue this training"
        if st.button(label, type="primary", width="stretch", disabled=config is None):
            try:
                st.query_params["run"] = launch(config, reading.last_digit()).id
            except DigitLabError as fault:
                st.error(wording.verbatim(fault))
            else:
                share.started()
                st.rerun()
        share.buttons(config, recipe)

st.header("Latest runs")
run_list.show()
