"""Digits as pictures: square, unblurred pixels, white on black as the model sees them."""

from collections.abc import Sequence

import numpy as np
import streamlit as st


def enlarge(image: np.ndarray, factor: int) -> np.ndarray:
    """Repeat each pixel of a digit.

    Parameters
    ----------
    image : ndarray, shape (h, w), uint8 or float32 in [0, 1]
    factor : int
        Side of the square that each pixel becomes.

    Returns
    -------
    ndarray of uint8, shape (h * factor, w * factor)
    """
    if image.dtype != np.uint8:
        image = np.round(image * 255).astype(np.uint8)
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def digit(image: np.ndarray, alt: str, factor: int = 3) -> None:
    """Show one digit; ``alt`` says in words what is to be seen."""
    st.image(enlarge(image, factor), alt=alt, output_format="PNG")


def gallery(images: np.ndarray, captions: Sequence[str], alts: Sequence[str]) -> None:
    """Show digits in a grid that fits the width, each 84 px with its caption below."""
    with st.grid(min_column_width=84, gap="small"):
        for image, caption, alt in zip(images, captions, alts, strict=True):
            with st.container(gap=None):
                digit(image, alt, factor=3)
                st.markdown(caption)
