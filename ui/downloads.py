"""The download of MNIST, by itself or in one click, with its progress."""

from functools import partial

import streamlit as st

from core.background import Jobs
from core.data import first_fetch
from ui import state, wording

_MNIST = "mnist"


@st.cache_resource(show_spinner=False)
def _downloads() -> Jobs:
    # For all sessions and pages: it goes on while people look elsewhere. Apart from `cache.jobs`,
    # where it would wait until the studies and exports of others are done.
    return Jobs()


def mnist_download() -> None:
    """Fetch MNIST unasked, once for the server, and show how far it is; else offer to fetch it."""
    downloads = _downloads()
    if downloads.state(_MNIST) == "idle" and first_fetch.is_due():
        _start()
    running = downloads.state(_MNIST) == "running"
    st.fragment(_panel, run_every=0.5 if running else None)(running)


def _start() -> None:
    downloads = _downloads()
    fetch = partial(first_fetch.fetch, partial(downloads.report, _MNIST))
    downloads.start(_MNIST, fetch, "The download")
    st.session_state[state.DOWNLOAD_SEEN] = True


def _panel(was_running: bool) -> None:
    downloads = _downloads()
    now = downloads.state(_MNIST)
    if now == "running":
        st.session_state[state.DOWNLOAD_SEEN] = True
        done, total = downloads.progress(_MNIST)
        # What a server sends may be more than was expected.
        share = min(done / total, 1.0) if total else 0.0
        st.progress(share, text=f"Downloading MNIST: {done / 1e6:.1f} MB")
        return
    if was_running:
        st.rerun()  # Once: a page that asks again after the download gets the button.
    # Who was not there when it failed hears nothing of it, least of all in every session anew.
    if now == "failed" and st.session_state.get(state.DOWNLOAD_SEEN):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            fault = wording.verbatim(downloads.error(_MNIST))
            st.caption("Download failed.", help=fault, width="content")
            st.button("Dismiss", key="dismiss-mnist", type="tertiary", on_click=_dismiss)
    st.button(
        "Try again" if now == "failed" else "Download MNIST (11 MB)",
        key="fetch-mnist",
        icon=":material/download:",
        on_click=_start,
    )


def _dismiss() -> None:
    st.session_state[state.DOWNLOAD_SEEN] = False
