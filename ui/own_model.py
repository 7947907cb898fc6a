"""A visitor's own model: trained or uploaded, kept under a name, used, and deleted."""

from functools import partial

import streamlit as st

from core import own_models, registry
from core.brought_models import jobs
from core.errors import DigitLabError
from core.reading.network import MAX_BYTES
from ui import cache, clicks, state, visitor, wording

_LOOK_EVERY_S = 0.5


def use_trained(run_id: str, wanted: str) -> None:
    """Save the model of a run and let this visitor use it: the callback of a button.

    Parameters
    ----------
    run_id : str
        The run. Nothing is done if its model is saved already: a double click is one click.
    wanted : str
        Name of the model; a number is added if it is taken.
    """
    if own_models.promoted_as(run_id, registry.list_models()):
        return
    name = own_models.free_name(wanted)

    def use() -> None:
        own_models.promote(run_id, name)
        visitor.use(name)

    clicks.attempt(use, f"'{name}' is now the model in use.")


def offer() -> None:
    """Offer to bring a model from elsewhere, which then is one of those here."""
    with st.popover("Try a model of your own", icon=":material/upload:"):
        running = cache.jobs().state(_key()) == "running"
        st.fragment(_content, run_every=_LOOK_EVERY_S if running else None)(running)


def delete(model: registry.Model) -> None:
    """Offer to delete a model that was saved or added under a name."""
    if own_models.is_own(model):
        st.button(
            "Delete this model",
            key="delete-model",
            icon=":material/delete:",
            on_click=_delete,
            args=(model.name,),
            help="Can be undone for an hour.",
        )


def _delete(name: str) -> None:
    def remove() -> None:
        own_models.remove(name)
        st.query_params.clear()  # they name it, and places in it

    clicks.attempt(remove)


def deleted() -> None:
    """Name the deleted models and offer to restore them."""
    names = own_models.removed()
    if not names:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Deleted:** {wording.verbatim(wording.enumeration(names))}", width="content")
        st.button(
            "Restore" if len(names) == 1 else f"Restore all {len(names)}",
            key="undo-models",
            icon=":material/undo:",
            on_click=clicks.attempt,
            args=(partial(_restore, names),),
        )
        st.caption("Deleted models can be restored for an hour.", width="content")


def _restore(names: list[str]) -> None:
    for name in names:
        own_models.restore(name)


def _content(was_running: bool) -> None:
    key = _key()
    now = cache.jobs().state(key)
    if was_running != (now == "running"):
        st.rerun()  # Once, so that the page looks again, or stops looking.
    if now == "running":
        seconds = cache.jobs().seconds(key)
        st.markdown("It is tried on a few hundred digits, to find how it wants its pictures.")
        st.button(
            f"Looking at it, {wording.duration(seconds)}" if seconds else "Waiting",
            icon="spinner",
            disabled=True,
            key="own-model-runs",
        )
        return
    if now == "done":
        _taken(st.session_state[state.OWN_MODEL][1])
    _upload()
    if now == "failed":
        st.error(wording.verbatim(cache.jobs().error(key)))


def _upload() -> None:
    st.markdown(
        "A file of Keras (`.keras` or HDF5) or of PyTorch and other programs (ONNX) with ten "
        "outputs, one for each digit."
    )
    file = st.file_uploader(
        "File of the model", max_upload_size=MAX_BYTES // 10**6, key="own-model-file"
    )
    if file is None:
        return
    name = st.text_input(
        "Name here",
        jobs.suggested_name(file.name),
        key=f"own-model-name-{file.file_id}",
        help="Lower-case letters, digits and hyphens.",
    )
    if st.button("Look at it", type="primary", key="own-model-start"):
        try:
            key = jobs.start(cache.jobs(), file.name, file.getvalue(), name.strip())
        except DigitLabError as fault:
            st.error(wording.verbatim(fault))
        else:
            st.session_state[state.OWN_MODEL] = key, name.strip()
            st.rerun()


def _taken(name: str) -> None:
    """Say how a model was taken, and lead to what can be done with it."""
    try:
        card = registry.find(name).card
    except DigitLabError as fault:  # somebody removed it meanwhile
        st.error(wording.verbatim(fault))
        return
    accuracy = wording.percent(card.test.accuracy)
    st.markdown(f"**{name}** is one of the models now. It is right on {accuracy} of test digits.")
    if card.origin:
        st.caption(wording.verbatim(card.origin.presentation))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "pages/inspect.py",
            label="Inspect it",
            icon=":material/search:",
            query_params={"model": name},
        )
        if st.button("Draw for it", icon=":material/draw:", key="own-model-draw"):
            visitor.use(name)
            st.switch_page("pages/draw.py")


def _key() -> str:
    return st.session_state.get(state.OWN_MODEL, ("", ""))[0]
