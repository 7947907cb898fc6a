"""Scores of a model on the page: the headline figure with its interval, and the report by digit."""

import pandas as pd
import streamlit as st

from core.cards import Card
from core.evaluation.report import Report
from ui import wording


def headline(card: Card) -> None:
    """Show accuracy with its interval, and loss, and on what they were measured."""
    report = card.test
    with st.container(horizontal=True, gap="medium"):
        accuracy(report)
        st.metric(
            "Mistakes",
            f"{report.n - report.correct:,} of {report.n:,}",
            width="content",
            help="Test images that it reads wrong.",
        )
        st.metric(
            "Loss",
            f"{report.loss:.4f}",
            width="content",
            help="Mean cross-entropy in nats: also counts how sure it was. 0 would be perfect.",
        )
    st.markdown(wording.result(report))
    facts = (
        f"Recipe {card.config.recipe}, seed {card.config.seed}, {card.parameters:,} parameters; "
        f"tested on {card.data.title}."
    )
    st.caption(facts)
    if note := wording.data_note(card):
        st.info(note)


def accuracy(report: Report) -> None:
    """Show the one figure that people look for first."""
    st.metric(
        "How often it is right (accuracy)",
        wording.percent(report.accuracy),
        width="content",
        help="Share of test images, never trained on, that the model reads right.",
    )


def by_digit(report: Report, file_stem: str) -> None:
    """Show precision, recall, F1 and support of each digit, with a download."""
    table = pd.DataFrame([score.model_dump() for score in report.classes])
    shares = {name: 100 * table[name] for name in ("precision", "recall", "f1")}
    st.dataframe(
        table.assign(**shares),
        hide_index=True,
        width="stretch",
        height="content",
        column_config={
            "digit": st.column_config.NumberColumn("digit", width=50),
            "precision": _share("precision", "Of its answers with this digit, how many are right."),
            "recall": _share("recall", "Of the images of this digit, how many it reads right."),
            "f1": _share("F1", "Harmonic mean of precision and recall."),
            "support": st.column_config.NumberColumn(
                "support", help="Test images of this digit.", width=60
            ),
        },
        alt="Precision, recall, F1 and support of each digit",
    )
    st.download_button(
        "Report as CSV",
        table.to_csv(index=False),
        f"{file_stem}-report.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _share(name: str, explanation: str) -> object:
    return st.column_config.NumberColumn(name, format="%.2f %%", help=explanation, width=75)
