"""Where on the Inspect page one is: each stop has its own link, and one click leads back.

``?model=NAME&view=NAME&cell=4-9&slice=thickness-1&against=NAME&image=947``; whoever looks inside
with an image is at ``?model=NAME&view=inside&digit=947&from=VIEW``. The address is the only place
where this is kept. One without a model is of the model in use, and stays as it is until something
is opened: what a page writes by itself is a step of the browser's own way back, that leads nowhere.
"""

import re
from collections.abc import Collection

import streamlit as st

from ui import state

_CELL = re.compile(r"([0-9])-([0-9])")


def of_model(name: str) -> None:
    """Say which model is looked at: whatever is opened next, the address names it."""
    st.session_state[state.INSPECTED] = name


def view(known: list[str]) -> str:
    """Return the view that is shown: the one in the address, else the first."""
    named = st.query_params.get("view")
    return named if named in known else known[0]


def open_view(name: str) -> None:
    """Go to a view, away from whatever image is open; a callback."""
    _go("image", "digit", "from", view=name)


def open_model(name: str) -> None:
    """Look at another model, where the cell and the image that are open are not; a callback."""
    of_model(name)
    _go("cell", "image")


def image(count: int) -> int | None:
    """Return the place in the test set of the image that is open, if there is one.

    Parameters
    ----------
    count : int
        Of test images: an address may name one beyond them.
    """
    return _place("image", count)


def open_image(index: int) -> None:
    """Open one test image by its place in the set; a callback."""
    _go(image=str(index))


def close_image() -> None:
    """Go back to where the image was opened from; a callback."""
    _go("image")


def around_image() -> dict[str, str]:
    """Return the address without its image: where an image that is open was opened from."""
    return _here("image")


def digit(count: int) -> int:
    """Return the place in the test set of the image to look inside with, of ``count`` images."""
    return _place("digit", count) or 0


def set_digit(index: int) -> None:
    """Look inside with another test image; a callback."""
    _go(digit=str(index))


def open_inside(index: int) -> None:
    """Look inside with the image that is open; a callback."""
    came_from = st.query_params.get("view", "")
    _go("image", **{"view": "inside", "digit": str(index), "from": came_from})


def is_inside_from_image() -> bool:
    """Return whether one came from an image to look inside with it."""
    return "from" in st.query_params


def leave_inside(index: int) -> None:
    """Go from the look inside back to an image; a callback."""
    came_from = st.query_params.get("from", "")
    found = {"view": came_from} if came_from else {}
    _go("view", "digit", "from", **found, image=str(index))


def cell() -> tuple[int, int] | None:
    """Return (true digit, answer) of the cell of the confusion matrix that is open, if any."""
    found = _CELL.fullmatch(st.query_params.get("cell", ""))
    return (int(found[1]), int(found[2])) if found else None


def open_cell(label: int, answer: int) -> None:
    """Open a cell of the confusion matrix."""
    _go(cell=f"{label}-{answer}")


def close_cell() -> None:
    """Go back to all mistakes; a callback."""
    _go("cell")


def chosen_slice(known: Collection[str]) -> str | None:
    """Return which of the known slices of the test set is open, if any."""
    named = st.query_params.get("slice")
    return named if named in known else None


def open_slice(name: str) -> None:
    """Open a slice of the test set; a callback."""
    _go(slice=name)


def against(known: Collection[str]) -> str | None:
    """Return which of the known models the one that is inspected is compared with, if any."""
    named = st.query_params.get("against")
    return named if named in known else None


def set_against(name: str) -> None:
    """Compare with a model; a callback."""
    _go(against=name)


def _place(name: str, count: int) -> int | None:
    named = st.query_params.get(name, "")
    # Digits of other scripts are digits for Python, too.
    is_place = named.isascii() and named.isdigit() and len(named) < 10
    return int(named) if is_place and int(named) < count else None


def _go(*without: str, **to: str) -> None:
    # At once: each change would be a step of the browser's own way back.
    st.query_params.from_dict(_here(*without) | to)


def _here(*without: str) -> dict[str, str]:
    model = {"model": st.session_state[state.INSPECTED]}
    found = model | st.query_params.to_dict() | model  # it comes first, and is the one shown
    return {name: value for name, value in found.items() if name not in without}
