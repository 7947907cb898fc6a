"""A person's own digits, brought as files to train on, and seen before they are used."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data import files
from core.errors import DigitLabError
from core.wording import counted
from ui import clicks, pictures, state, wording

if TYPE_CHECKING:
    from core.data.brought.digits import Brought

_TOLD = 0.8  # of the most that can be kept: from here on it is said
MAX_MB = 200  # Kaggle's train.csv has 77, the same as one file of all of MNIST 110
_OF_EACH = 2  # digits shown
_TELLING = (2, 4, 5, 7)


def bring() -> None:
    """Offer to bring files of digits, which become a data set to choose."""
    st.button("Your own digits", "bring-digits", icon=":material/upload_file:", on_click=_open)
    if st.session_state.get(state.BRINGING):
        _bring()


def _open() -> None:
    st.session_state[state.BRINGING] = True


def _close() -> None:
    """Close the dialog, and free what was brought; a callback."""
    st.session_state[state.BRINGING] = False
    st.session_state[state.BROUGHT] = None


@st.dialog("Your own digits", width="large", on_dismiss=_close)
def _bring() -> None:
    if not st.session_state[state.BRINGING]:
        st.rerun()  # a click in here was the last one
    clicks.say()
    st.markdown(
        "A CSV file with a label and the pixels in each line, as from Kaggle; a `.zip` of pictures "
        "in folders named 0 to 9; an `.npz` with images and labels; or IDX files like MNIST's, all "
        "of them at once. You see what is in it before it is used."
    )
    kept = len(files.own_files())
    if kept >= _TOLD * files.MOST:
        st.caption(f"{kept} of at most {files.MOST} data sets are kept in the data folder.")
    uploaded = st.file_uploader(
        "Files of digits", accept_multiple_files=True, max_upload_size=MAX_MB, key="own-digits"
    )
    if uploaded:
        _preview(uploaded)


def _preview(uploaded: list[UploadedFile]) -> None:
    """Show what was recognised, and let a person use it or not."""
    try:
        found = _looked_at(uploaded)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    as_is = _lie(found)
    arrays = found.arrays(as_is)
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    st.markdown(
        f"**{counted(len(labels), 'digit')}**: {len(arrays['y_train']):,} to learn from, "
        f"{len(arrays['y_test']):,} for the test. Recognised: {wording.verbatim(found.recognised)}."
    )
    for remark in found.remarks:
        st.warning(wording.verbatim(remark))
    name = uploaded[0].name if len(uploaded) == 1 else "digits"
    with st.container(horizontal=True):
        st.button(
            "Use these digits",
            "use-own-digits",
            type="primary",
            on_click=_use,
            args=(found, name, as_is),
        )
        st.button("Do not use them", "drop-own-digits", on_click=_close)
    _gallery(arrays, labels)


def _looked_at(uploaded: list[UploadedFile]) -> "Brought":
    """Read what was uploaded, once."""
    which = [file.file_id for file in uploaded]
    known = st.session_state.get(state.BROUGHT)
    if known is not None and known[0] == which:
        return known[1]
    st.session_state[state.BROUGHT] = None
    with st.spinner("Reading the file and looking at the digits"):
        found = files.look([(file.name, file.getvalue()) for file in uploaded])
    st.session_state[state.BROUGHT] = (which, found)
    return found


def _use(found: "Brought", name: str, as_is: bool) -> None:
    """Keep the digits as a data set and choose it; a callback."""

    def keep() -> None:
        path = files.keep(found, name, as_is=as_is)
        st.session_state["data"] = str(path)
        st.session_state[state.CHOSEN_DATA] = True
        _close()

    clicks.attempt(keep, "These digits are the data now.")


def _lie(found: "Brought") -> bool:
    """Say and show if the digits lie the wrong way; return whether they shall stay so."""
    if not found.faults:
        return False
    st.warning(
        f"These digits are {wording.verbatim(wording.enumeration(found.faults))}. The model that "
        "ships reads them far better the other way round."
    )
    part = next(part for part, finding in found.findings.items() if finding.way.fault())
    images, labels = found.parts[part]
    way = found.findings[part].way
    # Of a digit that looks different every way round, if there is one.
    place = next((int(k) for k in np.flatnonzero(np.isin(labels, _TELLING))), 0)
    pictures.gallery(
        [images[place], way.images(images[place : place + 1])[0]],
        ["as brought", "set right"],
        [f"A digit labelled {labels[place]}, as brought", "The same digit, set right"],
    )
    return not st.toggle("Set them right", value=True, key="set-right")


def _gallery(arrays: files.Arrays, labels: np.ndarray) -> None:
    """Show twenty digits, two of each, with their label and how many there are of it."""
    train, test = arrays["x_train"], arrays["x_test"]  # not copied into one: they may be large
    counts = np.bincount(labels, minlength=10)
    shown, captions = [], []
    for digit in np.flatnonzero(counts):
        for place in np.flatnonzero(labels == digit)[:_OF_EACH]:
            shown.append(train[place] if place < len(train) else test[place - len(train)])
            captions.append(f"**{digit}** · {counts[digit]:,}")
    alts = [f"A digit with the label {caption[2]}" for caption in captions]
    pictures.gallery(shown, captions, alts)
    st.caption("Below each digit stand its label and how many there are of it.")
