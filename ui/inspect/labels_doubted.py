"""Labels that the model doubts, the most doubtful first, with a person's decision on each."""

from typing import Final, Literal, Protocol

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.errors import DigitLabError
from core.evaluation import disputed_labels, label_errors
from core.evaluation.label_errors import Rank
from core.evaluation.mistakes import Answer
from core.people import label_decisions
from core.people.label_decisions import Decision
from core.wording import a_digit, counted
from ui import cache, clicks, paging, pictures, tables, wording
from ui.inspect import image_grid, opened_from

_PER_PAGE = 6
_DECIDED: Final = "decided"
_LISTS: dict[Rank | Literal["decided"], str] = {
    "margin": "By margin",
    "self-confidence": "By self-confidence",
    _DECIDED: "Your decisions",
}


def show(rows: pd.DataFrame, model: registry.Model, card: Card) -> None:
    """Show the labels in doubt, and let a person decide.

    Parameters
    ----------
    rows : DataFrame
        The model's, as `core.evaluation.mistakes.answers`.
    model : registry.Model
    card : Card
        The model's.
    """
    st.subheader("Labels that may be wrong")
    digest = card.data.test_digest
    try:
        decided = label_decisions.read(digest)
    except DigitLabError as fault:
        st.warning(wording.verbatim(fault))
        decided = None
    labels, probabilities = cache.predictions(model)
    chosen = st.segmented_control(
        "Most doubtful first",
        list(_LISTS),
        default="margin",
        required=True,
        format_func=_LISTS.__getitem__,
        key="doubt-list",
        persist_state="session",
        help="By margin: first where another digit's probability exceeds the label's the most. By "
        "self-confidence: first where the label's probability is the smallest.",
    )
    found = label_errors.find(labels, probabilities, "margin" if chosen == _DECIDED else chosen)
    st.markdown(_in_words(found, label_errors.expected_errors(found, labels)))
    if chosen == _DECIDED:
        shown = _of_decisions(rows, decided or {})
        table, name = label_decisions.table(decided or {}), "decisions"
    else:
        shown = table = rows.iloc[found.places].assign(
            other=found.digits, counted=found.confident, score=found.scores
        )
        name = f"{model.name}-doubted-labels"
    _list(shown, model, card, decided, chosen)
    if decided:
        st.markdown(_summary(rows, decided))
    tables.csv(table, name)


class _Doubted(Answer, Protocol):
    """A row of the list: an answer, the other digit, and whether confident learning counts it."""

    other: int
    counted: bool


def _of_decisions(rows: pd.DataFrame, decided: dict[int, Decision]) -> pd.DataFrame:
    known = {index: one for index, one in decided.items() if index < len(rows)}
    return rows.iloc[list(known)].assign(other=[one.other for one in known.values()], counted=False)


def _list(
    shown: pd.DataFrame,
    model: registry.Model,
    card: Card,
    decided: dict[int, Decision] | None,
    chosen: str,
) -> None:
    test_images = cache.test_pictures(model)
    words = "images that you decided on" if chosen == _DECIDED else "labels in doubt"
    if test_images is None or not shown["index"].isin(list(test_images)).all():
        image_grid.show(shown, model, card, "doubted", words)
    elif len(shown):
        among = opened_from.Listed(words, shown["index"].tolist())
        page = paging.choose(len(shown), _PER_PAGE, f"page-doubted-{model.name}-{chosen}")
        with st.grid(min_column_width=300):
            for row in shown.iloc[page].itertuples():
                _one(row, test_images[row.index], card.data.test_digest, decided, among)
    elif chosen == _DECIDED:
        st.caption("You have not decided on any image yet.")


def _in_words(found: label_errors.LabelErrors, expected: float) -> str:
    if not len(found.places):
        return "The model never prefers another digit to the label, so no label is in doubt."
    sure = int(found.confident.sum())
    return (
        f"For **{len(found.places):,}** images the model prefers another digit to the label: "
        f"either the model or the label is wrong. For **{sure}** of them it is as sure as it "
        "usually is of images of that digit. Confident learning suspects those labels, and "
        f"expects about **{expected:.0f}** wrong labels in the whole set. A weak model also "
        "suspects images that are only hard to read."
    )


def _one(
    row: _Doubted,
    image: np.ndarray,
    digest: str,
    decided: dict[int, Decision] | None,
    among: opened_from.Listed,
) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.container(width=pictures.BUTTON_PX):
            image_grid.button(row, image, "", "doubted", among)
        with st.container(gap="xxsmall", key=f"beside-doubted-{row.index}"):
            answer = wording.judged(f"**{row.answer}**", row.label == row.answer)
            st.markdown(
                f"Labelled **{row.label}**, read as {answer}, {wording.sure(row.confidence)}"
            )
            if row.counted:
                st.caption("Suspected by confident learning.")
            votes = disputed_labels.of(digest, row.index)
            if votes is not None:
                st.caption(votes.in_words())
            if decided is not None:
                _decide(row, digest, decided.get(row.index))


def _decide(row: _Doubted, digest: str, said: Decision | None) -> None:
    key = f"decision-{digest[:16]}-{row.index}-{row.other}"
    words = {
        "right": f"It is {a_digit(row.label)}",
        "other": f"It is {a_digit(row.other)}",
        "neither": "Neither",
    }
    # Somebody else may have decided meanwhile: always show the decision that is kept.
    st.session_state[key] = said.says if said and said.other == row.other else None
    if said and said.other != row.other:
        what = "neither" if said.digit is None else f"it is {a_digit(said.digit)}"
        st.caption(f"You said: {what}.")
    shown = (digest, int(row.index), int(row.label), int(row.other))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.pills(
            f"What is image {row.index}?",
            list(words),
            format_func=words.__getitem__,
            key=key,
            on_change=lambda: _keep(*shown, st.session_state[key]),
            label_visibility="collapsed",
            width="content",
        )
        if st.session_state[key] is not None:
            undo = f"undo-{key}"
            st.button("Undo", key=undo, type="tertiary", on_click=_keep, args=(*shown, None))


def _keep(
    digest: str, index: int, label: int, other: int, says: label_decisions.Says | None
) -> None:
    clicks.attempt(lambda: label_decisions.record(digest, index, label, other, says))


def _summary(rows: pd.DataFrame, decided: dict[int, Decision]) -> str:
    right, n = label_decisions.accuracy(
        rows["label"].to_numpy(), rows["answer"].to_numpy(), decided
    )
    return (
        f"You decided on **{counted(len(decided), 'image')}**. With your decisions instead "
        f"of the labels, this model would be right on {right:,} of {n:,} "
        f"({wording.percent(right / max(n, 1))}). Labels and scores stay as they are."
    )
