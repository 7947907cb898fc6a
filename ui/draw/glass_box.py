"""The steps from a drawing to the 28x28 picture, and the result of resizing alone."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from core.reading.normalise import BOX, FIELD, as_bytes
from core.reading.plain_resize import resized
from ui import pictures, wording
from ui.draw.subject import Subject

_SIDE = 140  # pixels of a step's picture: five for each of the 28


class Step(NamedTuple):
    """A step on the way: what was there after it, float32 (h, w) in [0, 1], and a sentence."""

    name: str
    ink: np.ndarray
    sentence: str


def steps(subject: Subject) -> list[Step]:
    """Return the steps from the picture to the 28x28 image, as the reader took them."""
    left, top, right, bottom = subject.digit.box
    height, width = subject.picture.shape[:2]
    taken = subject.digit.steps
    high, wide = taken.scaled.shape
    return [
        Step(
            "1. Ink found",
            subject.reading.ink,
            "Whatever differs from the paper is ink, in any colour.",
        ),
        Step(
            "2. Cropped",
            taken.cropped,
            f"The part with ink is cut out: {right - left} x {bottom - top} of the "
            f"{width} x {height} pixels.",
        ),
        Step(
            "3. Scaled",
            taken.scaled,
            f"Scaled to {wide} x {high} pixels: the longer side is {BOX}, as in MNIST.",
        ),
        Step(
            "4. Centred",
            taken.image,
            f"Its centre of mass is moved to the middle of {FIELD} x {FIELD} pixels.",
        ),
    ]


def show(subject: Subject) -> None:
    """Show the steps side by side, each with its picture and a sentence."""
    digit = subject.digit
    left, top, right, bottom = digit.box
    # For a number, resizing the whole drawing says nothing about one digit.
    several = len(subject.reading.digits) > 1
    before = subject.picture[top:bottom, left:right] if several else subject.picture
    naive = resized(before[..., :3] if before.ndim == 3 else before)
    what = "This digit's part of the picture" if several else "The whole canvas"
    with st.grid(min_column_width=_SIDE, gap="medium"):
        for step in steps(subject):
            with st.container(gap="xsmall"):
                st.markdown(f"**{step.name}**")
                alt = f"{step.name}: {step.sentence}"
                st.image(_framed(step.ink), alt=alt, output_format="PNG")
                st.caption(step.sentence)
        with st.container(gap="xsmall"):
            st.markdown("**For comparison: only resized**")
            answers = subject.predict(naive[None])[0]
            best = int(answers.argmax())
            alt = f"{what} resized to {FIELD} by {FIELD} pixels, not centred"
            st.image(pictures.enlarge(naive, _SIDE // FIELD), alt=alt, output_format="PNG")
            many = "" if several else ", as many demos do"
            who = "the classifier alone would say" if subject.refused else "the model would answer"
            st.caption(
                f"{what} resized to {FIELD} x {FIELD} at once{many}: {who} {best} "
                f"({wording.probability(float(answers[best]))})."
            )
    proper, share = digit.digit, wording.probability(float(digit.probabilities.max()))
    alone = f"with resizing alone **{best}** ({wording.probability(float(answers[best]))})"
    if subject.refused:
        st.markdown(
            f"With the four steps the classifier alone would say **{proper}** ({share}), "
            f"{alone}. But the drawing is refused as not a digit."
        )
    else:
        st.markdown(f"With the four steps it answers **{proper}** ({share}), {alone}.")


def _framed(ink: np.ndarray) -> np.ndarray:
    """Fit ink into a black square of ``_SIDE`` pixels.

    What has at most 28 pixels a side is shown in whole, square pixels, all in the same size.
    """
    from PIL import Image

    grey = Image.fromarray(as_bytes(ink))
    smooth = max(grey.size) > FIELD
    factor = _SIDE / max(grey.size) if smooth else _SIDE // FIELD
    width, height = (max(1, round(factor * side)) for side in grey.size)
    way = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    framed = Image.new("L", (_SIDE, _SIDE))
    framed.paste(grey.resize((width, height), way), ((_SIDE - width) // 2, (_SIDE - height) // 2))
    return np.asarray(framed)
