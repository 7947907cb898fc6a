"""The answer to a drawing, large and with ten bars, which follows the pen.

A component shows it. While the pen moves it asks the route of `ui.read_route`, one request at a
time; a run of the script gives it the same answer again, or another after Undo. Both come from
`content`: the browser sets words and lengths in their places and knows no wording of its own.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.reading.reader import BLANK, REFUSED, Reading, read
from ui import answer, cache, canvas, wording

T = TypeVar("T")
DRAW_A_DIGIT = "Draw a digit with the mouse or a finger. The answer follows the pen."
_HERE = Path(__file__).parent
_IF_A_DIGIT = "The probabilities if this had to be a digit."
_BAR = "<li><span>{digit}</span><i><b></b></i><span></span></li>"
_HTML = f"""
<section class="digit-lab-answer">
  <h2>{REFUSED}</h2>
  <p class="words"></p>
  <p class="announced" role="status"></p>
  <figure><ol>{"".join(_BAR.format(digit=digit) for digit in range(10))}</ol></figure>
  <p class="note"></p>
</section>
"""


def read_or_say(model: registry.Model, picture: np.ndarray | None) -> Reading | None:
    """Read a picture, or say why it cannot be read and return ``None``.

    Parameters
    ----------
    model : registry.Model
    picture : ndarray or None
        As for `core.reading.reader.read`; ``None`` reads as blank.
    """
    if picture is None:
        return BLANK
    return or_say(lambda: read(picture, cache.predictor(model), cache.gate()))


def or_say(attempt: Callable[[], T]) -> T | None:
    """Return the result of an attempt, or say why it failed and return ``None``."""
    try:
        return attempt()
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return None


def content(found: Reading, place: int | None = None) -> dict[str, Any] | None:
    """Return what is shown of a reading, for JSON; ``None`` if nothing was drawn.

    Parameters
    ----------
    found : Reading
    place : int, optional
        Of the digit whose probabilities are shown, if it is not the least sure one.
    """
    said = answer.to(found)
    if said is None:
        return None
    digit = found.digits[said.place if place is None else place]
    best = np.argsort(digit.probabilities)[::-1][:3]
    most = ", ".join(f"{d} with {wording.probability(digit.probabilities[d])}" for d in best)
    refused = digit.verdict == "not-a-digit"
    return {
        "headline": said.headline,
        "words": said.words,
        "bars": [[round(float(p), 4), wording.probability(p)] for p in digit.probabilities],
        "longest": None if refused else int(best[0]),
        "bars_in_words": f"Probability of each digit: {most}",
        "note": _IF_A_DIGIT if refused else "",
    }


def show(
    found: Reading,
    invitation: str,
    key: str,
    place: int | None = None,
    live: tuple[canvas.Pad, str] | None = None,
) -> None:
    """Show the answer to a reading, or an invitation if nothing was drawn.

    Parameters
    ----------
    found : Reading
    invitation : str
    key : str
    place : int, optional
        As for `content`.
    live : (Pad, str), optional
        The canvas whose pen it follows, and the name of the model that reads. ``found`` must be the
        reading of that canvas.
    """
    data: dict[str, Any] = {"answer": content(found, place), "invitation": invitation}
    if live is not None:
        pad, model = live
        said = answer.to(found)
        chosen = place if said and place != said.place else None
        # When this changes, what the browser has read of the pen is no longer the newest.
        version = f"{canvas.version(pad)} {model} {chosen}"
        data |= {"pad": pad.name, "model": model, "version": version}
    _component()(key=key, data=data)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "digit-lab-answer",
        html=_HTML,
        css=(_HERE / "live_answer.css").read_text("utf-8"),
        js=(_HERE / "live_answer.js").read_text("utf-8"),
        isolate_styles=False,
    )
