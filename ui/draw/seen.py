"""The picture that the model saw of a digit, and the evidence in it: beside the answer, unasked."""

import numpy as np
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.reading.normalise import FIELD
from core.reading.reader import Digit
from ui import evidence, pictures, wording

_FACTOR = 5  # side of a pixel: on a phone both pictures stand side by side
_SIDE = FIELD * _FACTOR
# A quarter of the predictions of Inspect's map, which takes flagship 140 ms: it follows each
# stroke.
_PATCH, _STEP = 6, 2
_SEEN = "**What the model saw:** 28 x 28 pixels, cropped and centred."
_EVIDENCE = "**Evidence:** which of your ink speaks for the answer, and which against it."


def show(model: registry.Model, digit: Digit | None) -> None:
    """Show both pictures of a digit, or say what will be there.

    The evidence is worked out last: call this when the answer is shown.
    """
    with st.container(horizontal=True, gap="xsmall", key="seen"):
        with st.container(width=_SIDE, gap="xsmall", key="seen-picture"):
            if digit is None:
                pictures.place(f"{_SIDE}px", 1, 1)
            else:
                alt = "The 28 by 28 picture that the model saw"
                pictures.digit(digit.image, alt, _FACTOR)
            st.caption(_SEEN)
        with st.container(width=_SIDE, gap="xsmall", key="seen-evidence"):
            if digit is None:
                pictures.place(f"{_SIDE}px", 1, 1)
                st.caption(_EVIDENCE)
            else:
                _evidence(model, digit)


def _evidence(model: registry.Model, digit: Digit) -> None:
    try:
        found = evidence.of(model, digit.image, digit.digit, _PATCH, _STEP, odds=True)
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    said = _in_words(found, digit)
    picture = evidence.laid_over(digit.image, found.falls, _FACTOR, found.strongest)
    if found.strongest is None:
        picture = np.repeat(pictures.enlarge(digit.image, _FACTOR)[..., None], 3, axis=2)
    st.image(picture, alt=said.replace("**", ""), output_format="PNG")
    st.caption(said.replace(" %", "\N{NO-BREAK SPACE}%"))  # in a narrow column


def _in_words(found: evidence.Evidence, digit: Digit) -> str:
    """Say what the evidence is for, and what would be without the patch that matters most."""
    if_one = " if it had to be a digit" if digit.verdict == "not-a-digit" else ""
    if found.strongest is None:
        return f"**Evidence for {digit.digit}**{if_one}: all of the ink. No part of it decides."
    before, without = map(wording.probability, (found.probability, found.strongest.without))
    frame = f"still {without}" if before == without else f"{without}, not {before}"
    return (
        f"**Evidence for {digit.digit}**{if_one}: blue ink; orange is against it. Without the "
        f"frame: {frame}."
    )
