"""What is loaded once and shared by all sessions.

Keys carry the file's time of change, so that a model that is trained or copied anew is read anew.
Cached values are shared: nobody changes them.
"""

import contextlib
import io
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core import paths, registry
from core.background import Jobs
from core.cards import Card
from core.data import TestSet, load_test
from core.errors import DigitLabError
from core.evaluation.calibration import Reliability, reliability
from core.evaluation.mistakes import answers
from core.evaluation.slices import measure
from core.explain.inside import Inside
from core.reading import gate as gate_network
from core.reading.network import Judge
from core.reading.pictures import decode
from core.reading.predictor import Predictor
from core.reading.reader import Reading, read
from core.runs import playback, store
from core.runs.trends import Trends, by_digit
from core.studies import results
from core.studies.known_digits import Known
from core.studies.known_digits import known_digits as find_known_digits
from ui import pictures


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return what works beside the app: it goes on while people look elsewhere."""
    return Jobs()


def predictor(model: registry.Model) -> Predictor:
    """Return the model, loaded for prediction."""
    return _predictor(model.onnx, paths.changed_at(model.onnx))


def gate() -> Judge | None:
    """Return what refuses what is no digit, or ``None`` where it did not come along."""
    return _gate(paths.changed_at(gate_network.FILE))


# Up to 50 MB each, and 9 MB as a rule, since large JPEGs are decoded at half their sides: two, so
# that two visitors at a time do not take it away from each other.
@st.cache_resource(max_entries=2, show_spinner=False)
def pixels(digest: str, _content: bytes) -> np.ndarray:
    """Return a person's picture as `core.reading.pictures.decode` does, not to be written to.

    Parameters
    ----------
    digest : str
        Of the content, which is too long to be told apart by.
    _content : bytes
    """
    found = decode(_content)
    found.setflags(write=False)
    return found


def reading(model: registry.Model, digest: str, content: bytes) -> Reading:
    """Return what the model reads in a person's picture; parameters as of `pixels`."""
    files = paths.changed_at(model.onnx), paths.changed_at(gate_network.FILE)
    return _reading(model, files, digest, content)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={registry.Model: str})
def _reading(
    model: registry.Model, changed: tuple[int, int], digest: str, _content: bytes
) -> Reading:
    return read(pixels(digest, _content), predictor(model), gate())


@st.cache_data(max_entries=4, show_spinner=False)
def with_boxes(
    digest: str,
    _content: bytes,
    boxes: list[tuple[int, int, int, int]],
    labels: list[str],
    colour: str,
) -> bytes:
    """Return a person's picture with boxes, as `ui.pictures.with_boxes` draws them, as PNG."""
    marked = pictures.with_boxes(pixels(digest, _content), boxes, labels, colour)
    file = io.BytesIO()
    # Quick rather than small: it is sent once, and this takes the most time of all.
    Image.fromarray(marked).save(file, "PNG", compress_level=1)
    return file.getvalue()


def inside(model: registry.Model) -> Inside:
    """Return the model, opened to be looked into."""
    return _inside(model.onnx, paths.changed_at(model.onnx))


def known_digits(model: registry.Model) -> Known:
    """Return digits with their labels and embeddings, as `core.studies.known_digits`."""
    try:
        studied = results.changed_at(model, results.STUDIES["known"])
    except DigitLabError:  # a bare file has no card, and so no studies
        studied = 0
    return _known_digits(model, paths.changed_at(model.onnx), studied)


def prepare(model: registry.Model) -> threading.Thread:
    """Load beside the page what its next clicks need, so that the first is as quick as the others.

    Who comes first, this or a click, does the work; the other waits for it. Returns who loads.
    """
    return _preparation(model, paths.changed_at(model.onnx))


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _preparation(model: registry.Model, changed: int) -> threading.Thread:
    # No daemon, as the threads of pages are: the app's end waits for it, because ONNX Runtime does
    # not bear to be cut short.
    thread = threading.Thread(target=_load_reasons, args=[model], name="preparation", daemon=False)
    thread.start()
    return thread


def _load_reasons(model: registry.Model) -> None:
    # A click says what is wrong; RuntimeError: the app ends meanwhile.
    with contextlib.suppress(DigitLabError, RuntimeError):
        known_digits(model)
        measured(model)
        for other in registry.list_models():
            if other.ships:
                predictor(other)


def card(model: registry.Model) -> Card:
    """Return what the model says of itself."""
    return _card(model, paths.changed_at(model.folder / store.CARD))


def answer_table(model: registry.Model) -> pd.DataFrame:
    """Return one row an image of the model's test set, as `core.evaluation.mistakes.answers`."""
    return _answer_table(model, paths.changed_at(model.folder / store.PREDICTIONS))


def predictions(model: registry.Model) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (n,) and probabilities (n, 10) of the test set, as `registry.Model` does."""
    return _predictions(model, paths.changed_at(model.folder / store.PREDICTIONS))


def reliability_of(model: registry.Model) -> Reliability:
    """Return how far the model's probabilities can be trusted; old cards do not say it."""
    return card(model).test.reliability or reliability(*predictions(model))


def test_pictures(model: registry.Model) -> np.ndarray | None:
    """Return the test images a model was scored on, or ``None`` where they are not here.

    They are the right ones only if their digest is the one that the model's card names.
    """
    facts = card(model).data
    try:
        return _test_set(facts.source, facts.test_digest).x
    except DigitLabError:
        return None


def measured(model: registry.Model) -> dict[str, np.ndarray] | None:
    """Return what `core.evaluation.slices` measures of the test images, where they are here."""
    images = test_pictures(model)
    if images is None or len(images) != card(model).test.n:
        return None
    return _measured(card(model).data.test_digest, images)


@st.cache_resource(max_entries=2, show_spinner=False)
def _measured(digest: str, _images: np.ndarray) -> dict[str, np.ndarray]:
    return measure(_images)


def trends(run: Path) -> Trends | None:
    """Return how each digit was read over the epochs of the run in a folder, if it is known."""
    epochs = run / playback.EPOCHS
    return _trends(run, epochs.stat().st_mtime_ns) if epochs.is_dir() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _trends(run: Path, changed: int) -> Trends | None:
    return by_digit(run)


@st.cache_resource(max_entries=2, show_spinner=False)
def _test_set(source: str, digest: str) -> TestSet:
    found = load_test(source)
    if found.digest != digest:
        raise DigitLabError(f"The test images of '{source}' are not those the model was scored on.")
    return found


@st.cache_resource(max_entries=2, show_spinner=False)
def _inside(path: Path, changed: int) -> Inside:
    return Inside(path)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs={registry.Model: str})
def _known_digits(model: registry.Model, changed: int, studied: int) -> Known:
    return find_known_digits(model, predictor(model))


@st.cache_resource(max_entries=1, show_spinner=False)
def _gate(changed: int) -> Judge | None:
    return gate_network.load_if_there()


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictor(path: Path, changed: int) -> Predictor:
    return Predictor(path)


# A page lists the models of all runs: one card fewer than there are would mean reading all anew.
@st.cache_resource(max_entries=1024, show_spinner=False, hash_funcs={registry.Model: str})
def _card(model: registry.Model, changed: int) -> Card:
    return model.card


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={registry.Model: str})
def _predictions(model: registry.Model, changed: int) -> tuple[np.ndarray, np.ndarray]:
    return model.predictions()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={registry.Model: str})
def _answer_table(model: registry.Model, changed: int) -> pd.DataFrame:
    return answers(*predictions(model))
