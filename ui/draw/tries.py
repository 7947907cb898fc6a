"""Tries on Draw: the address names one of `core.strokes.tries`, which is put on the canvas."""

import streamlit as st

from core.reading import canvas_strokes
from core.strokes.tries import TRIES, Try
from ui import canvas

ADDRESS = "example"  # the parameter of the address that names one


def put() -> bool:
    """Put the try that the address names on the canvas; return whether there is such a one.

    One stroke after the other, as a person would draw it: Undo takes back the last one.
    """
    one = _named()
    if one is None:
        return False
    pad = canvas.DIGIT
    objects = [
        canvas_strokes.as_path(canvas_strokes.Stroke((pad.width * stroke,), pad.pen))
        for stroke in one.strokes
    ]
    canvas.clear(pad)
    for count in range(len(objects)):
        canvas.put(pad, {"objects": objects[: count + 1]})
    return True


def task() -> None:
    """Say what to draw, if the address names a try."""
    one = _named()
    if one is not None:
        st.markdown(f"**{one.question}** {one.task}")


def _named() -> Try | None:
    return TRIES.get(st.query_params.get(ADDRESS, ""))
