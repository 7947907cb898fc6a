"""Search spaces that are kept: in the book, in a link and in a file."""

import streamlit as st

from core.sweeps import book, config
from core.sweeps.config import SweepConfig
from ui import clicks, wording
from ui.train import links

ADDRESS = "space"
OPENED = "opened search space"  # has a space, which no name in the book can have
START = "sweep-start"  # key of the choice of where a sweep starts


def in_address() -> SweepConfig | None:
    """Return the search space in the address, if any; say why if it cannot be used."""
    return links.decoded(ADDRESS, config.decode)


def with_data(sweep: SweepConfig) -> SweepConfig:
    """Return a search space with its data where they are here; say so if they are not."""
    source = links.at_hand(sweep.base.data)
    if source is None:
        st.info(
            f"It uses {wording.verbatim(wording.data_name(sweep.base.data))}, which is not on this "
            "machine: bring these digits to Train first."
        )
        return sweep
    base = sweep.base.model_copy(update={"data": source})
    return sweep.model_copy(update={"base": base})


def buttons(sweep: SweepConfig | None, chosen: str) -> None:
    """Show the buttons that save, share, open and delete search spaces."""
    saved, faults = book.read_all()
    with st.container(horizontal=True, gap="small"):
        if sweep is not None:
            with st.popover("Save", icon=":material/bookmark_add:"):
                _save(sweep)
            with st.popover("Share", icon=":material/share:"):
                _share(sweep)
        with st.popover("Open a file", icon=":material/folder_open:"):
            _open()
        if chosen in saved:
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown(f"This deletes *{chosen}* from this list. Its sweeps stay.")
                st.button("Delete it for good", on_click=_delete, args=[chosen])
    for fault in faults:
        st.caption(wording.verbatim(f"A saved search space cannot be used. {fault}"))


def _save(sweep: SweepConfig) -> None:
    st.text_input(
        "Name",
        max_chars=40,
        placeholder="rates-and-sizes",
        key="space-name",
        help="Lower-case letters, digits and hyphens. Replaces what has the same name.",
    )
    st.button("Save these settings", type="primary", on_click=_keep, args=[sweep])


def _keep(sweep: SweepConfig) -> None:
    name = st.session_state["space-name"].strip()

    def keep() -> None:
        book.save(name, sweep)
        st.query_params.pop(ADDRESS, None)
        st.session_state[START] = name

    clicks.attempt(keep, f"Saved as '{name}': it is among the starting points.")


def _share(sweep: SweepConfig) -> None:
    st.markdown("This link opens the form with all these settings. It starts nothing.")
    address = f"{st.context.url or ''}?{ADDRESS}={config.encode(sweep)}"
    st.code(address, language=None, wrap_lines=True)
    st.download_button(
        "Download the file",
        config.to_json(sweep),
        f"{sweep.base.recipe}-sweep.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        key="download-space",
    )


def _open() -> None:
    st.markdown("Choose a file that was downloaded here or elsewhere. Opening it starts nothing.")
    st.file_uploader(
        "Search space (.json)",
        type=["json"],
        max_upload_size=1,
        key="space-file",
        on_change=_take_file,
    )


def _take_file() -> None:
    file = st.session_state["space-file"]
    if file is not None:
        clicks.attempt(lambda: _put(config.from_json(file.getvalue(), file.name)))


def _put(sweep: SweepConfig) -> None:
    st.query_params[ADDRESS] = config.encode(sweep)
    st.session_state[START] = OPENED


def _delete(name: str) -> None:
    st.session_state.pop(START, None)
    clicks.attempt(lambda: book.remove(name), f"Deleted '{name}'.")
