"""Grid of test images with their answers, each a button that opens it; used by every view."""

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
    with_count: bool = True,
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
    with_count : bool
        Say how many there are; otherwise the caller does, with `count`.
    """
    if with_count:
        st.caption(count(rows))
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
    # The choice of page stands below, where a list has been read to its end.
    place = st.container()
    part = rows.iloc[paging.choose(len(rows), per_page, f"page-{key}")]
    captions = [caption(row, card.data.test_digest) for row in part.itertuples()]
    with place:
        grid(part, test_images, captions, key, opened_from.Listed(words, rows["index"].tolist()))


def count(rows: pd.DataFrame) -> str:
    """Say how many images there are, and what a click on one does."""
    return f"{counted(len(rows), 'image')}{'' if rows.empty else '. Choose one to see why.'}"


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
    with st.grid(min_column_width=pictures.BUTTON_PX, gap="xsmall"):
        for row, words in zip(rows.itertuples(), captions, strict=True):
            button(row, test_images[row.index], words, key, among)


def button(
    row: Answer,
    image: np.ndarray,
    caption: str,
    key: str,
    among: opened_from.Listed,
    factor: int = pictures.LARGE,
) -> None:
    """Show a test image, uint8 (28, 28), as a button that opens it; parameters as for `grid`."""
    pictures.button(
        image,
        caption,
        f"{a_digit(row.label).capitalize()}, read as {row.answer}",
        f"{key}-{row.index}",
        opened_from.open_image,
        (int(row.index), among),
        factor,
    )


def caption(row: Answer, test_digest: str) -> str:
    """Write the label, the answer and how sure it is; right answers in blue.

    A label that people dispute is said to be; the votes are shown with the image itself.
    """
    answer = wording.judged(f"**{row.answer}**", row.label == row.answer)
    lines = [f"{row.label}, read as {answer}", wording.sure(row.confidence)]
    if wording.disputed(test_digest, row.index):
        lines.append("label disputed")
    return "  \n".join(lines)


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
