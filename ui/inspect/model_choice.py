"""Choice of the model to inspect, from ``models/`` and from runs; the address names it."""

from dataclasses import dataclass

import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.runs import contract, notes
from ui import snapshot, wording
from ui.inspect import address

_BOX_PX = 280


@dataclass(frozen=True)
class Choice:
    """A model to inspect, and its run if it lies in the folder of one."""

    model: registry.Model
    run: contract.Run | None = None


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
        format_func=lambda name: title(choices[name], with_accuracy=False),
        key=key,
        on_change=lambda: address.open_model(st.session_state[key]),
        label_visibility="collapsed",
        width=_BOX_PX,
    )
    address.of_model(name)
    if active is not None and active.name != name:
        st.button(
            wording.verbatim(f"Inspect {active.name}, the model in use"),
            type="tertiary",
            on_click=address.open_model,
            args=[active.name],
        )
    return choices[name].model


def called(choice: Choice) -> str:
    """Name a model; the model of a run by the run's title and age."""
    if choice.run is None or choice.run.created is None:
        return choice.model.name
    return f"run {notes.title(choice.run)}, {wording.ago(choice.run.created)}"


def title(choice: Choice, with_accuracy: bool = True) -> str:
    """Name a model with its test data, and with its accuracy if that stands nowhere beside it."""
    try:
        card = choice.model.card
    except DigitLabError:
        return f"{choice.model.name} (damaged)"
    accuracy = f"{wording.percent(card.test.accuracy)} on " if with_accuracy else ""
    return f"{called(choice)} · {accuracy}{wording.measured_on(card.data.source, card.scored_on)}"
