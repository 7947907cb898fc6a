"""Choosing the model to look at: those in ``models/`` and those of runs, named in the address."""

import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.training import notes, store
from ui import cache, text
from ui.inspect import address


def known() -> dict[str, registry.Model]:
    """Return every model that there is to look at, by its name in the address."""
    models = {model.name: model for model in registry.list_models()}
    return models | {run.id: registry.of_run(run) for run in store.list_runs() if run.has_model}


def choose() -> registry.Model | None:
    """Show the choice; returns the model, or ``None`` where there is none to look at."""
    models = known()
    if not models:
        return None
    wanted = st.query_params.get("model")
    if wanted is not None and wanted not in models:
        st.warning(
            text.verbatim(f"There is no model '{wanted}' here any more: this is the one in use.")
        )
        wanted = None
    active = registry.active()
    name = st.selectbox(
        "Model",
        list(models),
        list(models).index(wanted or (active.name if active else next(iter(models)))),
        format_func=lambda name: title(models[name]),
        key=f"inspected-{wanted}",
    )
    if wanted is None:
        st.query_params["model"] = name
    elif name != wanted:
        address.open_model(name)
    if active is not None and active.name != name:
        _another_in_use(models[name], active)
    return models[name]


def _another_in_use(model: registry.Model, active: registry.Model) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = f"You are looking at {called(model)}; {active.name} is in use."
        st.caption(text.verbatim(said), width="content")
        st.button(
            f"Look at {active.name}",
            type="tertiary",
            on_click=address.open_model,
            args=[active.name],
        )


def called(model: registry.Model) -> str:
    """Name a model; a run's by what people call the run, and when it was trained."""
    try:
        run = store.read(model.name) if model.name == cache.card(model).run else None
    except DigitLabError:
        return model.name
    if run is None or run.created is None:
        return model.name
    return f"run {notes.title(run)}, {text.ago(run.created)}"


def title(model: registry.Model) -> str:
    """Name a model, with its accuracy."""
    try:
        card = cache.card(model)
    except DigitLabError:
        return f"{model.name} (damaged)"
    on = text.data_name(card.data.source)
    return f"{called(model)} · {text.percent(card.test.accuracy)} on {on}"
