"""The steps from a drawing to the 28x28 picture, and the result of resizing alone."""

import numpy as np
import streamlit as st

from core.reading.ink import find_ink
from core.reading.normalise import BOX, FIELD
from core.reading.pictures import LONGEST_SIDE
from core.reading.plain_resize import resized
from ui import pictures, wording
from ui.draw.subject import Subject

_SIDE = 140  # pixels of a step's picture: five for each of the 28


def show(subject: Subject) -> None:
    """Show the steps side by side, each with its picture and a sentence."""
    digit, steps = subject.digit, subject.digit.steps
    left, top, right, bottom = digit.box
    ink = _framed(find_ink(_small(subject.picture)), smooth=True)
    # For a number, resizing the whole drawing says nothing about one digit.
    several = len(subject.reading.digits) > 1
    before = subject.picture[top:bottom, left:right] if several else subject.picture
    naive = resized(before[..., :3] if before.ndim == 3 else before)
    what = "This digit's part of the picture" if several else "The whole canvas"
    wide, high = steps.scaled.shape[1], steps.scaled.shape[0]
    shown = [
        ("1. Ink found", ink, "Whatever differs from the paper is ink, in any colour."),
        (
            "2. Cropped",
            _framed(steps.cropped, smooth=True),
            f"The part with ink is cut out: {right - left} x {bottom - top} of the "
            f"{subject.picture.shape[1]} x {subject.picture.shape[0]} pixels.",
        ),
        (
            "3. Scaled",
            _framed(steps.scaled),
            f"Scaled to {wide} x {high} pixels: the longer side is {BOX}, as in MNIST.",
        ),
        (
            "4. Centred",
            pictures.enlarge(steps.image, _SIDE // FIELD),
            f"Its centre of mass is moved to the middle of {FIELD} x {FIELD} pixels.",
        ),
    ]
    with st.grid(min_column_width=_SIDE, gap="medium"):
        for name, image, sentence in shown:
            with st.container(gap="xsmall"):
                st.markdown(f"**{name}**")
                st.image(image, alt=f"{name}: {sentence}", output_format="PNG")
                st.caption(sentence)
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


def _small(picture: np.ndarray) -> np.ndarray:
    every = -(-max(picture.shape[:2]) // LONGEST_SIDE)
    return picture[::every, ::every]


def _framed(ink: np.ndarray, smooth: bool = False) -> np.ndarray:
    """Fit ink into a black square of ``_SIDE`` pixels; whole, square pixels unless ``smooth``."""
    from PIL import Image

    grey = Image.fromarray(np.rint(255 * ink).astype(np.uint8))
    factor = _SIDE / max(grey.size)
    if not smooth:
        factor = _SIDE // FIELD
    size = [max(1, round(factor * side)) for side in grey.size]
    way = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    framed = Image.new("L", (_SIDE, _SIDE))
    framed.paste(grey.resize(size, way), tuple((_SIDE - side) // 2 for side in size))
    return np.asarray(framed)
