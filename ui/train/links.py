"""Links and files with configurations: opening one in the form, sharing it, and saving it.

The address holds one as ``config``. It appears among the recipes, fills the form when it is new,
and never starts anything. Opened files and suggested changes work in the same way.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core import data
from core.config import TrainConfig
from core.data import files
from core.errors import DigitLabError
from core.recipes import link, own
from core.recipes.shipped import RECIPES, Recipe
from ui import clicks, state, wording
from ui.train import own_data

OPENED = "opened configuration"  # has a space, which no recipe's name can have
ADDRESS = "config"
Decoded = TypeVar("Decoded")


def opened() -> Recipe | None:
    """Return the configuration in the address as a recipe; say why if it cannot be used."""
    config = in_address()
    if config is None:
        return None
    encoded = st.query_params[ADDRESS]
    source = at_hand(config.data)
    if st.session_state.get(state.OPENED) != encoded:
        st.session_state[state.OPENED] = encoded
        st.session_state[state.OPENINGS] = st.session_state.get(state.OPENINGS, 0) + 1
        st.session_state["recipe"] = OPENED
        st.session_state["data"] = source or data.default_source()
        st.session_state[state.CHOSEN_DATA] = source is not None
        # A recipe that the address names as well would win in this run. If the form was shown
        # before, the name belongs to its widget, which follows the choice by itself.
        with suppress(StreamlitAPIException):
            if st.query_params.pop("recipe", None):
                st.rerun()
    if source is None:
        st.info(
            f"This configuration uses {wording.verbatim(wording.data_name(config.data))}, which is "
            "not on this machine. Choose other data."
        )
    else:
        config = config.model_copy(update={"data": source})
    return Recipe(config, _summary(config), "-")


def in_address() -> TrainConfig | None:
    """Return the configuration in the address, if any; say why if it cannot be used."""
    return decoded(ADDRESS, link.decode)


def decoded(name: str, decode: Callable[[str], Decoded]) -> Decoded | None:
    """Return what the address holds under a name, if anything; say why if it cannot be used."""
    encoded = st.query_params.get(name)
    if encoded is None:
        return None
    try:
        return decode(encoded)
    except DigitLabError as fault:
        st.warning(wording.verbatim(f"{fault} Nothing was changed."))
        del st.query_params[name]
        return None


def bring_back() -> None:
    """Put the open configuration back into an address that lost it on another page."""
    encoded = st.session_state.get(state.OPENED)
    if encoded and st.session_state.get("recipe") == OPENED and ADDRESS not in st.query_params:
        st.query_params[ADDRESS] = encoded


def is_waiting() -> bool:
    """Return whether a configuration is open from which no run was started yet."""
    encoded = st.query_params.get(ADDRESS)
    return encoded is not None and encoded != st.session_state.get(state.STARTED)


def started() -> None:
    """Remember that a run was started from the open configuration."""
    st.session_state[state.STARTED] = st.query_params.get(ADDRESS)


def open_in_form(config: TrainConfig) -> None:
    """Put a configuration into the address, and so into the form; a callback."""
    st.query_params[ADDRESS] = link.encode(config)
    # Even if the same one was opened before, and another recipe was chosen since.
    st.session_state[state.OPENED] = st.session_state[state.STARTED] = None
    st.session_state[state.FORM_OPEN] = None


def is_open(config: TrainConfig) -> bool:
    """Return whether the address holds this configuration."""
    return st.query_params.get(ADDRESS) == link.encode(config)


def buttons(config: TrainConfig | None, recipe: Recipe) -> None:
    """Show the buttons that share, save and open configurations."""
    with st.container(horizontal=True, gap="small"):
        if config is not None:
            with st.popover("Share this configuration", icon=":material/share:"):
                _share(config)
            with st.popover("Save as a recipe", icon=":material/bookmark_add:"):
                _save(config)
            st.page_link(
                "pages/sweep.py",
                label="Vary these settings",
                icon=":material/tune:",
                query_params={ADDRESS: link.encode(config)},
            )
        with st.popover("Open a file", icon=":material/folder_open:"):
            _open()
        own_data.bring()
        if recipe.name not in RECIPES and st.session_state["recipe"] == recipe.name:
            with st.popover("Delete this recipe", icon=":material/delete:"):
                st.markdown(f"This deletes the recipe *{recipe.name}*. Runs that used it stay.")
                st.button("Delete it for good", on_click=_delete, args=(recipe.name,))
    for fault in own.read_all().faults:
        st.caption(wording.verbatim(f"One of your recipes cannot be used. {fault}"))


def _share(config: TrainConfig) -> None:
    address = f"{st.context.url or ''}?{ADDRESS}={link.encode(config)}"
    st.markdown("This link opens the form with all these settings. It starts nothing.")
    st.code(address, language=None, wrap_lines=True)
    st.download_button(
        "Download the file",
        link.to_json(config),
        f"{config.recipe}.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        key="download-configuration",
    )
    if config.data not in ("mnist", "sample"):
        st.caption("The link contains only the name of your data set, not its digits.")


def _save(config: TrainConfig) -> None:
    st.text_input(
        "Name",
        max_chars=40,
        placeholder="my-network",
        key="own-recipe-name",
        help="Lower-case letters, digits and hyphens. Replaces your recipe with the same name.",
    )
    st.button("Save", type="primary", on_click=_keep, args=(config,))
    if refusal := st.session_state.pop(state.REFUSED_RECIPE, None):
        st.error(wording.verbatim(refusal))


def _keep(config: TrainConfig) -> None:
    name = st.session_state["own-recipe-name"].strip()
    try:
        own.save(name, config)
    except DigitLabError as fault:
        st.session_state[state.REFUSED_RECIPE] = str(fault)
    else:
        st.session_state["recipe"] = name
        st.toast(wording.verbatim(f"Saved the recipe '{name}'."))


def _delete(name: str) -> None:
    def remove() -> None:
        own.remove(name)
        st.session_state["recipe"] = next(iter(RECIPES))

    clicks.attempt(remove, f"Deleted the recipe '{name}'.")


def _open() -> None:
    st.markdown(
        "Choose a configuration that was downloaded here or elsewhere. Opening it starts nothing."
    )
    st.file_uploader(
        "Configuration (.json)",
        type=["json"],
        max_upload_size=1,
        key="configuration-file",
        on_change=_take_file,
    )
    if refusal := st.session_state.get(state.REFUSED_CONFIGURATION):
        st.error(wording.verbatim(refusal))


def _take_file() -> None:
    file = st.session_state["configuration-file"]
    st.session_state[state.REFUSED_CONFIGURATION] = None
    if file is None:
        return
    try:
        open_in_form(link.from_json(file.getvalue(), file.name))
    except DigitLabError as fault:
        st.session_state[state.REFUSED_CONFIGURATION] = str(fault)


def at_hand(source: str) -> str | None:
    """Return the data that a configuration names, or ``None`` if it is not on this machine."""
    if source == "sample" or source == data.default_source():
        return source
    file = files.own_file(source)
    return None if file is None else str(file)


def _summary(config: TrainConfig) -> str:
    recipe = RECIPES.get(config.recipe)
    if recipe is None:
        return f"Opened from a link or a file: the custom recipe *{config.recipe}*."
    usual = recipe.config_for(config.data)
    names = [name.replace("_", " ") for name, value in config if value != getattr(usual, name)]
    if not names:
        return f"Opened from a link or a file: *{recipe.name}*, unchanged."
    differs = wording.enumeration(names) if len(names) <= 6 else f"{len(names)} settings"
    return f"Opened from a link or a file: *{recipe.name}* with changes: {differs}."
