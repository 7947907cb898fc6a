"""Scores by digit: how often each is misread, all scores, and the progress over the epochs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from core import registry
from core.cards import Card
from core.errors import DigitLabError
from core.evaluation import mistakes
from core.runs import store
from core.runs.trends import Trends
from core.wording import a_digit
from ui import cache, charts, pictures, scores, tables, wording
from ui.inspect import address

_PICTURE_PX = 28 * pictures.SMALL
_EMPTY = (
    f"width: {_PICTURE_PX}px; line-height: {_PICTURE_PX}px; text-align: center; "
    "background: rgba(128, 128, 128, 0.15); border-radius: 0.25rem"
)
_COLUMNS, _ROW_PX = 2, 105
_FEW = 2  # epochs that a line needs


def show(model: registry.Model, card: Card) -> None:
    """Show how often each digit is misread, its scores, and its recall over the epochs."""
    _bars(model, card)
    every = st.expander(
        "Precision, recall and F1 of each digit", key="scores-by-digit", on_change="rerun"
    )
    if every.open:
        with every:
            scores.by_digit(card.test, model.name)
    _trends(model, card)


def _bars(model: registry.Model, card: Card) -> None:
    """Show a bar for each digit, beside the most confident of its mistakes."""
    st.subheader("How often each digit is misread", anchor=False)
    st.caption("Choose a digit to see all its mistakes. Each picture is the most confident one.")
    images = cache.test_pictures(model) or {}
    wrong = mistakes.mistakes(tables.answers(model))
    first = {row.label: row for row in wrong.drop_duplicates("label").itertuples()}
    most = max(1 - score.recall for score in card.test.classes) or 1.0
    with st.grid(2, min_column_width=300, gap="small"):
        for score in card.test.classes:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                with st.container(width=_PICTURE_PX):
                    _one(score.digit, first.get(score.digit), images)
                missed = score.support - round(score.recall * score.support)
                st.html(_bar(score.digit, missed, score.support, (1 - score.recall) / most))


def _one(digit: int, row: mistakes.Answer | None, images: Mapping[int, np.ndarray]) -> None:
    key, opened = f"mistakes-of-{digit}", address.open_mistakes_of
    if row is None:  # nothing to open
        st.html(f'<div style="{_EMPTY}">{digit}</div>')
    elif row.index not in images:
        st.button(f"{digit}", key=key, on_click=opened, args=[digit])
    else:
        alt = f"{a_digit(digit).capitalize()}, read as {row.answer}"
        pictures.button(images[row.index], "", alt, key, opened, [digit], pictures.SMALL)


def _bar(digit: int, missed: int, support: int, length: float) -> str:
    """Return the bar of a digit as HTML: its length is in [0, 1]."""
    share = f"{100 * missed / max(support, 1):.1f} %"
    return (
        f"<div><b>{digit}</b> · {share} misread ({missed} of {support:,})</div>"
        f'<div style="height: 12px; width: {100 * length:.1f}%; min-width: 1px; '
        f'background: {charts.wrong_colour()}"></div>'
    )


def _trends(model: registry.Model, card: Card) -> None:
    """Show the trends of the run that trained a model, or say why there are none."""
    st.subheader("Progress by digit")
    if card.origin is not None:
        st.markdown("This model was trained elsewhere, so nothing is known of its progress.")
        return
    try:
        found = cache.trends(store.read(card.run).folder)
    except DigitLabError:
        st.markdown(
            "The run that trained this model is not on this machine, so there is nothing to show. "
            "Train a model here to see how it learns each digit."
        )
        return
    if found is None or len(found.epochs) < _FEW:
        st.markdown(
            "This run recorded fewer than two epochs, so there is no progress to show. Train for "
            "longer to see a line for each digit."
        )
        return
    st.markdown(_in_words(found))
    charts.show(
        figure(found),
        key=f"trends-{model.name}",
        alt=_in_words(found).replace("**", ""),
        static=True,
    )
    st.caption(
        f"Blue: the recall of the digit, with its last value. Grey: all digits. Measured on up to "
        f"{found.counts.sum():,} validation images, {found.counts.min()} to {found.counts.max()} "
        "of each digit, so a single image makes a visible step."
    )
    tables.csv(_table(found), f"{model.name}-digits-by-epoch", "Download progress as CSV")


def _in_words(found: Trends) -> str:
    last = found.recall[-1]
    hardest, easiest = int(np.nanargmin(last)), int(np.nanargmax(last))
    slowest = int(_settled(found).argmax())
    sentence = (
        f"After epoch {found.epochs[-1]} it reads **{easiest}** best "
        f"({wording.percent(last[easiest])}) and **{hardest}** worst "
        f"({wording.percent(last[hardest])})."
    )
    return f"{sentence} It took longest to settle on **{slowest}**."


def _settled(found: Trends) -> np.ndarray:
    """Return after how many epochs each digit stayed within a point of its last recall."""
    away = np.abs(found.recall - found.recall[-1]) > 0.01
    places = np.arange(1, len(found.epochs) + 1)[:, None]
    return (away * places).max(axis=0)


def _table(found: Trends) -> pd.DataFrame:
    columns = {str(digit): found.recall[:, digit] for digit in range(10)}
    return pd.DataFrame({"epoch": found.epochs, **columns})


def figure(found: Trends) -> go.Figure:
    """Draw a small chart for each digit: its recall over the epochs, and that of all in grey.

    Parameters
    ----------
    found : Trends
    """
    rows = -(-10 // _COLUMNS)
    drawn = make_subplots(rows, _COLUMNS, shared_xaxes=True, vertical_spacing=0.03)
    weights = found.counts / found.counts.sum()
    everything = np.nansum(found.recall * weights, axis=1)
    lowest = float(np.nanmin(found.recall))
    for digit in range(10):
        row, column = divmod(digit, _COLUMNS)
        place = dict(row=row + 1, col=column + 1)
        own = found.recall[:, digit]
        drawn.add_scatter(
            x=found.epochs,
            y=everything,
            mode="lines",
            line=dict(color="rgba(128, 128, 128, 0.7)", width=1.5),
            **place,
        )
        drawn.add_scatter(
            x=found.epochs,
            y=own,
            mode="lines",
            line=dict(color=charts.right_colour(), width=2),
            **place,
        )
        drawn.add_annotation(
            x=1,
            y=0,
            xref="x domain",
            yref="y domain",
            xanchor="right",
            yanchor="bottom",
            showarrow=False,
            text=f"<b>{digit}</b>  {100 * own[-1]:.1f} %" if found.counts[digit] else f"no {digit}",
            font=dict(size=15),
            **place,
        )
    room = 0.05 * (1 - lowest)
    drawn.update_layout(
        height=40 + rows * _ROW_PX, margin=dict(l=0, r=8, t=8, b=0), showlegend=False
    )
    drawn.update_yaxes(range=[lowest - room, 1 + room], tickformat=".0%", nticks=4)
    drawn.update_xaxes(range=[found.epochs[0] - 0.3, found.epochs[-1] + 0.3])
    for column in range(1, _COLUMNS + 1):
        drawn.update_xaxes(title="epoch", row=rows, col=column)
    return drawn
