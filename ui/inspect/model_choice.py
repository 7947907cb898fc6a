"""Choice of the model to inspect, from ``models/`` and from runs; the address names it."""

from dataclasses import dataclass

import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.runs import notes, store
from ui import snapshot, wording
from ui.inspect import address


@dataclass(frozen=True)
class Choice:
    """A model to inspect, and its run if it lies in the folder of one."""

    model: registry.Model
    run: store.Run | None = None


def known() -> dict[str, Choice]:
    """Return all models to inspect, by their names in the address."""
    return snapshot.once(_known)


def _known() -> dict[str, Choice]:
    found = {model.name: Choice(model) for model in snapshot.models()}
    runs = [run for run in snapshot.runs() if run.has_model]
    return found | {run.id: Choice(registry.of_run(run), run) for run in runs}


def choose() -> registry.Model | None:
    """Show the choice and return the model, or ``None`` if there is none."""
    choices = known()
    if not choices:
        return None
    wanted = st.query_params.get("model")
    if wanted is not None and wanted not in choices:
        st.warning(
            wording.verbatim(f"The model '{wanted}' no longer exists. This is the model in use.")
        )
        wanted = None
    active = snapshot.active_model()
    shown = wanted or (active.name if active else next(iter(choices)))
    key = f"inspected-{shown}"
    name = st.selectbox(
        "Model",
        list(choices),
        list(choices).index(shown),
        format_func=lambda name: title(choices[name]),
        key=key,
        on_change=lambda: address.open_model(st.session_state[key]),
    )
    address.of_model(name)
    if active is not None and active.name != name:
        _another_in_use(choices[name], active)
    return choices[name].model


def _another_in_use(choice: Choice, active: registry.Model) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = f"You are inspecting {called(choice)}. The model in use is {active.name}."
        st.caption(wording.verbatim(said), width="content")
        st.button(
            f"Inspect {active.name}",
            type="tertiary",
            on_click=address.open_model,
            args=[active.name],
        )


def called(choice: Choice) -> str:
    """Name a model; the model of a run by the run's title and age."""
    if choice.run is None or choice.run.created is None:
        return choice.model.name
    return f"run {notes.title(choice.run)}, {wording.ago(choice.run.created)}"


def title(choice: Choice) -> str:
    """Name a model, with its accuracy."""
    try:
        card = choice.model.card
    except DigitLabError:
        return f"{choice.model.name} (damaged)"
    on = wording.data_name(card.data.source)
    return f"{called(choice)} · {wording.percent(card.test.accuracy)} on {on}"
