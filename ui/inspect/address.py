"""Where on the Inspect page one is: each stop has its own link, and one click leads back.

``?model=NAME&view=NAME&cell=4-9&slice=thickness-1&against=NAME&image=947``. The address is the
only place where this is kept.
"""

import re
from collections.abc import Collection

import streamlit as st

_CELL = re.compile(r"([0-9])-([0-9])")


def view(known: list[str]) -> str:
    """Return the view that is shown: the one in the address, else the first."""
    named = st.query_params.get("view")
    return named if named in known else known[0]


def open_view(name: str) -> None:
    """Go to a view, away from whatever image is open; a callback."""
    close_image()
    st.query_params["view"] = name


def image(count: int) -> int | None:
    """Return the place in the test set of the image that is open, if there is one.

    Parameters
    ----------
    count : int
        Of test images: an address may name one beyond them.
    """
    named = st.query_params.get("image", "")
    # Digits of other scripts are digits for Python, too.
    is_place = named.isascii() and named.isdigit() and len(named) < 10
    return int(named) if is_place and int(named) < count else None


def open_image(index: int) -> None:
    """Open one test image by its place in the set; a callback."""
    st.query_params["image"] = str(index)


def close_image() -> None:
    """Go back to where the image was opened from; a callback."""
    st.query_params.pop("image", None)


def cell() -> tuple[int, int] | None:
    """Return (true digit, answer) of the cell of the confusion matrix that is open, if any."""
    found = _CELL.fullmatch(st.query_params.get("cell", ""))
    return (int(found[1]), int(found[2])) if found else None


def open_cell(label: int, answer: int) -> None:
    """Open a cell of the confusion matrix."""
    st.query_params["cell"] = f"{label}-{answer}"


def close_cell() -> None:
    """Go back to all mistakes; a callback."""
    st.query_params.pop("cell", None)


def chosen_slice(known: Collection[str]) -> str | None:
    """Return which of the known slices of the test set is open, if any."""
    named = st.query_params.get("slice")
    return named if named in known else None


def open_slice(name: str) -> None:
    """Open a slice of the test set; a callback."""
    st.query_params["slice"] = name


def against(known: Collection[str]) -> str | None:
    """Return which of the known models the one that is inspected is compared with, if any."""
    named = st.query_params.get("against")
    return named if named in known else None


def set_against(name: str) -> None:
    """Compare with a model; a callback."""
    st.query_params["against"] = name
