"""Map of all test images by their embeddings, to choose images from."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import registry
from core.cards import Card
from core.studies.results import STUDIES
from ui import cache, charts, study, tables
from ui.inspect import hover_digit, image_grid

_COLOURINGS = {"class": "True digit", "error": "Right or wrong", "confidence": "Confidence"}
_HEIGHT = 560
_HOVER = (
    "%{customdata[1]}, read as %{customdata[2]}<br>%{customdata[3]:.1%} sure"
    "<br>image %{customdata[0]}<extra></extra>"
)


def show(model: registry.Model, card: Card) -> None:
    """Show the map, and the images chosen in it."""
    st.subheader("Map of the test images")
    found = study.result(
        model,
        STUDIES["map"],
        "Draw the map",
        "Each test image will be a point. Images that look similar to the network lie close "
        "together (an embedding map, by t-SNE). It takes about a minute.",
    )
    if found is None:
        return
    rows = tables.answers(model)
    colouring = st.segmented_control(
        "Colour by",
        list(_COLOURINGS),
        default="class",
        required=True,
        format_func=_COLOURINGS.__getitem__,
        key="map-colouring",
    )
    st.markdown(
        "Click a point to see its image. On a touch screen, or to choose several, draw around them "
        "with the lasso or the box."
    )
    chosen = charts.choose(
        _drawn(found["points"].astype(np.float32), rows, colouring, charts.ground_colour()),
        key=f"map-{model.name}-{colouring}",
        alt=f"Map of {len(rows):,} test images, coloured by {_COLOURINGS[colouring].lower()}",
    )
    pictures = cache.test_images(model)
    if pictures is not None:
        hover_digit.beside_map(pictures, card.data.test_digest)
    st.caption(
        "Points that are close together look similar to the network's second-to-last layer (its "
        "embedding). The axes and the distances between groups have no meaning. A point among "
        "another digit's group is probably read as that digit."
    )
    _images(rows, [int(point[0]) for point in chosen], model, card)


def _images(rows: pd.DataFrame, places: list[int], model: registry.Model, card: Card) -> None:
    if not places:
        return
    chosen = rows.iloc[places].sort_values(["loss", "index"], ascending=[False, True])
    st.subheader("Chosen images, hardest first")
    tables.csv(chosen, f"{model.name}-map")
    image_grid.show(chosen, model, card, key="map")


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawn(
    points: np.ndarray,
    _rows: pd.DataFrame,
    colouring: str,
    ground: str,
) -> go.Figure:
    """Return the map as it was drawn before: of the same points, hence of the same answers."""
    return figure(points, _rows, colouring)


def figure(points: np.ndarray, rows: pd.DataFrame, colouring: str) -> go.Figure:
    """Draw the map.

    Parameters
    ----------
    points : ndarray of float32, shape (n, 2)
    rows : DataFrame
        As returned by `core.evaluation.mistakes.answers`, a row for each point.
    colouring : {'class', 'error', 'confidence'}
        What colours, and for errors also symbols, show.
    """
    facts = rows[["index", "label", "answer", "confidence"]].to_numpy(np.float32)
    drawn = go.Figure()
    if colouring == "class":
        for digit, colour in enumerate(charts.CLASS_COLOURS):
            _add(drawn, points, facts, facts[:, 1] == digit, str(digit), color=colour, size=4)
    elif colouring == "error":
        right = facts[:, 1] == facts[:, 2]
        ground = charts.fade(charts.right_colour(), 0.35)
        _add(drawn, points, facts, right, "right", color=ground, size=4)
        wrong = dict(color=charts.wrong_colour(), size=10, symbol="x")
        _add(drawn, points, facts, ~right, "wrong", **wrong)
    else:
        # The least confident last, on top of the many confident ones.
        order = np.argsort(-facts[:, 3], kind="stable")
        bar = dict(title="sure", tickformat=".0%", thickness=12, len=0.6)
        scale = [[0, charts.wrong_colour()], [1, charts.right_colour()]]
        _add(
            drawn, points, facts, order, "", color=facts[order, 3], size=5,
            colorscale=scale, cmin=0.2, cmax=1, colorbar=bar,
        )  # fmt: skip
    _label_groups(drawn, points, facts[:, 1])
    drawn.update_layout(
        height=_HEIGHT,
        margin=dict(l=0, r=0, b=0),
        # If the lasso were active from the start, Streamlit would ignore clicks.
        dragmode="pan",
        showlegend=colouring == "error",
        legend=dict(orientation="h", itemsizing="constant", y=1, yanchor="bottom", x=0),
        xaxis=dict(visible=False),
        yaxis=dict(visible=False, scaleanchor="x"),
    )
    return drawn


def _add(
    drawn: go.Figure,
    points: np.ndarray,
    facts: np.ndarray,
    which: np.ndarray,
    name: str,
    **marker: object,
) -> None:
    drawn.add_scattergl(
        x=points[which, 0],
        y=points[which, 1],
        customdata=facts[which],
        name=name,
        mode="markers",
        marker=marker,
        hovertemplate=_HOVER,
    )


def _label_groups(drawn: go.Figure, points: np.ndarray, labels: np.ndarray) -> None:
    """Write each digit in the middle of its points: colours alone are hard to tell apart."""
    middles = {
        digit: np.median(group, axis=0).tolist()
        for digit in range(10)
        if (group := points[labels == digit]).size
    }
    # All at once: with each that is added, Plotly would check those before it again.
    drawn.layout.annotations = [
        dict(
            x=x,
            y=y,
            text=f"<b>{digit}</b>",
            showarrow=False,
            font_size=18,
            bgcolor=charts.fade(charts.ground_colour(), 0.75),
            borderpad=2,
        )
        for digit, (x, y) in middles.items()
    ]
