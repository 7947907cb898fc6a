"""Scores of a model: the accuracy with its interval, and the scores by digit."""

from functools import partial

import pandas as pd
import streamlit as st

from core.cards import Card
from core.evaluation.scores import Scores
from ui import tables, wording

_share = partial(st.column_config.NumberColumn, format="%.2f %%", width=75)


def headline(card: Card) -> None:
    """Show in one line the accuracy, its interval, the mistakes and the loss."""
    scores = card.test
    with st.container(horizontal=True, gap="medium", key="headline"):
        accuracy(scores)
        st.metric(
            "95 % interval",
            wording.interval(*scores.interval),
            width="content",
            help="Expect an accuracy in this range on other digits like these (Wilson interval).",
        )
        st.metric(
            "Mistakes",
            f"{scores.n - scores.correct:,} of {scores.n:,}",
            width="content",
            help="Images that the model misreads.",
        )
        st.metric(
            "Loss",
            f"{scores.loss:.4f}",
            width="content",
            help="Mean cross-entropy in nats. It also counts how sure the answers are; 0 is best.",
        )
    if note := wording.data_note(card):
        st.caption(note)
    if card.origin is not None:
        show = st.caption if card.origin.reads else st.warning
        show(wording.verbatim(card.origin.presentation))


def facts(card: Card) -> None:
    """Say in a small line how the model was made."""
    st.caption(
        f"{wording.verbatim(card.beginning)}, {card.parameters:,} parameters; "
        f"tested on {wording.verbatim(card.data.title)}.{_pens(card)}"
    )


def _pens(card: Card) -> str:
    files = card.data.strokes
    if not files:
        return ""
    drawings, people = (sum(file.drawings for file in files), sum(file.writers for file in files))
    return f" It also learned from {drawings:,} digits that {people:,} people wrote with a pen."


def accuracy(scores: Scores) -> None:
    """Show the accuracy, the figure that people look for first."""
    st.metric(
        "How often it is right (accuracy)",
        wording.percent(scores.accuracy),
        width="content",
        help="Share of images that the model reads correctly. It was never trained on them.",
    )


def by_digit(scores: Scores, file_stem: str) -> None:
    """Show precision, recall, F1 and support of each digit, with a download."""
    table = pd.DataFrame([score.model_dump() for score in scores.classes])
    shares = {name: 100 * table[name] for name in ("precision", "recall", "f1")}
    st.dataframe(
        table.assign(**shares),
        hide_index=True,
        width="stretch",
        height="content",
        column_config={
            "digit": st.column_config.NumberColumn("digit", width=50),
            "precision": _share(
                "precision", help="Of the answers with this digit, the share that is right."
            ),
            "recall": _share(
                "recall", help="Of the images of this digit, the share that is read correctly."
            ),
            "f1": _share("F1", help="Harmonic mean of precision and recall."),
            "support": st.column_config.NumberColumn(
                "support", help="Test images of this digit.", width=60
            ),
        },
        alt="Precision, recall, F1 and support of each digit",
    )
    tables.csv(table, f"{file_stem}-scores")
