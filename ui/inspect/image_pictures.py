"""Pictures of one digit: plain, with its probabilities, with added and erased pixels marked."""

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from ui import charts, evidence, pictures, wording

FACTOR = 9  # side of a pixel: three pictures fit side by side
WIDTH = 28 * FACTOR


def plain(image: np.ndarray, alt: str) -> None:
    """Show a digit in the size of the other pictures here."""
    pictures.digit(image, alt, FACTOR)


def bars(probabilities: np.ndarray, label: int) -> None:
    """Show ten bars with their values; the longest is blue if it is the label's, else orange.

    Parameters
    ----------
    probabilities : ndarray of float, shape (10,)
    label : int
        The true digit, which is marked.
    """
    # Not a chart: Plotly alone took as long as the whole page has.
    answer = int(probabilities.argmax())
    colour = charts.right_colour() if answer == label else charts.wrong_colour()
    rows = "".join(
        f'<div style="display: flex; align-items: center; gap: 8px; height: 26px">'
        f'<span style="width: 1ch">{digit}</span>'
        f'<span style="height: 18px; min-width: 1px; width: {60 * share:.1f}%; '
        f'background: {colour if digit == answer else "rgba(128, 128, 128, 0.45)"}"></span>'
        f"<span>{_share(share)}{' · label' if digit == label else ''}</span></div>"
        for digit, share in enumerate(probabilities.tolist())
    )
    st.html(f'<div style="font-variant-numeric: tabular-nums">{rows}</div>')


def _share(share: float) -> str:
    return wording.probability(share).replace("<", "&lt;").replace(">", "&gt;")


def marked(image: np.ndarray, added: np.ndarray, erased: np.ndarray) -> np.ndarray:
    """Mark pixels of a digit: a blue plus for an added one, an orange minus for an erased one.

    Parameters
    ----------
    image : ndarray, shape (28, 28), uint8 or float32 in [0, 1]
        The original.
    added, erased : ndarray of bool, shape (28, 28)

    Returns
    -------
    ndarray of uint8, shape (252, 252, 3)
    """
    drawn = Image.fromarray(pictures.enlarge(image, FACTOR)).convert("RGB")
    pen = ImageDraw.Draw(drawn)
    for places, colour, is_plus in ((added, evidence.FOR, True), (erased, evidence.AGAINST, False)):
        for row, column in np.argwhere(places):
            top, left = int(row) * FACTOR, int(column) * FACTOR
            pen.rectangle((left, top, left + FACTOR - 1, top + FACTOR - 1), fill=colour)
            pen.rectangle((left + 1, top + 4, left + 7, top + 4), fill="black")
            if is_plus:
                pen.rectangle((left + 4, top + 1, left + 4, top + 7), fill="black")
    return np.asarray(drawn)
