"""Test images in a grid, each with its answer and a button that opens it: every view has some."""

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.wording import a_digit, counted
from ui import cache, paging, pictures, wording
from ui.downloads import mnist_download
from ui.inspect import opened_from


def gallery(
    rows: pd.DataFrame,
    model: registry.Model,
    card: Card,
    key: str,
    words: str = "images",
    per_page: int = 24,
) -> None:
    """Show the test images of some rows, page by page.

    Parameters
    ----------
    rows : DataFrame
        Some rows of `core.evaluation.mistakes.answers`, in the order they are shown.
    model : registry.Model
    card : Card
        The model's.
    key : str
        Tells two such grids apart.
    words : str
        What the images are, as in "2 of 15 mistakes".
    per_page : int
        How many are shown at a time.
    """
    st.caption(counted(len(rows), "image"))
    if rows.empty:
        return
    test_images = cache.test_pictures(model)
    if test_images is None:
        _no_pictures(rows, card.data.source, key)
        return
    part = rows.iloc[paging.choose(len(rows), per_page, f"page-{key}")]
    digest = card.data.test_digest
    captions = [caption(row, digest) for row in part.itertuples()]
    grid(part, test_images, captions, key, opened_from.Listed(words, rows["index"].tolist()))
    if votes := about_votes(part, digest):
        st.caption(votes)


def grid(
    rows: pd.DataFrame,
    test_images: np.ndarray,
    captions: list[str],
    key: str,
    among: opened_from.Listed,
) -> None:
    """Show the test images of some rows, all of them, with captions of one's own.

    Parameters
    ----------
    rows : DataFrame
        As for `gallery`.
    test_images : ndarray of uint8, shape (n, 28, 28)
        All test images.
    captions : list of str
        One a row, in Markdown.
    key : str
        Tells two such grids apart.
    among : Listed
        The whole list of which the rows are a part.
    """
    places = rows["index"].to_numpy()

    def open_button(position: int) -> None:
        place = int(places[position])
        st.button(
            "Why?",
            key=f"why-{key}-{place}",
            type="tertiary",
            on_click=opened_from.open_image,
            args=(place, among),
        )

    pictures.gallery(
        test_images[places],
        captions=captions,
        alts=[
            f"{a_digit(row.label).capitalize()}, read as {row.answer}" for row in rows.itertuples()
        ],
        below=open_button,
    )


def caption(row: object, test_digest: str) -> str:
    """Say what an image is, what was answered and how sure; in blue what is right."""
    answer = wording.judged(f"**{row.answer}**", row.label == row.answer)
    lines = [f"{row.label}, read as {answer}", wording.sure(row.confidence)]
    return "  \n".join(lines + wording.disputed(test_digest, row.index))


def about_votes(rows: pd.DataFrame, test_digest: str) -> str:
    """Say what the votes in the captions of some images are; empty where there are none."""
    if not any(wording.disputed(test_digest, index) for index in rows["index"]):
        return ""
    return "Where a label is disputed: how many of five people said what of it."


def _no_pictures(rows: pd.DataFrame, data: str, key: str) -> None:
    table = rows.assign(confidence=[wording.percent(share) for share in rows["confidence"]])
    st.dataframe(table, hide_index=True, width="stretch")
    if data == "mnist":
        st.info("The figures travel with the model; the pictures come with MNIST.")
        mnist_download(key=key)
    else:
        st.info(
            "The figures travel with the model, but the file that its test images came from is not "
            "here or has changed: put it back to see the pictures."
        )
