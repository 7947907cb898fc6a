"""A person's own digits, brought as a file to train on."""

import streamlit as st

from core.data import files
from core.errors import DigitLabError
from ui import state, wording

_TOLD = 0.8  # of the most that can be kept: from here on it is said


def bring() -> None:
    """Offer to bring a file of digits, which becomes a data set to choose."""
    with st.popover("Your own digits", icon=":material/upload_file:"):
        _upload()


def _upload() -> None:
    st.markdown(
        "An `.npz` file with `images` (n, 28, 28) and `labels` (n,), or with `x_train`, `y_train`, "
        "`x_test` and `y_test`. White digits on black, at most 20 MB."
    )
    kept = len(files.own_files())
    if kept >= _TOLD * files.MOST:
        st.caption(f"{kept} of at most {files.MOST} data sets are kept in the data folder.")
    st.file_uploader(
        "File of digits (.npz)", type=["npz"], key="own-digits", on_change=_take_upload
    )
    if refusal := st.session_state.get(state.REFUSED_DATA):
        st.error(wording.verbatim(refusal))


def _take_upload() -> None:
    """Keep an uploaded data set and choose it; a callback, whose outcome the page shows."""
    file = st.session_state["own-digits"]
    st.session_state[state.REFUSED_DATA] = None
    if file is None:
        return
    try:
        path = files.import_upload(file.name, file.getvalue())
    except DigitLabError as fault:
        st.session_state[state.REFUSED_DATA] = str(fault)
    else:
        st.session_state["data"] = str(path)
        st.toast(wording.verbatim(f"Data: '{path.stem}'."))
