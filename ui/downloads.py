"""The button that fetches MNIST, and the bar that shows how far it is."""

import streamlit as st

from core.data.download import Download
from ui import text


@st.cache_resource(show_spinner=False)
def _download() -> Download:
    # One for all sessions and pages: it goes on while people look elsewhere.
    return Download()


def mnist_download(key: str) -> None:
    """Offer MNIST in one click; shows progress, and offers again after a failure.

    Parameters
    ----------
    key : str
        Tells two such buttons on one page apart.
    """
    running = _download().state == "running"
    st.fragment(_panel, run_every=0.5 if running else None)(key, running)


def _panel(key: str, was_running: bool) -> None:
    download = _download()
    if download.state == "running":
        st.progress(download.fraction, text=f"Fetching MNIST, {download.done_bytes / 1e6:.1f} MB")
        return
    if was_running:
        st.rerun()  # Once: a page that asks again, though a download is done, gets the button.
    if download.state == "failed":
        st.warning(text.verbatim(download.error))
    label = "Try again" if download.state == "failed" else "Get MNIST (11 MB)"
    if st.button(label, key=f"fetch-{key}", icon=":material/download:"):
        download.start()
        st.rerun()
