"""Figures: arrays in, Plotly figures out. Pages show them with `show`.

Colours come from the theme (``chartCategoricalColors`` in ``.streamlit/config.toml``), so that
pages and charts agree in light and dark: the first two are blue for right and orange for wrong.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.evaluation import compare
from core.evaluation.scores import Scores
from core.export import figure_page
from core.runs.curves import Curves, Record
from ui import wording

DIGITS = [str(digit) for digit in range(10)]
_MOST_POINTS = 500  # of a curve: as many as a screen tells apart
_NO_MARGIN = dict(l=0, r=0, b=0)
_TOOLS_PX = 36  # above the axes, for Plotly's buttons, which would lie on the lines or the legend
_SCRIPTS = Path(st.__file__).parent / "static" / "static" / "js"
_PARTS = ("PlotlyChart", "DataFrame")
_LOAD_AHEAD = """<script>(() => {
  const app = document.querySelector('script[type=module][src*="/js/"]');
  const load = () => {
    for (const name of %s) import(new URL(name, app.src)).catch(() => {});
  };
  if (app && window.requestIdleCallback) requestIdleCallback(load);
})()</script>"""
_CONFIG = {"displaylogo": False, "displayModeBar": "hover", "scrollZoom": False}
# No hovering with a finger. Without a graphics processor, thousands of points take half the time in
# the screen's own pixels, of which Plotly draws four for one.
_TO_CHOOSE = {"displayModeBar": True, "plotGlPixelRatio": 1}
# Ten classes need ten colours, each 3:1 on both grounds; where they stand, a label stands, too.
CLASS_COLOURS = (
    "#3b7dd8",
    "#d0601f",
    "#22936a",
    "#cf4a5f",
    "#8a63d2",
    "#94703a",
    "#d054a5",
    "#788494",
    "#8c8c1a",
    "#1a8fa8",
)


def show(figure: go.Figure, key: str, alt: str, static: bool = False) -> None:
    """Draw a figure that can be saved, or a static picture of it, which appears sooner.

    Text has the theme's colour: Plotly's default grey is too faint.
    """
    config = _CONFIG | {"staticPlot": static}
    with st.container(gap=None):
        themed = _themed(figure, key, tools=not static)
        st.plotly_chart(themed, key=key, alt=alt, config=config, width="stretch")
        if not static:
            _saving(figure, key, alt)


def choose(figure: go.Figure, key: str, alt: str) -> list[list[float]]:
    """Draw a figure whose points can be chosen with a click, a box or a lasso.

    Returns
    -------
    list of list of float
        The row of ``customdata`` of each chosen point.
    """
    with st.container(gap=None):
        event = st.plotly_chart(
            _themed(figure, key, tools=True),
            key=key,
            alt=alt,
            config=_CONFIG | _TO_CHOOSE,
            width="stretch",
            on_select="rerun",
            selection_mode=("points", "box", "lasso"),
        )
        _saving(figure, key, alt)
    points = event["selection"]["points"] if event else []
    # A row of a typed array comes back as {"0": ..., "1": ...}.
    return [list(point["customdata"].values()) for point in points]


def _saving(figure: go.Figure, key: str, alt: str) -> None:
    colours = (_theme(f"{name}Color") for name in ("background", "text", "border"))
    st.download_button(
        "Save figure",
        # Written at the click, not at every look at the page.
        partial(figure_page.page, figure, key, alt, *colours),
        f"{key}.html",
        "text/html",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        key=f"save-{key}",
        help="Saves a web page that opens in any browser and can save the figure as PNG or SVG.",
    )


def _themed(figure: go.Figure, key: str, tools: bool) -> go.Figure:
    colour, layout = text_colour(), figure.layout
    # One by one: `update_layout` takes twice as long, and curves are drawn once a second.
    if tools:
        layout.margin.t = _TOOLS_PX
    layout.uirevision = key
    layout.font.color = colour
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis.tickfont.color = axis.title.font.color = colour
    return figure


def load_ahead() -> None:
    """Let the browser load what draws charts and tables while the page is idle.

    Otherwise the first click that shows one does: five megabytes, which the browser also has to
    compile. Streamlit has no option for it. If it renames these files, nothing is loaded ahead.
    """
    names = [file.name for part in _PARTS for file in sorted(_SCRIPTS.glob(f"{part}.*.js"))]
    st.html(_LOAD_AHEAD % json.dumps(names), width="content", unsafe_allow_javascript=True)


def palette() -> list[str]:
    """Return the colours that tell series apart, in the current theme."""
    return _theme("chartCategoricalColors")


def diverging() -> list[str]:
    """Return the colours from negative (orange) to positive (blue), in the current theme.

    Their number is odd: the one in the middle is close to that of the page.
    """
    colours = _theme("chartDivergingColors")
    half = len(colours) // 2
    return [*colours[:half], _theme("secondaryBackgroundColor"), *colours[-half:]]


def right_colour() -> str:
    """Return the colour of right answers, in the current theme."""
    return palette()[0]


def wrong_colour() -> str:
    """Return the colour of wrong answers, in the current theme."""
    return palette()[1]


def text_colour() -> str:
    """Return the colour of text, in the current theme."""
    return _theme("textColor")


def ground_colour() -> str:
    """Return the colour of the page, in the current theme."""
    return _theme("backgroundColor")


def fade(colour: str, opacity: float) -> str:
    """Return a colour "#rrggbb" with an opacity in [0, 1], as CSS."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:.3f})"


def _theme(option: str) -> Any:
    return st.get_option(f"theme.{st.context.theme.type or 'light'}.{option}")


def learning_curve(
    curves: Curves, metric: str, total_steps: int, smoothing: float = 0.8
) -> go.Figure:
    """Draw loss or accuracy over the steps of a run, with changes of the learning rate.

    Parameters
    ----------
    curves : core.runs.curves.Curves
    metric : {'loss', 'accuracy'}
    total_steps : int
        Batches of the whole run, so that the axis keeps its length while the curve grows.
    smoothing : float, in [0, 1)
        Of the training curve: the weight of earlier values.
    """
    batches, epochs = curves.batches, curves.epochs
    smooth = _smoothed([record[metric] for record in batches], smoothing)
    every = max(len(batches) // _MOST_POINTS, 1)
    kept = slice((len(batches) - 1) % every, None, every)  # the last one always
    training = dict(
        x=[record["step"] for record in batches[kept]],
        y=smooth[kept],
        name="training",
        line=dict(color=right_colour(), width=2),
        hovertemplate="step %{x}: %{y:.4f}<extra>training</extra>",
    )
    validated = [record for record in epochs if f"val_{metric}" in record]
    validation = dict(
        x=[record["step"] for record in validated],
        y=[record[f"val_{metric}"] for record in validated],
        name="validation",
        mode="lines+markers",
        line=dict(color=wrong_colour(), width=2),
        marker=dict(size=9, symbol="diamond"),
        hovertemplate="epoch %{customdata}: %{y:.4f}<extra>validation</extra>",
        customdata=[record["epoch"] for record in validated],
    )
    layout = dict(
        height=270,
        margin=_NO_MARGIN,
        # From the start: otherwise the axes would move when the validation curve appears.
        showlegend=True,
        legend=dict(orientation="h", yref="container", y=0, yanchor="bottom", x=0),
        xaxis=dict(title="step (batches done)", range=[0, 1.03 * max(total_steps, 1)]),
        yaxis=dict(title=metric, rangemode="tozero")
        if metric == "loss"
        else dict(title=metric, tickformat=".0%", minallowed=0, maxallowed=1.01),
    )
    # All at once: trace by trace takes four times as long, and this is drawn once a second.
    figure = go.Figure([training, validation], layout)
    for change in curves.rates:
        figure.add_vline(
            change["step"],
            line=dict(width=1, dash="dot", color="rgba(128, 128, 128, 0.9)"),
            annotation=dict(text=f"rate {change['learning_rate']:.2g}", textangle=-90),
        )
    return figure


def over_steps(batches: Sequence[Record], name: str, total_steps: int) -> go.Figure:
    """Draw another metric of the batches over the steps of a run, not smoothed."""
    line = dict(
        x=[record["step"] for record in batches if name in record],
        y=[record[name] for record in batches if name in record],
        line=dict(color=right_colour(), width=2),
        hovertemplate="step %{x}: %{y:.3g}<extra></extra>",
    )
    layout = dict(
        height=180,
        margin=_NO_MARGIN,
        xaxis=dict(title="step (batches done)", range=[0, 1.03 * max(total_steps, 1)]),
        yaxis=dict(rangemode="tozero"),
    )
    return go.Figure([line], layout)


def probability_bars(probabilities: np.ndarray | None, label: int | None = None) -> go.Figure:
    """Draw ten horizontal bars, the longest in colour, each with its value.

    Parameters
    ----------
    probabilities : ndarray of float, shape (10,), or None
        ``None`` for ten empty bars.
    label : int, optional
        The true digit, if known: it is marked, and the longest bar is orange if it is another.
    """
    given = np.zeros(10) if probabilities is None else probabilities
    winner = int(given.argmax())
    muted = "rgba(128, 128, 128, 0.45)"
    colour = right_colour() if label in (None, winner) else wrong_colour()
    texts = [
        wording.probability(p) + (" · label" if d == label else "") for d, p in enumerate(given)
    ]
    figure = go.Figure(
        go.Bar(
            x=given,
            y=DIGITS,
            orientation="h",
            marker_color=[colour if d == winner else muted for d in range(10)],
            text=None if probabilities is None else texts,
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        height=280,
        margin=dict(l=0, r=60 if label is None else 110, t=4, b=0),
        bargap=0.25,
        xaxis=dict(range=[0, 1], visible=False, fixedrange=True),
        yaxis=dict(
            type="category", autorange="reversed", fixedrange=True, showgrid=False, tickfont_size=15
        ),
    )
    return figure


def _smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average, corrected for its start as in Adam."""
    smooth, mean, correction = [], 0.0, 0.0
    for value in values:
        mean = weight * mean + (1 - weight) * value
        correction = weight * correction + (1 - weight)
        smooth.append(mean / correction)
    return smooth


def colours() -> list[str]:
    """Return a colour for each of the runs that can be compared."""
    theme = palette()
    return [theme[place % len(theme)] for place in range(compare.MOST)]


def intervals(scores: list[tuple[str, Scores]]) -> go.Figure:
    """Draw test accuracies with their intervals, one below the other.

    Parameters
    ----------
    scores : list of (str, Scores)
        A letter and the result of its run; at most eight.
    """
    figure = go.Figure()
    for (letter, reached), colour in zip(scores, colours(), strict=False):
        low, high = reached.interval
        figure.add_scatter(
            x=[100 * reached.accuracy],
            y=[letter],
            error_x=dict(
                array=[100 * (high - reached.accuracy)],
                arrayminus=[100 * (reached.accuracy - low)],
                thickness=2,
                width=5,
            ),
            marker=dict(size=10, color=colour),
            hovertemplate=f"{letter}: %{{x:.2f}} %<extra></extra>",
        )
    figure.update_layout(
        height=60 + 32 * len(scores),
        # Room for the numbers of the axis: Plotly itself cut them off.
        margin=dict(l=0, r=24, t=8, b=32),
        showlegend=False,
        xaxis=dict(ticksuffix=" %", nticks=5),
        yaxis=dict(type="category", autorange="reversed"),
    )
    return figure
