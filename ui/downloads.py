"""Downloads: the button that fetches MNIST with its progress, and tables as CSV."""

from functools import partial

import pandas as pd
import streamlit as st

from core.background import Jobs
from core.data import mnist
from ui import wording

_MNIST = "mnist"


@st.cache_resource(show_spinner=False)
def _downloads() -> Jobs:
    # For all sessions and pages: it goes on while people look elsewhere. Apart from `cache.jobs`,
    # where it would wait until the studies and exports of others are done.
    return Jobs()


def mnist_download(key: str) -> None:
    """Offer MNIST in one click, show the progress, and offer it again after a failure.

    Parameters
    ----------
    key : str
        Tells two such buttons on one page apart.
    """
    running = _downloads().state(_MNIST) == "running"
    st.fragment(_panel, run_every=0.5 if running else None)(key, running)


def _panel(key: str, was_running: bool) -> None:
    downloads = _downloads()
    state = downloads.state(_MNIST)
    if state == "running":
        done, total = downloads.progress(_MNIST)
        # What a server sends may be more than was expected.
        share = min(done / total, 1.0) if total else 0.0
        st.progress(share, text=f"Downloading MNIST: {done / 1e6:.1f} MB")
        return
    if was_running:
        st.rerun()  # Once: a page that asks again after the download gets the button.
    if state == "failed":
        st.warning(wording.verbatim(downloads.error(_MNIST)))
    label = "Try again" if state == "failed" else "Download MNIST (11 MB)"
    if st.button(label, key=f"fetch-{key}", icon=":material/download:"):
        fetch = partial(mnist.fetch, partial(downloads.report, _MNIST))
        downloads.start(_MNIST, fetch, "The download")
        st.rerun()


def csv(rows: pd.DataFrame, name: str, label: str = "Download CSV") -> None:
    """Offer rows as a CSV file.

    Parameters
    ----------
    rows : DataFrame
    name : str
        Of the file, without its suffix.
    label : str, optional
        Tells two such buttons on one page apart.
    """
    st.download_button(
        label,
        rows.to_csv(index=False),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv-{name}",
    )
