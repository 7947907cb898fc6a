"""The bar that starts a training, in sight wherever one is in the form, and what it will cost."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.architecture import parameter_count
from core.cluster import errand
from core.config import TrainConfig
from core.errors import DigitLabError
from core.launch import process
from core.runs import contract
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


def bar(asked: Asked, runs: Sequence[contract.Run]) -> None:
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
    # None also where Streamlit called nothing on a click: the button was disabled when last drawn.
    served = st.session_state.pop(state.SERVED, None)
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
                on_click=_start_at_once,
                args=(asked.config, here, _said()),
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
            _start(asked.config, here, served)
    if not waits and not started:
        process.prepare()


def _cost(config: TrainConfig, runs: Sequence[contract.Run], here: bool) -> str:
    parameters = f"{parameter_count(config.layers):,} parameters."
    if not here:
        return f"**Goes to the next free machine of the cluster.** {parameters}"
    return " ".join(
        [f"**{cost.takes(config, runs)}**", parameters, cost.needs(config), cost.waits(runs)]
    )


def _said() -> dict[str, object]:
    """Return the value of each widget, and whatever else the session knows in a word."""
    plain = (str, int, float, bool, type(None))
    known: dict[str, object] = {state.LAUNCHED: None}
    for key, said in st.session_state.items():
        if isinstance(said, plain):
            known[str(key)] = said
    return known


def _start_at_once(config: TrainConfig | None, here: bool, said: Mapping[str, object]) -> None:
    """Start what the form asked for when it was drawn, unless something was changed since.

    So the form need not be drawn once more, only to be left. A change that comes with the click, as
    a second click does, is left to `bar`.
    """
    now = _said()
    if config is not None and all(now.get(key) == value for key, value in said.items()):
        st.session_state[state.SERVED] = _launch(config, here)


def _start(config: TrainConfig, here: bool, served: str | None) -> None:
    """Start a training if the click has not done so, or say why it was refused."""
    refusal = _launch(config, here) if served is None else served
    if refusal:
        st.error(wording.verbatim(refusal))
    elif served is None:
        st.rerun()


def _launch(config: TrainConfig, here: bool) -> str:
    """Start a training, which the page then shows; return why it was refused, if it was."""
    try:
        owner = "" if here else visitor.own_name()
        run = process.launch(config, canvas.last_digit(), owner=owner, here=here)
    except DigitLabError as fault:
        return str(fault)
    links.started()
    st.session_state[state.FORM_OPEN] = None
    st.session_state[state.LAUNCHED] = run.id
    st.query_params["run"] = run.id
    return ""
