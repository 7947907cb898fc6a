"""List that an image was opened from: "Next" and "Previous" follow it.

A list may depend on choices that no address holds (its order, the points chosen on the map), so
the last list is kept in the session. A person who follows a link to an image has none.
"""

from dataclasses import dataclass

import streamlit as st

from ui import state
from ui.inspect import address


@dataclass(frozen=True)
class Listed:
    """Test images in the order shown.

    Attributes
    ----------
    words : str
        What they are, to follow their number: "mistakes".
    places : list of int
        Their indices in the test set.
    """

    words: str
    places: list[int]


def open_image(index: int, among: Listed) -> None:
    """Open an image of a list by its index; a callback."""
    st.session_state[state.LISTED_IMAGES] = (address.around_image(), among)
    address.open_image(index)


def last(index: int) -> Listed | None:
    """Return the list that an image was opened from, if known."""
    opened_at, among = st.session_state.get(state.LISTED_IMAGES, (None, None))
    # A link or the browser's Back button may have changed the address since.
    return among if opened_at == address.around_image() and index in among.places else None
