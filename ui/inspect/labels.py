"""Doubtful labels: those that people disputed, and those that the model doubts."""

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation import disputed_labels
from core.evaluation.disputed_labels import DISPUTED, Share, Votes
from core.evaluation.mistakes import Answer
from ui import cache, tables, wording
from ui.inspect import image_grid, labels_doubted, opened_from

_WORDS = "disputed labels"


def show(model: registry.Model, card: Card) -> None:
    """Show the fifteen disputed labels of MNIST, and the labels that the model doubts."""
    rows = tables.answers(model)
    found = disputed_labels.accuracies(
        card.data.test_digest, (rows["label"] == rows["answer"]).to_numpy()
    )
    if found is not None:
        _court(rows.iloc[list(DISPUTED)], model, card, *found)
    labels_doubted.show(rows, model, card)


def _court(
    rows: pd.DataFrame, model: registry.Model, card: Card, as_is: Share, apart: Share
) -> None:
    st.subheader("Fifteen disputed labels")
    st.markdown(
        "Five people looked at each of these test images, and fewer than three of them agreed with "
        "its label. The labels stay as they are. The second figure shows the accuracy without the "
        "fifteen."
    )
    with st.container(horizontal=True, gap="large"):
        for title, share in (
            ("Accuracy with all labels", as_is),
            ("Accuracy without the fifteen", apart),
        ):
            with st.container(width="content", gap=None):
                st.metric(
                    title,
                    wording.percent(share.accuracy),
                    width="content",
                    help="Share of these test images whose label is the model's answer.",
                )
                interval = wording.interval(*share.interval)
                st.caption(f"{share.right:,} of {share.n:,}  \n95 % interval {interval}")
    pictures = cache.test_pictures(model)
    if pictures is None or not rows["index"].isin(list(pictures)).all():
        image_grid.show(rows, model, card, "court", _WORDS)
    else:
        captions = [_caption(row, DISPUTED[row.index]) for row in rows.itertuples()]
        among = opened_from.Listed(_WORDS, rows["index"].tolist())
        image_grid.grid(rows, pictures, captions, "court", among)
    with st.container(horizontal=True, vertical_alignment="center"):
        tables.csv(_table(rows), f"{model.name}-label-court", "Download votes as CSV")
        st.caption(
            "Votes: [Northcutt, Athalye and Mueller 2021](https://arxiv.org/abs/2103.14749)."
        )


def _caption(row: Answer, votes: Votes) -> str:
    answer = wording.judged(f"**{row.answer}**", row.label == row.answer)
    lines = [
        f"label **{votes.given}**",
        f"{votes.for_given} say {votes.given}",
        f"{votes.for_other} say {votes.other}",
        f"{votes.for_neither} neither",
        f"read as {answer}",
    ]
    return "  \n".join(lines)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    votes = [DISPUTED[int(index)] for index in rows["index"]]
    return rows[["index", "label"]].assign(
        other=[one.other for one in votes],
        votes_for_label=[one.for_given for one in votes],
        votes_for_other=[one.for_other for one in votes],
        votes_for_neither=[one.for_neither for one in votes],
        answer=rows["answer"],
        confidence=np.round(rows["confidence"], 4),
    )
