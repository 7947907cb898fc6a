"""Evidence: the ink that speaks for a digit and against it, laid over the digit's picture.

Inspect shows it of a test image, Draw of what a visitor has drawn.
"""

from typing import NamedTuple

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from core import paths, registry
from core.explain.occlusion import PATCH, log_odds, occlusion
from core.reading.normalise import as_floats
from ui import cache, pictures

# On black in both themes, so lighter than the blue and orange of the pages.
FOR, AGAINST = (74, 158, 255), (255, 140, 40)
_OPAQUE = 0.8  # of the strongest evidence: the ink stays visible
_FRAME = 2  # pixels
_MATTERS = 0.005  # the least change of the probability worth showing
_ODDS_MATTER = 0.1  # and of the logarithm of the odds: a tenth more or less


class Patch(NamedTuple):
    """A square of pixels: its top left corner, its side, and the probability without it."""

    top: int
    left: int
    side: int
    without: float


class Evidence(NamedTuple):
    """The evidence for a digit in an image.

    Attributes
    ----------
    falls : float32 array, shape (28, 28)
        As of `core.explain.occlusion.occlusion`.
    probability : float
        Of the digit, with the whole image.
    strongest : Patch or None
        The patch that matters most; ``None`` if none does.
    """

    falls: np.ndarray
    probability: float
    strongest: Patch | None


def of(
    model: registry.Model,
    image: np.ndarray,
    digit: int,
    patch: int = PATCH,
    step: int = 1,
    odds: bool = False,
) -> Evidence:
    """Return the evidence for a digit in an image, as a model sees it; cached.

    Parameters
    ----------
    model : registry.Model
    image : ndarray, shape (28, 28), uint8 or float32 in [0, 1]
    digit, patch, step, odds : int, int, int, bool
        As for `core.explain.occlusion.occlusion`.
    """
    return _found(model, paths.changed_at(model.onnx), image, digit, patch, step, odds)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _found(
    model: registry.Model,
    changed: int,
    image: np.ndarray,
    digit: int,
    patch: int,
    step: int,
    odds: bool,
) -> Evidence:
    def predict(images: np.ndarray) -> np.ndarray:
        return cache.predictor(model).predict(images).probabilities

    one = as_floats(image) if image.dtype == np.uint8 else image
    falls = occlusion(predict, one, digit, patch, step, odds)
    probability = float(predict(one[None])[0, digit])
    row, column = (int(k) for k in np.unravel_index(np.abs(falls).argmax(), falls.shape))
    if abs(falls[row, column]) < (_ODDS_MATTER if odds else _MATTERS):
        return Evidence(falls, probability, None)
    fall = float(falls[row, column])
    without = probability - fall
    if odds:
        without = float(1 / (1 + np.exp(fall - log_odds(np.array(probability)))))
    reach = (patch - step) // 2
    return Evidence(falls, probability, Patch(row - reach, column - reach, patch, without))


def laid_over(
    image: np.ndarray, values: np.ndarray, factor: int, frame: Patch | None = None
) -> np.ndarray:
    """Lay values over a digit: blue above 0, orange below 0, stronger for larger values.

    Parameters
    ----------
    image : ndarray, shape (28, 28), uint8 or float32 in [0, 1]
    values : ndarray of float, shape (28, 28)
    factor : int
        Side of the square that each pixel becomes.
    frame : Patch, optional
        To be framed.

    Returns
    -------
    ndarray of uint8, shape (28 * factor, 28 * factor, 3)
    """
    ink = np.repeat(pictures.enlarge(image, 1)[..., None], 3, axis=2).astype(float)
    most = float(np.abs(values).max())
    opacity = _OPAQUE * np.abs(values)[..., None] / (most or 1)
    colour = np.where(values[..., None] > 0, FOR, AGAINST)
    mixed = np.round((1 - opacity) * ink + opacity * colour).astype(np.uint8)
    picture = mixed.repeat(factor, axis=0).repeat(factor, axis=1)
    if frame is None:
        return picture
    drawn = Image.fromarray(picture)
    top, left = (max(place, 0) * factor for place in (frame.top, frame.left))
    bottom, right = (min(place + frame.side, 28) * factor - 1 for place in (frame.top, frame.left))
    ImageDraw.Draw(drawn).rectangle((left, top, right, bottom), outline="white", width=_FRAME)
    return np.asarray(drawn)
