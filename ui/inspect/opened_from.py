"""The list that an image was opened from: "Next" and "Previous" keep to it.

A list may hang on choices that no address holds (its order, the points drawn around on the map),
so the last one is kept in the session. Whoever follows a link to an image has none.
"""

from dataclasses import dataclass

import streamlit as st

from ui import state
from ui.inspect import address


@dataclass(frozen=True)
class Listed:
    """Some test images in the order in which they are shown.

    Attributes
    ----------
    words : str
        What they are, after their number: "mistakes".
    places : list of int
        In the test set.
    """

    words: str
    places: list[int]


def open_image(index: int, among: Listed) -> None:
    """Open one image of a list by its place in the set; a callback."""
    st.session_state[state.LISTED_IMAGES] = (address.around_image(), among)
    address.open_image(index)


def last(index: int) -> Listed | None:
    """Return the list that an image was opened from, if that is known."""
    opened_at, among = st.session_state.get(state.LISTED_IMAGES, (None, None))
    # The address may have changed since by a link or the browser's own way back.
    return among if opened_at == address.around_image() and index in among.places else None
