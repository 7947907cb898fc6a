"""Replay of a training: answers, confusions, map and filters of the network, step by step."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core import wording
from core.runs import contract, playback
from core.runs.curves import Curves
from core.runs.playback import Epoch, Looks
from ui import charts, pictures
from ui.train import watched_digits

_FRAME_S = 0.7
_DEEPEST = 0.5  # opacity of a colour on which counts are legible, in either theme
_FILTERS_SHOWN, _FILTER_PX = 16, 56


def show(run: contract.Run, curves: Curves, looks: Looks) -> None:
    """Show a slider over the steps of a finished run, and the recorded state at each."""
    seen = playback.read_panel(run.folder)
    if seen is None or not looks.steps:
        return
    st.markdown("**Replay of the training**")
    playing = st.toggle(
        "Play", key=f"play-{run.id}", help="Plays through the training step by step."
    )
    st.fragment(_scene, run_every=_FRAME_S if playing else None)(run, curves, looks, seen, playing)


def _scene(
    run: contract.Run,
    curves: Curves,
    looks: Looks,
    seen: tuple[np.ndarray, np.ndarray],
    playing: bool,
) -> None:
    key, last = f"replay-{run.id}", len(looks.steps) - 1
    at = min(st.session_state.get(key, 0 if playing else last), last)
    if playing:
        st.session_state[key] = 0 if at == last else at + 1
    elif key not in st.session_state:
        st.session_state[key] = last
    if last:
        at = st.select_slider(
            "Step",
            range(last + 1),
            format_func=lambda look: f"{looks.steps[look]:,}",
            key=key,
        )
    watched_digits.show(looks, *seen, at=at)
    done = [r["epoch"] for r in curves.epochs if r["step"] <= looks.steps[at]]
    epoch = playback.read_epoch(run.folder, done[-1]) if done else None
    if epoch is None:
        st.caption("The confusion matrix and the map of the digits appear after the first epoch.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Confusion matrix** after epoch {done[-1]}")
        _mistakes(epoch, run.id)
    with right:
        st.markdown("**Map of the digits:** similar digits lie close together")
        charts.show(
            _map(epoch), key=f"map-{run.id}", alt="Map of validation digits, coloured by digit"
        )
    _filters(epoch)


def _mistakes(epoch: Epoch, run: str) -> None:
    if epoch.confusion.sum() == np.trace(epoch.confusion):
        st.markdown(
            f"All {epoch.confusion.sum():,} validation digits are read correctly. The digits that "
            "the network confuses would be shown here."
        )
        return
    charts.show(_confusion(epoch), key=f"mixed-{run}", alt=_mixed(epoch), static=True)


def _mixed(epoch: Epoch) -> str:
    errors = epoch.confusion.sum() - np.trace(epoch.confusion)
    return f"Confusion matrix: {errors} of {epoch.confusion.sum()} validation digits misread"


def _confusion(epoch: Epoch) -> go.Figure:
    """Draw only the mistakes: the diagonal would outshine them."""
    mistakes = epoch.confusion.copy()
    np.fill_diagonal(mistakes, 0)
    colour = charts.wrong_colour()
    figure = go.Figure(
        go.Heatmap(
            z=mistakes,
            x=charts.DIGITS,
            y=charts.DIGITS,
            text=np.where(mistakes > 0, mistakes.astype(str), ""),
            texttemplate="%{text}",
            # Plotly chooses by the colour below, as if it were not transparent.
            textfont_color=charts.text_colour(),
            colorscale=[[0, charts.fade(colour, 0)], [1, charts.fade(colour, _DEEPEST)]],
            zmin=0,
            zmax=max(int(mistakes.max()), 5),
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        height=330,
        margin=dict(l=0, r=0, t=8, b=0),
        xaxis=dict(title="answer", type="category", showgrid=False),
        yaxis=dict(title="true digit", type="category", autorange="reversed", showgrid=False),
    )
    return figure


def _map(epoch: Epoch) -> go.Figure:
    figure = go.Figure()
    for digit in range(10):
        own = epoch.labels == digit
        wrong = epoch.answers[own] != digit
        place = epoch.map[own].astype(float)
        figure.add_scattergl(
            x=place[:, 0],
            y=place[:, 1],
            name=str(digit),
            mode="text",
            text=[str(digit)] * len(place),
            textfont=dict(size=np.where(wrong, 17, 12), color=charts.CLASS_COLOURS[digit]),
            hovertemplate=[
                f"{wording.a_digit(digit)}, read as {answer}<extra></extra>"
                for answer in epoch.answers[own]
            ],
        )
    figure.update_layout(
        height=330,
        margin=dict(l=0, r=0, b=0),
        showlegend=False,
        xaxis=dict(visible=False, range=[-3, 3]),
        yaxis=dict(visible=False, range=[-3, 3]),
    )
    return figure


def _filters(epoch: Epoch) -> None:
    filters = epoch.filters[..., :_FILTERS_SHOWN].astype(np.float32)
    if not filters.size:
        return
    st.markdown("**Filters of the first layer:** bright where they expect ink, dark where none")
    largest = np.abs(filters).max(axis=(0, 1), keepdims=True)
    shown = np.moveaxis(0.5 + 0.5 * filters / np.maximum(largest, 1e-6), -1, 0)
    factor = max(_FILTER_PX // shown.shape[1], 1)
    names = [f"filter {number} of {len(shown)}" for number in range(1, len(shown) + 1)]
    with st.container(horizontal=True, gap="xsmall"):
        for one, name in zip(shown, names, strict=True):
            st.image(pictures.enlarge(one, factor), alt=name, width=_FILTER_PX, output_format="PNG")
