"""The panel of digits that a network answers again and again while it learns."""

import base64
import io

import numpy as np
import streamlit as st
from PIL import Image

from core.runs.playback import Looks
from core.wording import a_digit
from ui import charts, wording

_STYLE = """<style>
.digit-panel { display: flex; flex-wrap: wrap; gap: .4rem }
.digit-panel figure { margin: 0; width: 3.4rem; text-align: center; border-radius: .3rem;
  border: 2px solid transparent; padding: .15rem }
.digit-panel figure.wrong { border: 2px dashed WRONG }
.digit-panel img { width: 100%; image-rendering: pixelated; border-radius: .2rem; display: block }
.digit-panel figcaption { font-size: .85rem; line-height: 1.15; padding-top: .15rem }
.digit-panel b { font-size: 1.05rem }
</style>"""


def show(looks: Looks, images: np.ndarray, labels: np.ndarray, at: int = -1) -> None:
    """Show the panel of digits with the answers of one look.

    Parameters
    ----------
    looks : Looks
        At least one.
    images : uint8 array, shape (k, 28, 28)
    labels : int array, shape (20,) or fewer
        The image without a label is the visitor's drawing.
    at : int
        Index of the look; the last one by default.
    """
    probabilities = looks.probabilities[at]
    known = [*labels.tolist(), *[None] * (len(images) - len(labels))]
    figures = [
        _figure(image, label, answer)
        for image, label, answer in zip(images, known, probabilities, strict=False)
    ]
    style = _STYLE.replace("WRONG", charts.wrong_colour())
    st.html(f'{style}<div class="digit-panel">{"".join(figures)}</div>')
    right = (probabilities[: len(labels)].argmax(axis=1) == labels).sum()
    own = "; the last one is your drawing" if len(images) > len(labels) else ""
    st.caption(
        f"{right} of {len(labels)} right after {looks.steps[at]:,} steps. These digits are not "
        f"used for training{own}. Below each: the answer and how sure it is. Wrong answers are "
        "framed."
    )


def _figure(image: np.ndarray, label: int | None, answer: np.ndarray) -> str:
    read, sure = int(answer.argmax()), float(answer.max())
    wrong = label is not None and read != label
    what = "Your drawing" if label is None else a_digit(label).capitalize()
    alt = f"{what}, read as {read}, {wording.sure(sure)}{': wrong' if wrong else ''}"
    mark = " ✗" if wrong else ""
    return (
        f'<figure class="{"wrong" if wrong else ""}"><img alt="{alt}" src="{_png(image)}">'
        f"<figcaption><b>{read}</b>{mark}<br>{wording.roughly(sure)}</figcaption></figure>"
    )


def _png(image: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(np.asarray(image, np.uint8)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
