"""The images behind a score: a confusion matrix to click, and the misread digits it leads to."""

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import mistakes
from ui import pictures, text
from ui.downloads import mnist_download
from ui.inspect import address, confusion

_PER_PAGE = 24
_ORDERS = {"confidence": "most sure first", "loss": "highest loss first"}


def matrix(counts: np.ndarray, model: str) -> None:
    """Show the confusion matrix; clicking a cell chooses its images."""
    rates = st.segmented_control(
        "Confusion matrix shows",
        ["counts", "rates"],
        default="counts",
        required=True,
        key="matrix-shows",
        help="Counts of images, or per cent of the images of the true digit.",
    )
    cell = confusion.choose(
        counts,
        rates == "rates",
        key=f"confusion-{model}-{st.session_state.get(_version(model), 0)}",
    )
    if cell is not None and cell != address.cell():
        address.open_cell(*cell)
        st.rerun()
    st.caption("Row: the true digit. Column: the answer. Choose a cell to see its images.")


def images(rows: pd.DataFrame, test_images: np.ndarray | None, model: str, data: str) -> None:
    """Show the images of the chosen cell, or all misread ones.

    Parameters
    ----------
    rows : DataFrame
        As `core.evaluation.mistakes.answers` makes it.
    test_images : ndarray of uint8, shape (n, 28, 28), or None
        ``None`` where they are not on this machine.
    model, data : str
        The model's name, and the source of its test images.
    """
    cell = address.cell()
    label = _all_mistakes(model) if cell is None else _one_cell(model, cell)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Order",
            list(_ORDERS),
            default="confidence",
            required=True,
            format_func=_ORDERS.get,
            key="gallery-order",
        )
        if cell is None:
            shown = mistakes.mistakes(rows, label=label, order=order)
        else:
            shown = mistakes.cell(rows, *cell, order)
        _download(shown, model)
    st.caption(f"{len(shown):,} image{'' if len(shown) == 1 else 's'}")
    if shown.empty:
        return
    if test_images is None:
        _no_pictures(shown, data)
        return
    page = _page(len(shown), model)
    part = shown.iloc[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    pictures.gallery(
        test_images[part["index"].to_numpy()],
        captions=[_caption(row) for row in part.itertuples()],
        alts=[f"A {row.label}, read as {row.answer}" for row in part.itertuples()],
    )


def _all_mistakes(model: str) -> int | None:
    st.subheader("What it misreads")
    return st.pills("True digit", range(10), key=f"gallery-digit-{model}", wrap=True)


def _one_cell(model: str, cell: tuple[int, int]) -> None:
    label, answer = cell
    with st.container(horizontal=True, vertical_alignment="center"):
        what = "read right" if label == answer else f"read as {answer}"
        st.subheader(f"{label} {what}", width="content")
        st.button("Back to all mistakes", on_click=_forget_cell, args=(model,))


def _forget_cell(model: str) -> None:
    address.close_cell()
    # A fresh key: the matrix would report its old choice again.
    st.session_state[_version(model)] = st.session_state.get(_version(model), 0) + 1


def _version(model: str) -> str:
    return f"confusion-version-{model}"


def _page(count: int, model: str) -> int:
    pages = -(-count // _PER_PAGE)
    if pages == 1:
        return 1
    return min(st.pagination(pages, key=f"page-{model}-{address.cell()}"), pages)


def _caption(row: object) -> str:
    colour = "blue" if row.label == row.answer else "orange"
    return f"{row.label}, read as :{colour}[**{row.answer}**]  \n{text.sure(row.confidence)}"


def _download(shown: pd.DataFrame, model: str) -> None:
    st.download_button(
        "These as CSV",
        shown.to_csv(index=False),
        f"{model}-mistakes.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _no_pictures(shown: pd.DataFrame, data: str) -> None:
    table = shown.assign(confidence=[text.percent(share) for share in shown["confidence"]])
    st.dataframe(table, hide_index=True, width="stretch")
    if data == "mnist":
        st.info("The figures travel with the model; the pictures come with MNIST.")
        mnist_download(key="gallery")
    else:
        st.info(
            "The figures travel with the model, but the file that its test images came from is not "
            "here or has changed: put it back to see the pictures."
        )
