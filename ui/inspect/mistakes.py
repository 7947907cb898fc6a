"""Mistakes: the confusion matrix, and the images of each confusion."""

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation import mistakes
from ui import cache, downloads, layout
from ui.inspect import address, confusion, image_grid

_SHOWN = {"counts": "Counts", "rates": "Percentages"}
_ORDER = "gallery-order"
_ORDERS = {"confidence": "Most confident first", "loss": "Highest loss first"}


def show(model: registry.Model, card: Card) -> None:
    """Show the confusion matrix and, beside it, the images of the chosen cell."""
    left, right = layout.two_parts(confusion.WIDTH, "matrix")
    with left:
        _matrix(np.array(card.test.confusion), model.name)
    with right:
        _images(cache.answer_table(model), model, card)


def _matrix(counts: np.ndarray, model: str) -> None:
    """Show the confusion matrix; clicking a cell chooses its images."""
    rates = st.segmented_control(
        "Confusion matrix",
        list(_SHOWN),
        default="counts",
        required=True,
        format_func=_SHOWN.__getitem__,
        key="matrix-shows",
        persist_state="session",
        help="Numbers of images, or percentages of the images of the true digit.",
    )
    confusion.show(counts, rates == "rates", f"confusion-{model}", address.cell(), _open)
    st.caption("Row: the true digit. Column: the answer. Choose a cell to see its images.")


def _images(rows: pd.DataFrame, model: registry.Model, card: Card) -> None:
    """Show the images of the chosen cell, or all mistakes.

    Parameters
    ----------
    rows : DataFrame
        As returned by `core.evaluation.mistakes.answers`.
    model : registry.Model
    card : Card
        The model's.
    """
    cell = address.cell()
    if cell is None:
        _all_mistakes(model.name)
    else:
        _one_cell(cell)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Order",
            list(_ORDERS),
            default="confidence",
            required=True,
            format_func=_ORDERS.__getitem__,
            key=_ORDER,
            persist_state="session",
        )
        words, shown = selection(rows, model.name)
        downloads.csv(shown, f"{model.name}-mistakes")
    image_grid.show(shown, model, card, f"{model.name}-{cell}", words)


def in_words(cell: tuple[int, int]) -> str:
    """Name a cell of the confusion matrix: "4 read as 9", "4 read correctly"."""
    label, answer = cell
    return f"{label} read correctly" if label == answer else f"{label} read as {answer}"


def selection(rows: pd.DataFrame, model: str) -> tuple[str, pd.DataFrame]:
    """Return the chosen images: in words ("mistakes", "images: 4 read as 9"), and as rows."""
    cell = address.cell()
    order = st.session_state.get(_ORDER, "confidence")
    if cell is not None:
        return f"images: {in_words(cell)}", mistakes.cell(rows, *cell, order)
    label = st.session_state.get(_digit(model))
    shown = mistakes.mistakes(rows, label=label, order=order)
    return "mistakes" if label is None else f"misread digits {label}", shown


def _all_mistakes(model: str) -> None:
    st.subheader("Misread digits")
    st.pills(
        "True digit",
        range(10),
        key=_digit(model),
        persist_state="session",
        wrap=True,
    )


def _one_cell(cell: confusion.Cell) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(in_words(cell), width="content")
        st.button("Back to all mistakes", on_click=address.close_cell)


def _open(cell: confusion.Cell | None) -> None:
    if cell is None:
        address.close_cell()
    else:
        address.open_cell(*cell)


def _digit(model: str) -> str:
    return f"gallery-digit-{model}"
