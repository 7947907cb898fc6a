"""Taking a model along."""

from functools import partial

import streamlit as st

from core import registry
from core.cards import Card
from core.export import report_page
from ui.inspect import exports


def show(model: registry.Model, card: Card) -> None:
    """Show the report of a model, and the formats that it can be had in."""
    st.subheader("All that is known of it")
    st.markdown(
        "A report in one file, to read, send and print without this app: its figures, its network, "
        "its worst mistakes, how to repeat it. Map and robustness are in it once they are worked "
        "out here."
    )
    st.download_button(
        "Download the report",
        # Written at the click, not at every look at the page.
        partial(report_page.page, model),
        f"{model.name}-report.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        key="download-report",
    )
    st.subheader("The model itself")
    exports.show(model)
