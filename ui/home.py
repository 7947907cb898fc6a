"""Home's content: a canvas, the ways on with live pictures, and the data and models here."""

from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
import streamlit as st

from core import data, registry
from core.cards import Card
from core.errors import DigitLabError
from core.evaluation import disputed_labels
from core.runs import contract, notes
from core.runs.curves import Curves, outline
from core.strokes import pen
from core.strokes.tries import TRIES
from core.wording import a_digit
from ui import (
    cache,
    canvas,
    charts,
    clicks,
    layout,
    live_answer,
    own_model,
    pictures,
    snapshot,
    wording,
)
from ui.draw import tries

_PICTURE_HEIGHT = 120
_IN_STRIP, _STRIP = 3, 3  # misread digits, and the side of each of their pixels
_TRY_PX = 76  # side of the picture of a try: on a phone all stand in one row
_LAST_RUNS = 4
_STRIP_PX = 88  # wide enough for the words below a digit
_WAYS = (1, 1.5, 1)  # widths: the strip of digits stays in one row
_HEADER = ("| Model | Accuracy | Tested on | Parameters |", "| :-- | --: | :-- | --: |")
_TEN_MINUTES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("pages/train.py", {"recipe": "sprint"}, "Watch *sprint* learn to read in {sprint}"),
    ("pages/train.py", {"recipe": "dense-starter"}, "Train *dense-starter*: is it as good?"),
    (
        "pages/inspect.py",
        {"model": registry.DEFAULT},
        "Find the two digits that the model confuses most",
    ),
)


@st.fragment
def draw(model: registry.Model) -> None:
    """Show a canvas with the answer beside it; Draw has the same drawing."""
    left, right = layout.two_parts(canvas.DIGIT.width, "home")
    with left:
        picture = canvas.drawing_canvas(canvas.DIGIT, canvas.DIGIT.pen)
        canvas.tools(canvas.DIGIT)
    with right:
        found = live_answer.read_or_say(model, picture)
        canvas.keep_reading(canvas.DIGIT, found)
        if found is not None:
            live = canvas.DIGIT, model.name
            live_answer.show(found, live_answer.DRAW_A_DIGIT, "home-answer", live=live)
        st.page_link("pages/draw.py", label="Open on Draw", icon=":material/arrow_forward:")


def ways_on() -> None:
    """Show the ways on side by side, on a phone below one another."""
    ways = (
        ("Train a network", "pages/train.py", _train_picture),
        ("See its mistakes", "pages/inspect.py", _mistakes_picture),
        ("Runs so far", "pages/runs.py", _runs_picture),
    )
    columns = st.columns(_WAYS, gap="medium")
    for column, (title, page, picture) in zip(columns, ways, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.page_link(page, label=f"**{title}**", icon=":material/arrow_forward:")
            picture()


def at_a_glance() -> None:
    """Show the state of data and models."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Digits")
        if data.default_source() == "mnist":
            st.markdown("**MNIST**: 60,000 digits for training and 10,000 for testing.")
        else:
            st.markdown(
                "**The offline sample**: 1,797 small digits that come with the software. MNIST, "
                "the data set that everyone compares on, is not on this machine yet."
            )
    with right:
        st.subheader("Models")
        models = snapshot.models()
        if not models:
            st.markdown("No model yet. Train one, then choose *Use this model*.")
            return
        # Not a data frame, for which the browser would load a program.
        st.markdown("\n".join([*_HEADER, *map(_row, models)]))
        _first_model()
        own_model.offer()


def _row(model: registry.Model) -> str:
    card = model.card
    source = wording.verbatim(wording.measured_on(card.data.source, card.scored_on))
    accuracy = wording.percent(card.test.accuracy)
    return f"| {model.name} | {accuracy} | {source} | {card.parameters:,} |"


def _first_model() -> None:
    """Say which model new visitors begin with, and let this visitor's be it."""
    first, mine = registry.active(snapshot.models()), snapshot.active_model()
    if first is None or mine is None:
        return
    st.caption(f"New visitors begin with **{first.name}**; whoever chooses another keeps it.")
    if first != mine:
        st.button(
            f"Let new visitors begin with {mine.name}",
            on_click=clicks.attempt,
            args=[lambda: registry.set_active(mine.name)],
            key="first-model",
        )


def ten_minutes() -> None:
    """Offer a short tour, with links to pages that are already set up."""
    with st.container(horizontal=True, gap="small", key="tries"):
        for name, one in TRIES.items():
            st.page_link(
                "pages/draw.py",
                label=f"{pictures.in_text(_drawn(name), one.task)}  \n{one.question}",
                query_params={tries.ADDRESS: name},
                width=_TRY_PX,
            )
    # One epoch of the offline sample is next to nothing: the form then has many more.
    sprint = "one epoch" if data.default_source() == "mnist" else "half a minute"
    for page, query, label in _TEN_MINUTES:
        st.page_link(
            page,
            label=label.format(sprint=sprint),
            query_params=query,
            icon=":material/arrow_forward:",
        )


@lru_cache
def _drawn(name: str) -> np.ndarray:
    """Return the drawing of a try, float32 (76, 76), as a small picture of the canvas."""
    strokes = [_TRY_PX * stroke for stroke in TRIES[name].strokes]
    return pen.draw(strokes, _TRY_PX * canvas.DIGIT.pen / canvas.DIGIT.width, _TRY_PX)


def _train_picture() -> None:
    last = _last_trained()
    if last is None:
        st.markdown("Your first network learns in half a minute while you watch.")
        return
    run, card = last
    curves = Curves(run.folder / contract.METRICS).refresh()
    name, data_set = notes.title(run), wording.data_name(card.here.config.data)
    st.metric(
        f"Last run: {wording.verbatim(name)} on {wording.verbatim(data_set)}",
        wording.percent(card.test.accuracy),
        chart_data=[record["accuracy"] for record in curves.batches],
        height=_PICTURE_HEIGHT,
        help="Accuracy: the share of test images that it reads correctly. The line is the accuracy "
        "on training images while it learned.",
    )


def _last_trained() -> tuple[contract.Run, Card] | None:
    """Return the last finished run whose result can be read, if there is one."""
    for run in snapshot.runs():
        if run.state == contract.State.FINISHED and run.has_model:
            with suppress(DigitLabError):
                return run, registry.of_run(run).card
    return None


def _runs_picture() -> None:
    runs = snapshot.runs()
    if not runs:
        st.markdown("Every training is kept with its curves and notes, to compare and repeat.")
        return
    with st.container(key="runs-so-far", gap=None):
        for run in runs[:_LAST_RUNS]:
            _run_link(run)


def _run_link(run: contract.Run) -> None:
    curve = pictures.curve_in_text(
        outline(run.folder / contract.METRICS), charts.right_colour(), "Its accuracy so far"
    )
    accuracy = run.status.accuracy if run.status else None
    result = str(run.state) if accuracy is None else wording.percent(accuracy)
    st.page_link(
        "pages/runs.py",
        label=f"{curve} {result} · {wording.verbatim(notes.title(run))}",
        query_params={"run": run.id},
    )


def _mistakes_picture() -> None:
    model = snapshot.active_model()
    found = _misread(model) if model else []
    if not found:
        st.markdown("Every misread digit, with the answer that the model gave.")
        return
    with st.container(horizontal=True, gap="small"):
        for one in found:
            what = a_digit(one.label)
            with st.container(width=_STRIP_PX, gap="xxsmall"):
                pictures.digit(one.image, f"{what.capitalize()}, read as {one.answer}", _STRIP)
                answer = wording.judged(f"**{one.answer}**", right=False)
                st.caption(f"{what}, read as {answer}")


class _Misread(NamedTuple):
    """A misread test image: uint8 (28, 28), its label, and the model's answer."""

    image: np.ndarray
    label: int
    answer: int


def _misread(model: registry.Model) -> list[_Misread]:
    """Return the wrong answers that the model is surest of.

    Nobody disputes their labels: what five people read as the model does is no mistake to begin
    with.
    """
    with suppress(DigitLabError):
        images = cache.carried_pictures(model) or cache.test_pictures(model) or {}
        digest = model.card.data.test_digest
        labels, probabilities = cache.predictions(model)
        answers = probabilities.argmax(axis=1)  # (n,)
        surest = np.argsort(-probabilities.max(axis=1), kind="stable")
        wrong = surest[answers[surest] != labels[surest]].tolist()
        plain = (k for k in wrong if k in images and disputed_labels.of(digest, k) is None)
        return [
            _Misread(images[k], int(labels[k]), int(answers[k])) for k in islice(plain, _IN_STRIP)
        ]
    return []
