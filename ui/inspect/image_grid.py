"""Grid of test images, each with its answer and a button that opens it; used by every view."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation.mistakes import Answer
from core.wording import a_digit, counted
from ui import cache, paging, pictures, wording
from ui.inspect import opened_from


def show(
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
        Some rows of `core.evaluation.mistakes.answers`, in the order shown.
    model : registry.Model
    card : Card
        The model's.
    key : str
        Tells two such grids apart.
    words : str
        What the images are, as in "2 of 15 mistakes".
    per_page : int
        Number of images shown at a time.
    """
    st.caption(counted(len(rows), "image"))
    if rows.empty:
        return
    test_images = cache.test_pictures(model)
    known = rows[rows["index"].isin(list(test_images or ()))]
    if test_images is None or known.empty:
        _no_pictures(rows, card.data.source, key)
        return
    if len(known) < len(rows):
        missing = len(rows) - len(known)
        st.caption(f"{missing:,} of them cannot be shown: the test set is not on this machine.")
        rows = known
    part = rows.iloc[paging.choose(len(rows), per_page, f"page-{key}")]
    digest = card.data.test_digest
    captions = [caption(row, digest) for row in part.itertuples()]
    grid(part, test_images, captions, key, opened_from.Listed(words, rows["index"].tolist()))
    if votes := about_votes(part, digest):
        st.caption(votes)


def grid(
    rows: pd.DataFrame,
    test_images: Mapping[int, np.ndarray],
    captions: list[str],
    key: str,
    among: opened_from.Listed,
) -> None:
    """Show all test images of some rows, with the given captions.

    Parameters
    ----------
    rows : DataFrame
        As for `show`.
    test_images : mapping of int to uint8 array, shape (28, 28)
        At least those of these rows.
    captions : list of str
        One for each row, in Markdown.
    key : str
        Tells two such grids apart.
    among : Listed
        The whole list that the rows are a part of.
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
        [test_images[place] for place in places.tolist()],
        captions=captions,
        alts=[
            f"{a_digit(row.label).capitalize()}, read as {row.answer}" for row in rows.itertuples()
        ],
        below=open_button,
    )


def caption(row: Answer, test_digest: str) -> str:
    """Write the label, the answer and how sure it is; right answers in blue."""
    answer = wording.judged(f"**{row.answer}**", row.label == row.answer)
    lines = [f"{row.label}, read as {answer}", wording.sure(row.confidence)]
    return "  \n".join(lines + wording.disputed(test_digest, row.index))


def about_votes(rows: pd.DataFrame, test_digest: str) -> str:
    """Explain the votes in the captions of some images; empty if there are none."""
    if not any(wording.disputed(test_digest, index) for index in rows["index"]):
        return ""
    return "For a disputed label: how each of five people read the digit."


def _no_pictures(rows: pd.DataFrame, data: str, key: str) -> None:
    table = rows.assign(confidence=[wording.percent(share) for share in rows["confidence"]])
    st.dataframe(table, hide_index=True, width="stretch")
    if data == "mnist":
        st.info("These images are part of MNIST, which is not on this machine.")
    else:
        st.info(
            "The model comes with its answers, but the file with its test images is missing or has "
            "changed. Put it back to see the images."
        )
