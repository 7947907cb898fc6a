"""Stroke by stroke: the answer at each moment of a drawing, and without each of its strokes."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.explain import drawing
from core.reading import canvas_strokes
from ui import charts, pictures, wording
from ui.draw.subject import Subject

_LINES = 4  # digits with a line each; ten lines in one chart tell nothing
_HEIGHT = 150  # pixels of the drawing's picture, at least


def show(subject: Subject) -> None:
    """Show the drawing at a moment, the probabilities over time, and the worth of each stroke."""
    pad, box = subject.pad, subject.digit.box
    own = drawing.inside(subject.strokes, box)
    if pad is None or not own:
        st.info("The strokes of this drawing were not recorded.")
        return
    size = (pad.width, pad.height)
    found = drawing.moments(own, size, box, subject.predict)
    # The last moment is the drawing that was read; the browser renders it slightly differently.
    found.probabilities[-1] = subject.digit.probabilities
    count = len(found.shares)
    moment = st.slider(
        "How much is drawn", 1, count, count, format=f"moment %d of {count}", key="draw-moment"
    )
    so_far = canvas_strokes.drawing(drawing.until(own, found.shares[moment - 1]), *size)
    answers = found.probabilities[moment - 1]
    picture, lines = st.columns([1, 2], vertical_alignment="center")
    with picture:
        said = _answer(answers, subject.refused)
        st.image(_part(so_far, box), alt=f"The drawing so far. {said}", output_format="PNG")
        st.markdown(said)
    with lines:
        figure, alt = _over_moments(found, moment)
        charts.show(figure, key="moments", alt=alt)
    _worth(subject, own, size)


def _worth(subject: Subject, own: list, size: tuple[int, int]) -> None:
    """Say what the answer would be without each stroke."""
    if len(own) == 1:
        st.caption("The digit has only one stroke, so there is nothing to read without it.")
        return
    answer, before = subject.digit.digit, float(subject.digit.probabilities.max())
    st.markdown(
        f"**Worth of each stroke:** the probability of {answer} without it, instead of "
        f"{wording.probability(before)}"
    )
    without = drawing.without_each(own, size, subject.digit.box, subject.predict)
    with st.grid(min_column_width=120, gap="small"):
        for place, answers in enumerate(without):
            rest = [stroke for other, stroke in enumerate(own) if other != place]
            image = _part(canvas_strokes.drawing(rest, *size), subject.digit.box)
            with st.container(gap="xsmall"):
                name = f"without stroke {place + 1}"
                st.image(image, alt=f"The drawing {name}", output_format="PNG", width=112)
                share = "nothing to read" if np.isnan(answers).any() else _change(answers, answer)
                st.caption(f"{name}: {share}")


def _change(answers: np.ndarray, answer: int) -> str:
    share = wording.probability(float(answers[answer]))
    best = int(answers.argmax())
    return share if best == answer else f"{share}, and the answer would be {best}"


def _answer(answers: np.ndarray, refused: bool) -> str:
    if np.isnan(answers).any():
        return "Nothing to read yet"
    best = int(answers.argmax())
    share = float(answers[best])
    if refused:
        return (
            f"The classifier alone would say **{best}** ({wording.probability(share)}), but the "
            "drawing is refused as not a digit."
        )
    return f"Read as **{best}**, {wording.sure(share)}"


def _part(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Cut a digit out of its drawing with a margin, and enlarge it."""
    left, top, right, bottom = box
    room = max(right - left, bottom - top) // 6
    part = picture[max(top - room, 0) : bottom + room, max(left - room, 0) : right + room, 0]
    return pictures.enlarge(part, max(1, -(-_HEIGHT // len(part))))


def _over_moments(found: drawing.Moments, moment: int) -> tuple[go.Figure, str]:
    """Draw the probabilities of the likeliest digits over time, each labelled at its peak."""
    shares = np.nan_to_num(found.probabilities)
    # The last answer, and the digits that were the likeliest for longest.
    led = np.bincount(shares.argmax(axis=1), minlength=10) + 1000 * (
        np.arange(10) == shares[-1].argmax()
    )
    named = [int(d) for d in np.argsort(-led, kind="stable")[:_LINES] if led[d]]
    figure = go.Figure()
    moments = np.arange(1, len(shares) + 1)
    for digit in named:
        figure.add_scatter(
            x=moments,
            y=found.probabilities[:, digit],
            name=str(digit),
            mode="lines",
            line=dict(color=charts.CLASS_COLOURS[digit], width=2),
            hovertemplate=f"{digit}: %{{y:.1%}}<extra>moment %{{x}}</extra>",
        )
        # At its peak, where lines are apart.
        where = int(shares[:, digit].argmax())
        figure.add_annotation(
            x=moments[where], y=shares[where, digit], text=f"<b>{digit}</b>", showarrow=False,
            yshift=10, font_color=charts.CLASS_COLOURS[digit], font_size=15,
        )  # fmt: skip
    figure.add_vline(moment, line=dict(width=1, dash="dot", color="rgba(128, 128, 128, 0.9)"))
    figure.update_layout(
        height=260,
        margin=dict(l=0, r=0, b=0),
        showlegend=False,
        xaxis=dict(title="moment of the drawing", range=[0.5, len(shares) + 1]),
        yaxis=dict(title="probability", tickformat=".0%", range=[0, 1.12]),
    )
    last = wording.enumeration([str(digit) for digit in named])
    return figure, f"Probability of {last} over {len(shares)} moments of the drawing"
