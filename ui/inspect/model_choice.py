"""Choosing the model to look at: those in ``models/`` and those of runs, named in the address."""

import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.training import store
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
    if name != wanted:
        if wanted is not None:  # The open cell and image are of the model that one looked at.
            address.close_cell()
            address.close_image()
        st.query_params["model"] = name
    return models[name]


def title(model: registry.Model) -> str:
    """Name a model with its accuracy, and a run's by its recipe and when it was trained."""
    try:
        card = cache.card(model)
    except DigitLabError:
        return f"{model.name} (damaged)"
    name = model.name
    if name == card.run:
        created = store.read(name).created
        name = f"run {card.config.recipe}, {text.ago(created)}" if created else name
    on = text.data_name(card.data.source)
    return f"{name} · {text.percent(card.test.accuracy)} on {on}"
