"""The button that starts a training with the settings in the form."""

import streamlit as st

from core.config import TrainConfig
from core.errors import DigitLabError
from core.launch import process, standby
from ui import canvas, wording
from ui.train import links


def button(config: TrainConfig | None, waits: bool) -> None:
    """Show the button that starts a training, after which the page shows the new run.

    Parameters
    ----------
    config : TrainConfig or None
        ``None`` if the form holds a refused setting.
    waits : bool
        Whether another run trains, so that this one must wait.
    """
    label = "Add to the queue" if waits else "Start training"
    asked = st.button(label, type="primary", width="stretch", disabled=config is None)
    if not waits and not asked:
        standby.prepare()
    if config is None or not asked:
        return
    try:
        st.query_params["run"] = process.launch(config, canvas.last_digit()).id
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
    else:
        links.started()
        st.rerun()
