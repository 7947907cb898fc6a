"""Teach it my handwriting: correcting an answer, and the digits that were corrected."""

from typing import Any

import streamlit as st

from core import corrections, registry
from core.corrections import Correction
from core.errors import DigitLabError
from core.reading.reader import Digit
from ui import pictures, state
from ui.draw import lesson

_PER_PAGE = 24


def correct(model: registry.Model, digit: Digit, strokes: dict[str, Any] | None = None) -> None:
    """Let a person say what a digit is, and keep it.

    Parameters
    ----------
    model : registry.Model
        Which read it.
    digit : Digit
    strokes : dict, optional
        The drawing as the canvas component's JSON, where it is of this digit alone.
    """
    key = "correct-to"
    st.pills(
        "Not right? It is a",
        range(10),
        key=key,
        on_change=_keep,
        args=[key, model.name, digit, strokes],
        wrap=True,
    )
    kept: Correction | None = st.session_state.get(state.KEPT)
    if refusal := st.session_state.pop(state.REFUSED_CORRECTION, None):
        st.error(refusal)
    elif kept is not None and kept.pixels == corrections.pixels_of(digit.image):
        with st.container(horizontal=True, vertical_alignment="center"):
            as_read = ", as it was read" if digit.candidates == [kept.label] else ""
            st.markdown(f"Kept among *my digits* as a **{kept.label}**{as_read}.", width="content")
            st.button("Take it back", icon=":material/undo:", on_click=_undo, key="undo-correction")


def my_digits(model: registry.Model) -> None:
    """Show what was corrected, and teach a copy of the model with it."""
    found = corrections.everything()
    if refusal := st.session_state.pop(state.REFUSED_CORRECTION, None):
        st.error(refusal)
    _offer_to_put_back()
    if not found:
        st.markdown(
            "Your own digits will be here. Choose *a drawing* above and draw; where the answer is "
            "wrong, say below it what the digit is. Some ten of them are enough to teach a copy of "
            "the model your handwriting. Nothing leaves this machine."
        )
        lesson.last(model)
        return
    lesson.offer(model, len(found))
    lesson.last(model)
    _listed(found)


def _listed(found: list[Correction]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("The digits that you corrected", width="content")
        st.download_button(
            "As a data set",
            lambda: corrections.as_data_set(corrections.everything()),
            "my-digits.npz",
            "application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            help="Images and labels in an .npz file, which Train takes as a data set of your own.",
        )
    chosen = next((one for one in found if one.id == st.session_state.get(state.EDITED)), None)
    if chosen is not None:
        _editor(chosen)
    pages = -(-len(found) // _PER_PAGE)
    page = 1 if pages == 1 else min(st.pagination(pages, key="my-digits-page"), pages)
    with st.grid(min_column_width=84, gap="small"):
        for one in found[(page - 1) * _PER_PAGE : page * _PER_PAGE]:
            with st.container(gap="xxsmall"):
                pictures.digit(one.image, f"Your {one.label}, read as {one.answer}")
                colour = "blue" if one.label == one.answer else "orange"
                st.markdown(f"{one.label}, read as :{colour}[**{one.answer}**]")
                st.button(
                    "Change",
                    key=f"change-{one.id}",
                    on_click=_edit,
                    args=[one.id],
                    type="tertiary",
                    help=f"Corrected on {one.created:%d %b %Y, %H:%M} UTC.",
                )


def _editor(chosen: Correction) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        pictures.digit(chosen.image, f"The digit to change, a {chosen.label}")
        with st.container(key="beside-edited"):
            st.pills(
                "It is a",
                range(10),
                default=chosen.label,
                required=True,
                key=f"label-of-{chosen.id}",
                on_change=_relabel,
                args=[chosen.id],
                wrap=True,
            )
            with st.container(horizontal=True):
                st.button("Done", on_click=_edit, args=[None], key="done-editing")
                st.button(
                    "Remove",
                    icon=":material/delete:",
                    on_click=_remove,
                    args=[chosen.id],
                    key="remove-edited",
                )


def _offer_to_put_back() -> None:
    removed: Correction | None = st.session_state.get(state.REMOVED)
    if removed is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"A digit, your {removed.label}, was removed.", width="content")
            st.button("Put it back", icon=":material/undo:", on_click=_put_back)


def _keep(key: str, model: str, digit: Digit, strokes: dict[str, Any] | None) -> None:
    label = st.session_state[key]
    st.session_state[key] = None  # The next digit is another question.
    if label is None:
        return
    before: Correction | None = st.session_state.get(state.KEPT)
    sure = float(digit.probabilities[digit.digit])
    try:
        if before is not None and before.pixels == corrections.pixels_of(digit.image):
            kept = corrections.relabel(before.id, label)
        else:
            kept = corrections.keep(digit.image, label, digit.digit, sure, model, strokes)
    except DigitLabError as fault:
        st.session_state[state.REFUSED_CORRECTION] = str(fault)
    else:
        st.session_state[state.KEPT] = kept


def _undo() -> None:
    kept: Correction = st.session_state.pop(state.KEPT)
    try:
        corrections.remove(kept.id)
    except DigitLabError as fault:
        st.session_state[state.REFUSED_CORRECTION] = str(fault)


def _edit(correction_id: str | None) -> None:
    st.session_state[state.EDITED] = correction_id


def _relabel(correction_id: str) -> None:
    try:
        corrections.relabel(correction_id, st.session_state[f"label-of-{correction_id}"])
    except DigitLabError as fault:
        st.session_state[state.REFUSED_CORRECTION] = str(fault)


def _remove(correction_id: str) -> None:
    st.session_state[state.EDITED] = None
    try:
        st.session_state[state.REMOVED] = corrections.remove(correction_id)
    except DigitLabError as fault:
        st.session_state[state.REFUSED_CORRECTION] = str(fault)


def _put_back() -> None:
    try:
        corrections.put_back(st.session_state.pop(state.REMOVED))
    except DigitLabError as fault:
        st.session_state[state.REFUSED_CORRECTION] = str(fault)
