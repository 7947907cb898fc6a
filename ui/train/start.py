"""The bar that starts a training, in sight wherever one is in the form, and what it will cost."""

from collections.abc import Sequence

import streamlit as st

from core.architecture import parameter_count
from core.cluster import errand
from core.config import TrainConfig
from core.errors import DigitLabError
from core.launch import process
from core.runs import store
from ui import canvas, charts, cost, state, visitor, wording
from ui.train import links
from ui.train.form import Asked

_HERE = "train-here"
_ON_THIS_MACHINE = (
    "Off: any machine of the cluster trains it, whichever is free first, and you watch it here all "
    "the same. On: this machine does."
)
_STYLE = """
<style>
:has(> .st-key-start-bar) {{ position: sticky; bottom: 0; z-index: 2; background: {ground} }}
.st-key-start-bar {{ padding-block: 0.75rem; border-top: 1px solid {line} }}
</style>
"""


def bar(asked: Asked, runs: Sequence[store.Run]) -> None:
    """Show the button that starts a training, after which the page shows the new run.

    Parameters
    ----------
    asked : Asked
        What the form asks for.
    runs : sequence of Run
        Of this machine, newest first.
    """
    elsewhere = errand.is_set()
    here = not elsewhere or bool(st.session_state.get(_HERE))
    waits = here and any(run.state.active and not run.is_elsewhere for run in runs)
    refusal = cost.refusal(asked.config, runs, here=here) if asked.config else ""
    st.html(
        _STYLE.format(ground=charts.ground_colour(), line=charts.fade(charts.text_colour(), 0.2))
    )
    with st.container(key="start-bar", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            started = st.button(
                "Add to the queue" if waits else "Start training",
                type="primary",
                width=170,
                disabled=asked.config is None or bool(refusal),
            )
            if elsewhere:
                st.toggle("On this machine", key=_HERE, help=_ON_THIS_MACHINE)
            if fault := asked.fault or refusal:
                st.error(wording.verbatim(fault))
            elif asked.config is None:
                st.caption(asked.hint)
            else:
                st.markdown(_cost(asked.config, runs, here))
        if started and asked.config is not None:
            _start(asked.config, here)
    if not waits and not started:
        process.prepare()


def _cost(config: TrainConfig, runs: Sequence[store.Run], here: bool) -> str:
    parameters = f"{parameter_count(config.layers):,} parameters."
    if not here:
        return f"**Goes to the next free machine of the cluster.** {parameters}"
    return " ".join(
        [f"**{cost.takes(config, runs)}**", parameters, cost.needs(config), cost.waits(runs)]
    )


def _start(config: TrainConfig, here: bool) -> None:
    try:
        owner = "" if here else visitor.own_name()
        run = process.launch(config, canvas.last_digit(), owner=owner, here=here)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    links.started()
    st.session_state[state.FORM_OPEN] = None
    st.query_params["run"] = run.id
    st.rerun()
