"""The sidebar: the model in use, the data in use and the run that trains, on every page."""

import streamlit as st

from core import data
from core.runs import notes, queue
from ui import snapshot, state, visitor, wording
from ui.downloads import mnist_download


def draw() -> None:
    """Draw the sidebar; the router does this on every run, before the page."""
    with st.sidebar:
        _model()
        _data()
        _running()
        visitor.remember()


def _model() -> None:
    names = [model.name for model in snapshot.models()]
    active = snapshot.active_model()
    if active is None:
        st.markdown("**No model yet**  \nTrain one, then choose *Use this model*.")
        return
    # Another page may have changed it.
    st.session_state[state.MODEL] = active.name
    st.selectbox("Model in use", names, key=state.MODEL, on_change=_choose_model)
    card = active.card
    st.caption(
        f"Right on {wording.percent(card.test.accuracy)} of the {card.scored_on} digits (accuracy)"
    )
    if note := wording.data_note(card):
        st.caption(note)


def _choose_model() -> None:
    visitor.use(st.session_state[state.MODEL])


def _data() -> None:
    if data.default_source() == "mnist":
        st.markdown("**Data**  \nMNIST, 70,000 digits")
        return
    st.markdown("**Data**  \nOffline sample, 1,797 digits")
    st.caption("Training uses the sample until MNIST is on this machine.")
    mnist_download()


def _running() -> None:
    active = any(run.state.active for run in snapshot.runs())
    st.fragment(_progress, run_every=2.0 if active else None)()


def _progress() -> None:
    run = queue.in_front(snapshot.runs())
    if run is None:
        return
    st.markdown(f"**Training**  \n{wording.verbatim(notes.title(run))}, {run.state}")
    if run.status is not None and run.status.total_steps:
        left = run.status.seconds_left
        st.progress(
            min(run.status.step / run.status.total_steps, 1.0),
            f"{wording.duration(left)} left" if left else None,
        )
    st.page_link(
        "pages/train.py",
        label="Watch the training",
        icon=":material/monitoring:",
        query_params={"run": run.id},
    )
