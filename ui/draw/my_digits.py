"""Corrections on Draw: correcting an answer, and the list of corrected digits."""

from typing import Any

import streamlit as st

from core import registry
from core.people import corrections
from core.people.corrections import Correction
from core.reading.reader import Digit, Reading
from core.wording import a_digit
from ui import answer, clicks, paging, pictures, state, wording
from ui.draw import fine_tuning

_PER_PAGE = 24


def correct(
    model: registry.Model, found: Reading, digit: Digit, strokes: dict[str, Any] | None = None
) -> None:
    """Offer to correct the answer to one digit, and keep the correction.

    Parameters
    ----------
    model : registry.Model
        The model that read it.
    found : Reading
        Everything that was read with it.
    digit : Digit
    strokes : dict, optional
        The drawing as the canvas component's JSON; kept only if it shows this digit alone.
    """
    key, which = "correct-to", ""
    if len(found.digits) > 1:
        strokes = None
        place = next(k for k, one in enumerate(found.digits) if one is digit)
        which = f"{answer.ordinal(place)} "
    st.pills(
        f"Wrong? The {which}digit is",
        range(10),
        key=key,
        on_change=_keep,
        args=[key, model.name, digit, strokes],
        wrap=True,
    )
    clicks.say()
    correction = _correction_of(digit)
    if correction is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            as_read = ", as it was read" if digit.candidates == [correction.label] else ""
            label = a_digit(correction.label, "**")
            st.markdown(f"Saved in *My digits* as {label}{as_read}.", width="content")
            st.button(
                "Undo the correction",
                icon=":material/undo:",
                on_click=_undo,
                key="undo-correction",
            )


def show(model: registry.Model) -> None:
    """Show the corrected digits, and offer to fine-tune a copy of the model on them."""
    found = corrections.everything()
    _offer_to_put_back()
    if not found:
        st.markdown(
            "Your corrected digits will be here. Choose *Digit* above and draw. If the answer is "
            "wrong, choose the right digit below it. About ten are enough to teach a copy of the "
            "model your handwriting. Nothing leaves this machine."
        )
        fine_tuning.last(model)
        return
    fine_tuning.offer(model, len(found))
    fine_tuning.last(model)
    _listed(found)


def _listed(found: list[Correction]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Corrected digits", width="content")
        st.download_button(
            "Download the digits",
            lambda: corrections.as_data_set(corrections.everything()),
            "my-digits.npz",
            "application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            help="Images and labels in an .npz file, which Train accepts as your own data set.",
        )
    chosen = next((one for one in found if one.id == st.session_state.get(state.EDITED)), None)
    if chosen is not None:
        _editor(chosen)
    page = paging.choose(len(found), _PER_PAGE, "my-digits-page")
    with st.grid(min_column_width=84, gap="small"):
        for one in found[page]:
            with st.container(gap="xxsmall"):
                pictures.digit(one.image, f"Your {one.label}, read as {one.answer}")
                answer = wording.judged(f"**{one.answer}**", one.label == one.answer)
                st.markdown(f"{one.label}, read as {answer}")
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
        pictures.digit(chosen.image, f"The digit to change, {a_digit(chosen.label)}")
        with st.container(key="beside-edited"):
            st.pills(
                "The digit is",
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
            st.markdown(f"Your {removed.label} was removed.", width="content")
            st.button("Restore it", icon=":material/undo:", on_click=_put_back)


def _correction_of(digit: Digit) -> Correction | None:
    """Return the correction of this digit, if it still exists."""
    correction_id = st.session_state.get(state.CORRECTED)
    found = corrections.find(correction_id) if correction_id else None
    return found if found and found.pixels == corrections.pixels_of(digit.image) else None


def _keep(key: str, model: str, digit: Digit, strokes: dict[str, Any] | None) -> None:
    label = st.session_state[key]
    st.session_state[key] = None  # The next digit is another question.
    if label is None:
        return

    def keep() -> None:
        before = _correction_of(digit)
        if before is not None:
            corrections.relabel(before.id, label)
            return
        sure = float(digit.probabilities[digit.digit])
        correction = corrections.keep(digit.image, label, digit.digit, sure, model, strokes)
        st.session_state[state.CORRECTED] = correction.id

    clicks.attempt(keep)


def _undo() -> None:
    clicks.attempt(lambda: corrections.remove(st.session_state.pop(state.CORRECTED)))


def _edit(correction_id: str | None) -> None:
    st.session_state[state.EDITED] = correction_id


def _relabel(correction_id: str) -> None:
    label = st.session_state[f"label-of-{correction_id}"]
    clicks.attempt(lambda: corrections.relabel(correction_id, label))


def _remove(correction_id: str) -> None:
    def remove() -> None:
        st.session_state[state.REMOVED] = corrections.remove(correction_id)

    st.session_state[state.EDITED] = None
    clicks.attempt(remove)


def _put_back() -> None:
    def put_back() -> None:
        corrections.put_back(st.session_state[state.REMOVED])
        st.session_state[state.REMOVED] = None

    clicks.attempt(put_back)
