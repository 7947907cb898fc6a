"""Reliability diagram of the probabilities, and its meaning in words."""

import math

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.calibration import BINS, Bin, Reliability
from ui import charts, layout, wording

WIDTH = 420  # pixels
_ENOUGH = 20  # answers that a sentence about a bin needs


def diagram(found: Reliability, file_stem: str) -> None:
    """Show accuracy over confidence, with the figures in words."""
    left, right = layout.two_parts(WIDTH, "reliability")
    with left:
        charts.show(figure(found), key=f"reliability-{file_stem}", alt=in_words(found))
    with right:
        st.metric(
            "Expected calibration error",
            wording.percent(found.calibration_error),
            help="Difference between how sure the model is and how often it is right, averaged "
            f"over all its answers in {BINS} groups by probability. 0 is best.",
        )
        st.markdown(in_words(found))
        st.caption(
            "On the diagonal, the model is right as often as it is sure. Below it, the model is "
            "too sure; above it, not sure enough. Vertical lines are 95 % intervals, long where "
            f"there are few answers. Brier score: {found.brier:.4f} (mean squared distance between "
            "the probabilities and the truth)."
        )


def in_words(found: Reliability) -> str:
    """Say the calibration error, and the accuracy of the largest group of less sure answers."""
    error = "On average, how sure the model is and how often it is right differ by "
    error += f"{100 * found.calibration_error:.2f} percentage points."
    *others, surest = found.bins
    doubtful = max(others, key=lambda one: one.count, default=surest)
    return f"{error} {_example(doubtful if doubtful.count >= _ENOUGH else surest)}"


def _example(one: Bin) -> str:
    return (
        f"When it is about {100 * one.confidence:.0f} % sure, it is right "
        f"{100 * one.accuracy:.0f} % of the time ({one.count:,} answers)."
    )


def figure(found: Reliability) -> go.Figure:
    """Draw accuracy over confidence with intervals, and below it how many answers there are.

    Parameters
    ----------
    found : Reliability
        Groups without an answer have neither point nor bar.
    """
    bins = found.bins
    confidence, accuracy = [one.confidence for one in bins], [one.accuracy for one in bins]
    drawn = go.Figure()
    drawn.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line=dict(color="rgba(128, 128, 128, 0.8)", dash="dash", width=1.5),
        hoverinfo="skip",
    )
    drawn.add_scatter(
        x=confidence,
        y=accuracy,
        mode="markers",
        cliponaxis=False,
        marker=dict(color=charts.right_colour(), size=9),
        error_y=dict(
            array=[one.interval[1] - one.accuracy for one in bins],
            arrayminus=[one.accuracy - one.interval[0] for one in bins],
            thickness=1.5,
            width=3,
        ),
        customdata=[one.count for one in bins],
        hovertemplate="says %{x:.1%}, right %{y:.1%} of %{customdata:,} answers<extra></extra>",
    )
    drawn.add_bar(
        x=[(one.low + one.high) / 2 for one in bins],
        width=[0.9 * (one.high - one.low) for one in bins],
        y=[one.count for one in bins],
        yaxis="y2",
        marker_color=charts.right_colour(),
        customdata=[(one.low, one.high) for one in bins],
        hovertemplate="%{y:,} answers from %{customdata[0]:.0%} to %{customdata[1]:.0%}"
        "<extra></extra>",
    )
    most = max(one.count for one in bins)
    share = dict(range=[0, 1.02], dtick=0.2, tickformat=".0%")
    drawn.update_layout(
        height=420,
        margin=dict(l=0, r=8, b=0),
        showlegend=False,
        xaxis=dict(title="how sure it is", anchor="y2", **share),
        yaxis=dict(title="how often it is right", domain=[0.3, 1], **share),
        # Most answers are in the last bar: on an even scale no other could be seen.
        yaxis2=dict(
            title="answers",
            type="log",
            tickformat=",",
            range=[math.log10(0.5), math.log10(2 * most)],
            dtick=1,
            domain=[0, 0.22],
        ),
    )
    return drawn
