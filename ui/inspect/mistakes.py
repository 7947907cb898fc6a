"""Mistakes: the misread digits, and the confusion matrix that chooses among them."""

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation import mistakes
from ui import cache, layout, tables
from ui.inspect import address, confusion, image_grid, image_reasons, page_top

_ALL = "Misread digits"
_SHOWN = {"counts": "Counts", "rates": "Percentages"}
_ORDER = "gallery-order"
_ORDERS = {"confidence": "Most confident first", "loss": "Highest loss first"}
_PER_PAGE = 12  # two rows of a screen 1280 px wide: the matrix begins on the first screen


def show(model: registry.Model, card: Card) -> None:
    """Show the misread digits, and below them the confusion matrix; a cell chooses the digits."""
    # Each in its own place: the matrix would be made anew, and lose the focus, if it moved.
    with st.container():
        _images(tables.answers(model), model, card)
    _matrix(np.array(card.test.confusion), model.name)


def _images(rows: pd.DataFrame, model: registry.Model, card: Card) -> None:
    """Show the chosen images, or all mistakes.

    Parameters
    ----------
    rows : DataFrame
        As returned by `core.evaluation.mistakes.answers`.
    model : registry.Model
    card : Card
        The model's.
    """
    words, shown = selection(rows)
    with st.container(gap=None):
        page_top.begin(f"images {words}")
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with row:
        st.subheader(title(), width="content", anchor=False)
        if _listed():
            st.button("All mistakes", icon=":material/arrow_back:", on_click=address.close_list)
        st.caption(image_grid.count(shown), width="content")
    if card.test.correct == card.test.n and shown.empty:
        st.markdown(
            f"All {card.test.n:,} test digits are read correctly. Each digit that the model "
            "misreads would be shown here."
        )
        return
    key = f"{model.name}-{_listed()}"
    image_grid.show(shown, model, card, key, words, _PER_PAGE, with_count=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            "Order",
            list(_ORDERS),
            default="confidence",
            required=True,
            format_func=_ORDERS.__getitem__,
            key=_ORDER,
            persist_state="session",
            label_visibility="collapsed",
        )
        tables.csv(shown, f"{model.name}-mistakes")
    _prepare_first(shown, model)


def _prepare_first(shown: pd.DataFrame, model: registry.Model) -> None:
    """Work out ahead the reasons of the image that will most likely be opened."""
    if shown.empty:
        return
    index, answer = (int(shown[name].iloc[0]) for name in ("index", "answer"))
    images = cache.test_pictures(model)
    if images is not None and index in images:
        image_reasons.prepare(model, (images[index], answer))


def _matrix(counts: np.ndarray, model: str) -> None:
    """Show the confusion matrix; clicking a cell chooses its images."""
    st.subheader("Confusion matrix", anchor=False)
    left, right = layout.two_parts(confusion.WIDTH, "matrix")
    with right:
        st.markdown("Row: the true digit. Column: the answer. Choose a cell to see its images.")
        rates = st.segmented_control(
            "Numbers in the cells",
            list(_SHOWN),
            default="counts",
            required=True,
            format_func=_SHOWN.__getitem__,
            key="matrix-shows",
            persist_state="session",
            help="Numbers of images, or percentages of the images of the true digit.",
        )
        st.caption(_most_frequent(counts))
    with left:
        confusion.show(counts, rates == "rates", f"confusion-{model}", _listed(), _open)


def _most_frequent(counts: np.ndarray) -> str:
    wrong = np.where(np.eye(10, dtype=bool), 0, counts)
    if not wrong.any():
        return "There is no mistake, so only the diagonal, the right answers, has numbers."
    label, answer = divmod(int(wrong.argmax()), 10)
    return (
        f"The most frequent mistake: {label} read as {answer}, {wrong[label, answer]} times. The "
        "diagonal holds the right answers."
    )


def title() -> str:
    """Name the list of images that the address has: of a cell, of a digit, or all mistakes."""
    cell, label = address.cell(), address.mistakes_of()
    if cell is not None:
        return confusion.in_words(cell)
    return _ALL if label is None else f"Misread {label}s"


def selection(rows: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return the chosen images: in words ("mistakes", "images: 4 read as 9"), and as rows."""
    cell, label = address.cell(), address.mistakes_of()
    order = st.session_state.get(_ORDER, "confidence")
    if cell is not None:
        return f"images: {confusion.in_words(cell)}", mistakes.cell(rows, *cell, order)
    shown = mistakes.mistakes(rows, label=label, order=order)
    return "mistakes" if label is None else f"misread {label}s", shown


def _listed() -> str:
    """Return what the address has chosen: "4-9" for a cell, "4" for a digit, otherwise ""."""
    cell, label = address.cell(), address.mistakes_of()
    if cell is not None:
        return f"{cell[0]}-{cell[1]}"
    return "" if label is None else str(label)


def _open(chosen: str) -> None:
    label, _, answer = chosen.partition("-")
    if answer:
        address.open_cell(int(label), int(answer))
    else:
        address.open_mistakes_of(int(label))
