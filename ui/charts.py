"""Figures: arrays in, Plotly figures out. Pages show them with `show`.

Colours come from the theme (``chartCategoricalColors`` in ``.streamlit/config.toml``), so that
pages and charts agree in light and dark: the first two are blue for right and orange for wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.training.curves import Record

DIGITS = [str(digit) for digit in range(10)]
_NO_MARGIN = dict(l=0, r=0, t=8, b=0)


def show(figure: go.Figure, key: str, alt: str, **options: Any) -> Any:
    """Draw a figure at a fixed place: zoom and axes stay as they are while it updates."""
    figure.update_layout(uirevision=key)
    config = {"displaylogo": False, "displayModeBar": "hover", "scrollZoom": False}
    return st.plotly_chart(figure, key=key, alt=alt, config=config, width="stretch", **options)


def right_colour() -> str:
    """Return the colour of what is right, in the theme that is shown."""
    return _theme("chartCategoricalColors")[0]


def wrong_colour() -> str:
    """Return the colour of what is wrong, in the theme that is shown."""
    return _theme("chartCategoricalColors")[1]


def _theme(option: str) -> Any:
    return st.get_option(f"theme.{st.context.theme.type or 'light'}.{option}")


def learning_curve(
    batches: Sequence[Record], epochs: Sequence[Record], metric: str, total_steps: int
) -> go.Figure:
    """Draw loss or accuracy over the steps of a run.

    Parameters
    ----------
    batches, epochs : sequences of dict
        As `core.training.curves.Curves` holds them.
    metric : {'loss', 'accuracy'}
    total_steps : int
        Batches of the whole run: the axis keeps its length while the curve grows.
    """
    figure = go.Figure()
    smooth = _smoothed([record[metric] for record in batches])
    figure.add_scatter(
        x=[record["step"] for record in batches],
        y=smooth,
        name="training",
        line=dict(color=right_colour(), width=2),
        hovertemplate="step %{x}: %{y:.4f}<extra>training</extra>",
    )
    validated = [record for record in epochs if f"val_{metric}" in record]
    figure.add_scatter(
        x=[record["step"] for record in validated],
        y=[record[f"val_{metric}"] for record in validated],
        name="validation",
        mode="lines+markers",
        line=dict(color=wrong_colour(), width=2),
        marker=dict(size=9, symbol="diamond"),
        hovertemplate="epoch %{customdata}: %{y:.4f}<extra>validation</extra>",
        customdata=[record["epoch"] for record in validated],
    )
    figure.update_layout(
        height=250,
        margin=_NO_MARGIN,
        legend=dict(orientation="h", y=1.02, yanchor="bottom", x=0),
        xaxis=dict(title="step (batches done)", range=[0, 1.03 * max(total_steps, 1)]),
        yaxis=dict(title=metric, tickformat=".0%" if metric == "accuracy" else None),
    )
    if metric == "loss":
        figure.update_yaxes(rangemode="tozero")
    return figure


def probability_bars(probabilities: np.ndarray | None) -> go.Figure:
    """Draw ten horizontal bars, the largest in colour and each with its figure.

    Parameters
    ----------
    probabilities : ndarray of float, shape (10,), or None
        ``None`` for ten empty bars.
    """
    given = np.zeros(10) if probabilities is None else probabilities
    winner = int(given.argmax())
    muted = "rgba(128, 128, 128, 0.45)"
    figure = go.Figure(
        go.Bar(
            x=given,
            y=DIGITS,
            orientation="h",
            marker_color=[right_colour() if d == winner else muted for d in range(10)],
            text=None if probabilities is None else [f"{p:.1%}" for p in given],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        height=300,
        margin=dict(l=0, r=52, t=4, b=0),
        bargap=0.25,
        xaxis=dict(range=[0, 1], visible=False, fixedrange=True),
        yaxis=dict(
            type="category", autorange="reversed", fixedrange=True, showgrid=False, tickfont_size=15
        ),
    )
    return figure


def confusion_matrix(counts: np.ndarray, rates: bool, chosen: tuple[int, int] | None) -> go.Figure:
    """Draw a confusion matrix whose cells can be clicked.

    Colour shows mistakes only: the diagonal would outshine them a hundredfold. A heatmap emits
    no selection, so squares that cannot be seen lie over its cells and are what is clicked.

    Parameters
    ----------
    counts : ndarray of int, shape (10, 10)
        Row: true digit, column: answer.
    rates : bool
        Show shares of the true digit instead of counts.
    chosen : (int, int) or None
        Row and column of the cell to frame.
    """
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    values = counts / totals
    shade = np.where(np.eye(10, dtype=bool), np.nan, values)
    shown = [
        [_cell_text(values[row, column], counts[row, column], rates) for column in range(10)]
        for row in range(10)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=shade,
            x=DIGITS,
            y=DIGITS,
            text=shown,
            texttemplate="%{text}",
            # Plotly would choose black or white by the shade as if it were opaque.
            textfont=dict(size=13, color=_theme("textColor")),
            colorscale=[[0, "rgba(128,128,128,0.06)"], [0.02, _fade(0.2)], [1, _fade(0.75)]],
            zmin=0,
            zmax=max(float(np.nanmax(shade)), 0.01),
            showscale=False,
            hoverinfo="skip",
            xgap=2,
            ygap=2,
        )
    )
    rows, columns = np.divmod(np.arange(100), 10)
    figure.add_scatter(
        x=columns.astype(str),
        y=rows.astype(str),
        mode="markers",
        marker=dict(symbol="square", size=34, opacity=0),
        selected=dict(marker_opacity=0),
        unselected=dict(marker_opacity=0),
        customdata=counts.ravel(),
        hovertemplate="%{y} read as %{x}: %{customdata} images<extra></extra>",
        showlegend=False,
    )
    if chosen is not None:
        row, column = chosen
        figure.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + 0.5,
            y0=row - 0.5,
            y1=row + 0.5,
            line=dict(color=right_colour(), width=3),
        )
    figure.update_layout(
        height=440,
        margin=_NO_MARGIN,
        dragmode=False,
        xaxis=dict(
            title="answer",
            type="category",
            range=[-0.5, 9.5],
            side="top",
            fixedrange=True,
            showgrid=False,
            ticks="",
        ),
        yaxis=dict(
            title="true digit",
            type="category",
            range=[9.5, -0.5],
            fixedrange=True,
            showgrid=False,
            ticks="",
        ),
    )
    return figure


def clicked_cell(event: Any) -> tuple[int, int] | None:
    """Return (true digit, answer) of the cell that was clicked in a confusion matrix."""
    points = event["selection"]["points"] if event else []
    if not points:
        return None
    return int(points[0]["y"]), int(points[0]["x"])


def _cell_text(rate: float, count: int, rates: bool) -> str:
    if count == 0:
        return ""
    return f"{100 * rate:.1f}" if rates else str(count)


def _fade(opacity: float) -> str:
    red, green, blue = (int(wrong_colour()[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _smoothed(values: Sequence[float], weight: float = 0.8) -> list[float]:
    """Exponential moving average without the bias towards its start (as Adam corrects its own)."""
    smooth, mean, correction = [], 0.0, 0.0
    for value in values:
        mean = weight * mean + (1 - weight) * value
        correction = weight * correction + (1 - weight)
        smooth.append(mean / correction)
    return smooth
