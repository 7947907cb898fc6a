"""Address of a place on the Inspect page: each has its own link, and one click leads back.

``?model=NAME&view=NAME&cell=4-9&slice=thickness-1&against=NAME&image=947``; the mistakes of
a digit are at ``?model=NAME&view=mistakes&label=4``, and the layers for an image at
``?model=NAME&view=inside&digit=947&from=VIEW``. This is kept nowhere else. An address without a
model stands for the model in use. It stays as it is until something is opened, because an address
that a page writes by itself adds a dead step to the browser's Back button.
"""

import re
from collections.abc import Collection

import streamlit as st

from ui import state

_CELL = re.compile(r"([0-9])-([0-9])")


def of_model(name: str) -> None:
    """Set the inspected model, which the address of the next opened place names."""
    st.session_state[state.INSPECTED] = name


def view(known: list[str]) -> str:
    """Return the open view: the one in the address, otherwise the first."""
    named = st.query_params.get("view")
    return named if named in known else known[0]


def open_view(name: str) -> None:
    """Go to a view and close any open image; a callback."""
    _go("image", "digit", "from", view=name)


def open_model(name: str) -> None:
    """Inspect another model, and close any open cell and image; a callback."""
    of_model(name)
    _go("cell", "label", "image")


def image(count: int) -> int | None:
    """Return the index in the test set of the open image, if there is one.

    Parameters
    ----------
    count : int
        Number of test images: an address may name one beyond them.
    """
    return _place("image", count)


def open_image(index: int) -> None:
    """Open a test image by its index; a callback."""
    _go(image=str(index))


def close_image() -> None:
    """Go back to the place that the image was opened from; a callback."""
    _go("image")


def around_image() -> dict[str, str]:
    """Return the address without its image: the place that the image was opened from."""
    return _here("image")


def digit(count: int) -> int:
    """Return the index of the image whose layers are shown, of ``count`` test images."""
    return _place("digit", count) or 0


def set_digit(index: int) -> None:
    """Show the layers for another test image; a callback."""
    _go(digit=str(index))


def open_inside(index: int) -> None:
    """Show the layers for the open image; a callback."""
    came_from = st.query_params.get("view", "")
    _go("image", **{"view": "inside", "digit": str(index), "from": came_from})


def is_inside_from_image() -> bool:
    """Return whether the layers were opened from an image."""
    return "from" in st.query_params


def leave_inside(index: int) -> None:
    """Go from the layers back to an image; a callback."""
    came_from = st.query_params.get("from", "")
    found = {"view": came_from} if came_from else {}
    _go("view", "digit", "from", **found, image=str(index))


def cell() -> tuple[int, int] | None:
    """Return (true digit, answer) of the open cell of the confusion matrix, if any."""
    found = _CELL.fullmatch(st.query_params.get("cell", ""))
    return (int(found[1]), int(found[2])) if found else None


def open_cell(label: int, answer: int) -> None:
    """Open a cell of the confusion matrix; a callback."""
    _go("label", cell=f"{label}-{answer}")


def mistakes_of() -> int | None:
    """Return the true digit whose mistakes are open, if it is of one."""
    named = st.query_params.get("label", "")
    return int(named) if re.fullmatch("[0-9]", named) else None


def open_mistakes_of(label: int) -> None:
    """Open the mistakes of a true digit; a callback."""
    _go("cell", "image", view="mistakes", label=str(label))


def close_list() -> None:
    """Go back from a cell or a digit to all mistakes; a callback."""
    _go("cell", "label")


def chosen_slice(known: Collection[str]) -> str | None:
    """Return the name of the open slice of the test set, if it is known."""
    named = st.query_params.get("slice")
    return named if named in known else None


def open_slice(name: str) -> None:
    """Open a slice of the test set; a callback."""
    _go(slice=name)


def against(known: Collection[str]) -> str | None:
    """Return the name of the model to compare with, if it is known."""
    named = st.query_params.get("against")
    return named if named in known else None


def set_against(name: str) -> None:
    """Compare with a model; a callback."""
    _go(against=name)


def _place(name: str, count: int) -> int | None:
    named = st.query_params.get(name, "")
    # Python accepts digits of other scripts too.
    is_place = named.isascii() and named.isdigit() and len(named) < 10
    return int(named) if is_place and int(named) < count else None


def _go(*without: str, **to: str) -> None:
    # All at once: each change would be a step of the browser's Back button.
    st.query_params.from_dict(_here(*without) | to)


def _here(*without: str) -> dict[str, str]:
    model = {"model": st.session_state[state.INSPECTED]}
    found = model | st.query_params.to_dict() | model  # first, and always the inspected one
    return {name: value for name, value in found.items() if name not in without}
