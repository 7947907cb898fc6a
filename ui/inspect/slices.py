"""Slices of the test set by writing style: thick, thin, slanted or small digits."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation import slices
from core.evaluation.slices import PROPERTIES, Slice
from ui import cache, charts, layout, tables, wording
from ui.inspect import address, image_grid

_TABLE_PX = 340
_ROW_PX = 22
_SHOWN = {"mistakes": "Mistakes only", "all": "All images"}


def show(model: registry.Model, card: Card) -> None:
    """Show the accuracy on each part of each property, worst first, and the images of one."""
    rows = tables.answers(model)
    measured = cache.measured(model)
    if measured is None:
        st.markdown(
            "Writing styles are measured on the test images, which are not on this machine."
        )
        image_grid.show(rows[rows["label"] != rows["answer"]], model, card, "slices", "mistakes")
        return
    right = (rows["label"] == rows["answer"]).to_numpy()
    found = slices.by_property(measured, right)
    worst = found[0]
    st.markdown(
        f"Each property divides the test images into fifths. The worst is **{_title(worst)}** "
        f"({_range(worst)}) with an accuracy of {wording.percent(worst.accuracy)}; on all images "
        f"it is {wording.percent(right.mean())}."
    )
    left, beside = layout.two_parts(_TABLE_PX, "slices")
    with left:
        name = _choose(found) or worst.name
        tables.csv(_csv(found), f"{model.name}-slices")
    with beside:
        charts.show(
            figure(found, float(right.mean())),
            key=f"slices-{model.name}",
            alt=f"Accuracy of each part of each property with intervals; worst: {_title(worst)}",
        )
        st.caption(
            "Lines are 95 % intervals. They are orange if they lie entirely below the accuracy on "
            "all images (dashed line). One or two of the parts may do so by chance."
        )
    opened = next(one for one in found if one.name == name)
    _images(rows, slices.parts(measured[opened.measure]), opened, model, card)


def _choose(found: list[Slice]) -> str | None:
    names = [one.name for one in found]
    opened = address.chosen_slice(names)
    table = pd.DataFrame(
        {
            "images": [_title(one) for one in found],
            "right": [100 * one.accuracy for one in found],
            "mistakes": [one.n - one.right for one in found],
        }
    )
    key = f"slices-{opened}"

    def open_chosen() -> None:
        if rows := st.session_state[key]["selection"]["rows"]:
            address.open_slice(names[rows[0]])

    st.dataframe(
        table,
        key=key,
        on_select=open_chosen,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [names.index(opened)] if opened else []}},
        hide_index=True,
        height=420,
        column_config={
            "right": st.column_config.NumberColumn(
                format="%.2f %%", width=65, help="Share of these images that is read correctly."
            ),
            "mistakes": st.column_config.NumberColumn(width=60),
        },
        alt="Each fifth of each property with its accuracy, worst first",
    )
    return opened


def _images(
    rows: pd.DataFrame, places: np.ndarray, opened: Slice, model: registry.Model, card: Card
) -> None:
    st.subheader(f"{_title(opened)}: {opened.n - opened.right:,} mistakes")
    st.caption(
        f"{opened.kind.explanation} Here it is {_range(opened)}. The hardest images come first."
    )
    which = st.segmented_control(
        "Show",
        list(_SHOWN),
        default="mistakes",
        required=True,
        format_func=_SHOWN.__getitem__,
        key="slice-shows",
        persist_state="session",
        label_visibility="collapsed",
    )
    inside = rows[places == opened.part]
    if which == "mistakes":
        inside = inside[inside["label"] != inside["answer"]]
    inside = inside.sort_values(["loss", "index"], ascending=[False, True])
    words = f"{'images' if which == 'all' else 'mistakes'} ({_title(opened)})"
    image_grid.show(inside, model, card, f"{model.name}-{opened.name}-{which}", words)


def _title(one: Slice) -> str:
    return f"{one.kind.title}: {one.words}"


def _range(one: Slice) -> str:
    low, high = (f"{value:.{one.kind.digits}f}".replace("-", "−") for value in (one.low, one.high))
    return f"{low} to {high}{one.kind.unit}"


def _csv(found: list[Slice]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "slice": one.name,
                "images": _title(one),
                "from": one.low,
                "to": one.high,
                "right": one.right,
                "n": one.n,
                "accuracy": one.accuracy,
                "interval_low": one.interval[0],
                "interval_high": one.interval[1],
            }
            for one in found
        ]
    )


def figure(found: list[Slice], overall: float) -> go.Figure:
    """Draw the accuracy of each part with its interval, property by property.

    Parameters
    ----------
    found : list of Slice
    overall : float
        Accuracy on all images, in [0, 1].
    """
    figure = go.Figure()
    places = {name: place for place, name in enumerate(PROPERTIES)}
    ordered = sorted(found, key=lambda one: (places[one.measure], one.part))
    for worse in (False, True):
        some = [one for one in ordered if (one.interval[1] < overall) == worse]
        figure.add_scatter(
            x=[one.accuracy for one in some],
            y=[_title(one) for one in some],
            mode="markers",
            marker=dict(
                size=8,
                color=charts.wrong_colour() if worse else charts.right_colour(),
                symbol="diamond" if worse else "circle",
            ),
            error_x=dict(
                array=[one.interval[1] - one.accuracy for one in some],
                arrayminus=[one.accuracy - one.interval[0] for one in some],
                thickness=1.5,
                width=3,
            ),
            customdata=[one.n for one in some],
            hovertemplate="%{y}: %{x:.2%} of %{customdata:,}<extra></extra>",
        )
    figure.add_vline(overall, line=dict(width=1.5, dash="dash", color="rgba(128, 128, 128, 0.9)"))
    lowest = min(one.interval[0] for one in ordered)
    room = 0.05 * (1 - lowest)
    figure.update_layout(
        height=90 + _ROW_PX * len(ordered),
        margin=dict(l=0, r=8, b=0),
        showlegend=False,
        xaxis=dict(tickformat=".3~%", nticks=5, range=[lowest - room, 1 + room]),
        yaxis=dict(
            categoryorder="array",
            categoryarray=[_title(one) for one in ordered],
            autorange="reversed",
            dtick=1,
        ),
    )
    return figure
