"""Threshold: accept only answers that are sure enough, and see how many and which remain."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.evaluation import selective
from core.evaluation.selective import Accepted, Curve
from ui import charts, layout, tables, wording

WIDTH = 420  # pixels
_MOST_POINTS = 400
# Finer towards 1, where most answers of a good model are.
_STEPS = (
    *(0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.97, 0.98, 0.985),
    *(0.99, 0.992, 0.994, 0.996, 0.998, 0.999, 0.9995, 0.9999),
)
_DEFAULT = 0.9


@st.fragment
def explorer(confidence: np.ndarray, right: np.ndarray, model: str) -> None:
    """Show the result of a threshold, and let people move it.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,)
        Probability of each answer.
    right : ndarray of bool, shape (n,)
    model : str
        The model's name.
    """
    threshold = st.select_slider(
        "Lowest accepted confidence",
        _STEPS,
        value=_DEFAULT,
        format_func=lambda step: f"{100 * step:g} %",
        key="accept-above",
        persist_state="session",
        help="How sure the model must be. Less sure answers go to a person.",
    )
    chosen = selective.accept(confidence, right, threshold)
    found = selective.curve(confidence, right)
    left, beside = layout.two_parts(WIDTH, "threshold")
    with left:
        charts.show(figure(found, chosen), key=f"threshold-{model}", alt=in_words(chosen))
    with beside:
        with st.grid(min_column_width=150, gap="small"):
            _metrics(chosen)
        st.caption(_caption(found, chosen))
        tables.csv(_table(confidence, right), f"{model}-thresholds")


def _table(confidence: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    every = [selective.accept(confidence, right, step) for step in _STEPS]
    return pd.DataFrame(
        {
            "threshold": _STEPS,
            "accepted": [one.accepted for one in every],
            "wrong": [one.wrong for one in every],
            "coverage": [one.coverage for one in every],
            "accuracy": [one.accuracy for one in every],
        }
    )


def _metrics(chosen: Accepted) -> None:
    st.metric(
        "Accepted (coverage)",
        wording.percent(chosen.coverage),
        help="Share of all answers that are accepted.",
    )
    st.metric(
        "Right (accuracy)",
        "–" if chosen.accuracy is None else wording.percent(chosen.accuracy),
        help="Share of the accepted answers that are right.",
    )
    st.metric(
        "Accepted mistakes",
        f"{chosen.wrong:,} of {chosen.all_wrong:,}",
        help="Wrong answers that are accepted, out of all wrong answers.",
    )
    st.metric(
        "Left to a person",
        f"{chosen.handed:,}",
        help="Test images whose answers are not accepted.",
    )


def in_words(chosen: Accepted) -> str:
    """Say the result of a threshold."""
    return (
        f"The model answers {chosen.accepted:,} of {chosen.n:,} digits, {chosen.wrong:,} of them "
        f"wrongly. The other {chosen.handed:,} go to a person."
    )


def _caption(found: Curve, chosen: Accepted) -> str:
    sentences = []
    if chosen.interval is not None:
        expected = wording.interval(*chosen.interval)
        sentences.append(f"Expect {expected} of its answers to be right (95 % interval).")
    clean = selective.percent_without_mistakes(found)
    if clean is not None:
        sentences.append(f"On these digits, no accepted answer is wrong from {clean:g} % on.")
    sentences.append(
        f"Averaged over all thresholds, {100 * found.area:.3f} % of the accepted answers are wrong "
        "(area under the risk-coverage curve); 0 is best."
    )
    return " ".join(sentences)


def _reach(found: Curve, chosen: Accepted) -> tuple[float, float]:
    """Return the range of coverage to draw, without the part in which there are no mistakes."""
    faulty = found.coverage[found.accuracy < 1]
    first = 1 - 4 * (1 - faulty[0]) if len(faulty) else 0
    low = max(0, min(first, chosen.coverage))
    return low, 1 + 0.01 * (1 - low)


def figure(found: Curve, chosen: Accepted) -> go.Figure:
    """Draw accuracy over coverage, with the chosen point.

    Parameters
    ----------
    found : Curve
    chosen : Accepted
        Not marked if it accepts nothing.
    """
    low, high = _reach(found, chosen)
    last = len(found.coverage) - 1
    first = min(int(np.searchsorted(found.coverage, low)), last)
    kept = np.unique(np.linspace(first, last, _MOST_POINTS).round().astype(int))
    coverage, accuracy, thresholds = (
        values[kept] for values in (found.coverage, found.accuracy, found.thresholds)
    )
    figure = go.Figure()
    figure.add_scatter(
        x=coverage,
        y=accuracy,
        mode="lines",
        line=dict(color=charts.right_colour(), width=2),
        customdata=thresholds,
        hovertemplate="at least %{customdata:.2%} sure: %{x:.1%} accepted, %{y:.2%} of them right"
        "<extra></extra>",
    )
    if chosen.accuracy is not None:
        figure.add_scatter(
            x=[chosen.coverage],
            y=[chosen.accuracy],
            mode="markers+text",
            marker=dict(size=13, symbol="diamond", color=charts.wrong_colour()),
            text=[f"{100 * chosen.threshold:g} %"],
            textposition="bottom left",
            cliponaxis=False,
            hoverinfo="skip",
        )
    lowest = accuracy.min()
    room = 0.08 * max(1 - lowest, 1e-4)
    figure.update_layout(
        height=320,
        margin=dict(l=0, r=12, b=0),
        showlegend=False,
        xaxis=dict(title="accepted (coverage)", range=[low, high], tickformat=".3~%"),
        yaxis=dict(
            title="right (accuracy)",
            range=[lowest - 2 * room, 1 + room],
            tickformat=".2~%",
        ),
    )
    return figure
