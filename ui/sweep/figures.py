"""Figures of a sweep: of its own tries, and Optuna's, in the colours of the theme."""

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

import numpy as np
import optuna
import plotly.graph_objects as go
from optuna.trial import FrozenTrial, TrialState, create_trial

from core.sweeps.config import SweepConfig
from core.sweeps.space import Choices, Dimension, Value
from core.sweeps.store import Try, TryState
from core.sweeps.study import distribution
from ui import charts

_HEIGHT = 300
_MARGIN = dict(l=0, r=8, t=8, b=0)
_MOST_MARKS = 8  # choices that are all written along their axis
LEAST_TO_RANK = 4  # tries: with fewer nothing can be said of what mattered
_ENDS = {TryState.FINISHED: TrialState.COMPLETE, TryState.PRUNED: TrialState.PRUNED}

optuna.logging.set_verbosity(optuna.logging.WARNING)


def history(tries: Sequence[Try], over: str) -> go.Figure:
    """Draw each try's accuracy, and the best so far.

    Parameters
    ----------
    tries : sequence of Try
    over : {'tries', 'CPU time'}
        The horizontal axis.
    """
    scored = [one for one in tries if one.value is not None]
    if over == "tries":
        x, title = [float(one.number) for one in scored], "try"
    else:
        x = [used / 60 for used in accumulate(one.cpu_seconds or 0.0 for one in scored)]
        title = "CPU minutes of all tries so far"
    y = [100 * (one.value or 0.0) for one in scored]
    best = list(accumulate(_whole(scored), max))
    figure = go.Figure()
    for name, finished, symbol in (
        ("finished", True, "circle"),
        ("pruned: ended early", False, "x-thin"),
    ):
        places = [i for i, one in enumerate(scored) if (one.state is TryState.FINISHED) == finished]
        figure.add_scatter(
            x=[x[i] for i in places],
            y=[y[i] for i in places],
            mode="markers",
            name=name,
            marker=dict(
                size=8,
                symbol=symbol,
                color=charts.right_colour(),
                line=dict(width=0 if finished else 2, color="rgba(128, 128, 128, 0.9)"),
            ),
            customdata=[scored[i].number for i in places],
            hovertemplate="try %{customdata}: %{y:.2f} %<extra></extra>",
        )
    figure.add_scatter(
        x=x,
        y=[100 * value if value else None for value in best],
        mode="lines",
        name="best so far",
        line=dict(color=charts.wrong_colour(), width=2, shape="hv"),
        hovertemplate="best: %{y:.2f} %<extra></extra>",
    )
    return figure.update_layout(
        height=_HEIGHT,
        margin=_MARGIN,
        legend=dict(orientation="h", yref="container", y=0, yanchor="bottom", x=0),
        # From a little before 0, or the starting point would be cut in half.
        xaxis=dict(
            title=title,
            range=[-0.03 * max(x), 1.03 * max(x)] if any(x) else None,
            tickformat="~g",
            nticks=min(len(x) + 1, 8),
        ),
        yaxis=dict(title="right on validation images", ticksuffix=" %"),
    )


def lines(config: SweepConfig, tries: Sequence[Try], titles: dict[str, str]) -> go.Figure:
    """Draw each try as a line over its settings and its accuracy (parallel coordinates).

    Parameters
    ----------
    config : SweepConfig
    tries : sequence of Try
    titles : dict of str to str
        What each setting is called.
    """
    scored = [one for one in tries if one.value is not None]
    values = [one.value or 0.0 for one in scored]
    low, high = min(values), max(values)
    heights = [
        [
            *(_height(dimension, one.parameters[name]) for name, dimension in config.vary.items()),
            0.5 if high == low else ((one.value or 0.0) - low) / (high - low),
        ]
        for one in scored
    ]
    best = max(_whole(scored), default=0.0)
    parts = (
        (
            "pruned: ended early",
            lambda one: one.state is not TryState.FINISHED,
            "rgba(128,128,128,0.4)",
            1,
        ),
        ("finished", lambda one: one.state is TryState.FINISHED, charts.right_colour(), 1.5),
        ("best", lambda one: one.value == best, charts.wrong_colour(), 3),
    )
    figure = go.Figure()
    for name, belongs, colour, width in parts:
        numbers, xs, ys = [], [], []
        for one, line in zip(scored, heights, strict=True):
            if belongs(one):
                numbers += [one.number] * (len(line) + 1)
                xs += [*range(len(line)), None]
                ys += [*line, None]
        figure.add_scatter(
            x=xs,
            y=ys,
            name=name,
            mode="lines+markers",
            line=dict(color=colour, width=width),
            marker=dict(size=7, color=colour),
            customdata=np.array(numbers, np.float32)[:, None],
            hovertemplate="try %{customdata[0]}<extra></extra>",
        )
    marked = [*map(_marks, config.vary.values()), (f"{100 * low:.2f} %", f"{100 * high:.2f} %")]
    for place, marks in enumerate(marked):
        figure.add_vline(place, line=dict(color="rgba(128, 128, 128, 0.6)", width=1), layer="below")
        for i, text in enumerate(marks):
            y = i / (len(marks) - 1)
            anchor = {0.0: "top", 1.0: "bottom"}.get(y, "middle")
            aside = dict(xanchor="left", xshift=6) if anchor == "middle" else {}
            figure.add_annotation(x=place, y=y, text=text, showarrow=False, yanchor=anchor, **aside)
    names = [*(titles[name] for name in config.vary), "accuracy"]
    return figure.update_layout(
        height=_HEIGHT + 60,
        margin=dict(l=24, r=40, t=8, b=0),
        dragmode="select",
        legend=dict(orientation="h", yref="container", y=0, yanchor="bottom", x=0),
        xaxis=dict(
            tickvals=list(range(len(names))), ticktext=names, showgrid=False, zeroline=False
        ),
        yaxis=dict(visible=False, range=[-0.12, 1.12]),
    )


def comparable(tries: Sequence[Try]) -> tuple[int, list[Try]]:
    """Return the last epoch that half of the tries have reached, and those tries.

    What was ended early cannot be compared with the others by its end.
    """
    scored = [one for one in tries if one.epochs]
    least = max(LEAST_TO_RANK, len(scored) // 2)
    for epoch in sorted({epoch for one in scored for epoch in one.epochs}, reverse=True):
        reached = [one for one in scored if epoch in one.epochs]
        if len(reached) >= least:
            return epoch, reached
    return 0, []


def importance(
    config: SweepConfig, tries: Sequence[Try], epoch: int, titles: dict[str, str]
) -> go.Figure:
    """Draw how much each setting mattered for the accuracy, by Optuna's PED-ANOVA.

    Parameters
    ----------
    config : SweepConfig
    tries : sequence of Try
    epoch : int
        After which the accuracies are compared; all of the tries have reached it.
    titles : dict of str to str
    """
    found = optuna.importance.get_param_importances(_study(config, _after(tries, epoch)))
    names = sorted(found, key=found.__getitem__)
    bars = go.Bar(
        x=[100 * found[name] for name in names],
        y=[titles[name] for name in names],
        orientation="h",
        marker_color=charts.right_colour(),
        hovertemplate="%{y}: %{x:.0f} %<extra></extra>",
    )
    return go.Figure(bars).update_layout(
        height=_HEIGHT,
        margin=_MARGIN,
        xaxis=dict(title="share of the differences", ticksuffix=" %", rangemode="tozero"),
        yaxis=dict(automargin=True),
    )


def slices(
    config: SweepConfig, tries: Sequence[Try], epoch: int, titles: dict[str, str]
) -> go.Figure:
    """Draw the accuracy against each setting alone, as Optuna does.

    Parameters
    ----------
    config, tries, epoch, titles
        As for `importance`.
    """
    study = _study(config, _after(tries, epoch))
    figure = optuna.visualization.plot_slice(
        study,
        target=lambda trial: 100 * (trial.value or 0.0),
        target_name=f"accuracy after epoch {epoch}",
    )
    for axis in figure.select_xaxes():
        axis.update(title_text=titles.get(axis.title.text, axis.title.text), nticks=4, tickangle=0)
    figure.update_yaxes(ticksuffix=" %", selector=dict(anchor="x"))
    scale = [[0, charts.right_colour()], [1, charts.wrong_colour()]]
    figure.update_traces(marker=dict(colorscale=scale, line=dict(width=0)))
    figure.update_traces(marker_colorbar_title="try", selector=dict(showlegend=False))
    return _as_ours(figure)


def epochs(config: SweepConfig, tries: Sequence[Try]) -> go.Figure:
    """Draw the accuracy of each try after each of its epochs, as Optuna does."""
    figure = optuna.visualization.plot_intermediate_values(_study(config, tries))
    figure.update_xaxes(title="epoch", dtick=1)
    figure.update_yaxes(title="right on validation images", tickformat=".1%")
    return _as_ours(figure).update_layout(showlegend=False)


def timeline(config: SweepConfig, tries: Sequence[Try]) -> go.Figure:
    """Draw when each try trained, as Optuna does."""
    figure = optuna.visualization.plot_timeline(_study(config, tries))
    colours = {"COMPLETE": ("finished", charts.right_colour()), "PRUNED": ("pruned", "#8a8a8a")}
    for bar in figure.data:
        if known := colours.get(bar.name):
            bar.name, bar.marker.color = known
    figure.update_xaxes(title=None)
    figure.update_yaxes(title="try")
    return _as_ours(figure)


def _after(tries: Sequence[Try], epoch: int) -> list[Try]:
    """Return tries as if they had finished with an epoch."""
    end = TryState.FINISHED
    return [one.model_copy(update={"state": end, "value": one.epochs[epoch]}) for one in tries]


def _study(config: SweepConfig, tries: Sequence[Try]) -> optuna.Study:
    """Return the tries that have ended as a study in memory: the journal is the conductor's."""
    study = optuna.create_study(direction="maximize")
    distributions = {name: distribution(one) for name, one in config.vary.items()}
    for one in tries:
        state = _ENDS.get(one.state)
        if state is None:
            continue
        trial: FrozenTrial = create_trial(
            state=state,
            params=one.parameters,
            distributions=distributions,
            value=one.value,
            intermediate_values=dict(one.epochs),
        )
        if one.started is not None and one.ended is not None:
            trial.datetime_start = datetime.fromtimestamp(one.started)
            trial.datetime_complete = datetime.fromtimestamp(one.ended)
        study.add_trial(trial)
    return study


def _as_ours(figure: go.Figure) -> go.Figure:
    return figure.update_layout(title=None, template=None, height=_HEIGHT, margin=_MARGIN)


def _whole(tries: Sequence[Try]) -> list[float]:
    """Return the accuracies of finished tries, 0 for the others: those were measured sooner."""
    return [(one.value or 0.0) if one.state is TryState.FINISHED else 0.0 for one in tries]


def _height(dimension: Dimension, value: Value) -> float:
    """Return where a value lies on its axis, in [0, 1]."""
    if isinstance(dimension, Choices):
        place = [repr(choice) for choice in dimension.choices].index(repr(value))
        return place / (len(dimension.choices) - 1)
    scale = math.log if dimension.log else float
    low, high, here = (scale(float(end)) for end in (dimension.low, dimension.high, value or 0))
    return (here - low) / (high - low)


def _marks(dimension: Dimension) -> tuple[str, ...]:
    """Return what is written along an axis, evenly from its lower end to its upper one."""
    if isinstance(dimension, Choices) and len(dimension.choices) <= _MOST_MARKS:
        return tuple(map(_short, dimension.choices))
    if isinstance(dimension, Choices):
        return _short(dimension.choices[0]), _short(dimension.choices[-1])
    return _short(dimension.low), _short(dimension.high)


def _short(value: Value) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:.3g}"
    return str(value)
