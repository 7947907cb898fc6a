"""Caches: data and models that are loaded once and shared by all sessions.

Keys carry the file's time of change, so a model that is trained or copied again is read again.
Cached values are shared: nobody changes them.
"""

import contextlib
import io
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core import paths, registry
from core.background import Jobs
from core.data import TestSet
from core.errors import DigitLabError
from core.evaluation.calibration import Reliability, reliability
from core.evaluation.slices import measure
from core.explain.inside import Inside
from core.reading import gate as gate_network
from core.reading.network import Judge
from core.reading.pictures import decode
from core.reading.predictor import Predictor
from core.reading.reader import Reading, read
from core.runs import contract, playback
from core.runs.trends import Trends, by_digit
from core.studies import results
from core.studies.known_digits import Known
from core.studies.known_digits import known_digits as find_known_digits
from ui import answer, pictures


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return the background jobs; they continue while people look elsewhere."""
    return Jobs()


def predictor(model: registry.Model) -> Predictor:
    """Return the model, loaded for prediction."""
    return _predictor(model.onnx, paths.changed_at(model.onnx))


def gate() -> Judge | None:
    """Return the gate that refuses ink that is not a digit, or ``None`` if its file is missing."""
    return _gate(paths.changed_at(gate_network.FILE))


# Two, so that two visitors do not evict each other's picture. Up to 50 MB each, but usually 9 MB,
# since large JPEGs are decoded at half their sides.
@st.cache_resource(max_entries=2, show_spinner=False)
def pixels(digest: str, _content: bytes) -> np.ndarray:
    """Return a person's picture as `core.reading.pictures.decode` does; read-only.

    Parameters
    ----------
    digest : str
        Of the content, which is too long for a key.
    _content : bytes
    """
    found = decode(_content)
    found.setflags(write=False)
    return found


def reading(model: registry.Model, digest: str, content: bytes) -> Reading:
    """Return the model's reading of a person's picture; parameters as for `pixels`."""
    files = paths.changed_at(model.onnx), paths.changed_at(gate_network.FILE)
    return _reading(model, files, digest, content)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={registry.Model: str})
def _reading(
    model: registry.Model, changed: tuple[int, int], digest: str, _content: bytes
) -> Reading:
    return read(pixels(digest, _content), predictor(model), gate(), turns=True)


def headline(model: registry.Model, digest: str, content: bytes) -> str:
    """Return the answer to a person's picture in a word or two; parameters as for `pixels`."""
    files = paths.changed_at(model.onnx), paths.changed_at(gate_network.FILE)
    return _headline(model, files, digest, content)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs={registry.Model: str})
def _headline(model: registry.Model, changed: tuple[int, int], digest: str, _content: bytes) -> str:
    # Pixels and ink of many pictures would be too much to keep.
    try:
        said = answer.to(read(decode(_content), predictor(model), gate(), turns=True))
    except DigitLabError:
        return "cannot be read"
    return "blank" if said is None else " / ".join(said.headline.splitlines())


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
    """Return the model with the outputs of all its layers."""
    return _inside(model.onnx, paths.changed_at(model.onnx))


def known_digits(model: registry.Model) -> Known:
    """Return digits with their labels and embeddings, as `core.studies.known_digits`."""
    try:
        studied = results.changed_at(model, results.STUDIES["known"])
    except DigitLabError:  # a bare file has no card, and so no studies
        studied = 0
    return _known_digits(model, paths.changed_at(model.onnx), studied)


def prepare(model: registry.Model) -> threading.Thread:
    """Load in the background what the next clicks need, so that the first is as quick as the rest.

    Whichever comes first, this or a click, does the work; the other waits. Returns the thread.
    """
    return _preparation(model, paths.changed_at(model.onnx))


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _preparation(model: registry.Model, changed: int) -> threading.Thread:
    # Not a daemon, unlike the threads of pages: the app waits for it at exit, because ONNX Runtime
    # crashes if it is cut short.
    thread = threading.Thread(target=_load_reasons, args=[model], name="preparation", daemon=False)
    thread.start()
    return thread


def _load_reasons(model: registry.Model) -> None:
    # A click reports the fault itself. RuntimeError: the app is exiting.
    with contextlib.suppress(DigitLabError, RuntimeError):
        known_digits(model)
        measured(model)
        for other in registry.list_models():
            if other.ships:
                predictor(other)


def ahead(work: Callable[[], object]) -> None:
    """Do in the background what the rest of a page, or the next click, asks a cached function for.

    One at a time, and nothing while another is at work: what was not done ahead, a click does.
    """
    lock = _at_work()
    if lock.acquire(blocking=False):
        # Not a daemon, for the same reason as above.
        threading.Thread(target=_do_ahead, args=[work, lock], name="ahead", daemon=False).start()


def _do_ahead(work: Callable[[], object], lock: threading.Lock) -> None:
    try:
        with contextlib.suppress(DigitLabError, RuntimeError):  # as in `_load_reasons`
            work()
    finally:
        lock.release()


@st.cache_resource(show_spinner=False)
def _at_work() -> threading.Lock:
    return threading.Lock()


def predictions(model: registry.Model) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (n,) and probabilities (n, 10) of the test set, as `registry.Model` does."""
    return _predictions(model, paths.changed_at(model.folder / contract.PREDICTIONS))


def reliability_of(model: registry.Model) -> Reliability:
    """Return the model's calibration, computed if an old card does not hold it."""
    return model.card.test.reliability or reliability(*predictions(model))


def test_pictures(model: registry.Model) -> Mapping[int, np.ndarray] | None:
    """Return test images by position: all, or those that the model carries; ``None`` without any.

    Each is uint8, shape (28, 28). The models that ship carry what they misread, among others.
    """
    images = test_images(model)
    if images is not None:
        return _by_position(model.card.data.test_digest, images)
    return carried_pictures(model) or None


def carried_pictures(model: registry.Model) -> Mapping[int, np.ndarray]:
    """Return the test images that the model carries: its mistakes, in a tenth of the time of all.

    Empty if it carries none, or its file is damaged.
    """
    try:
        return _carried(model, paths.changed_at(model.folder / contract.PICTURES))
    except DigitLabError:
        return {}


@st.cache_resource(max_entries=2, show_spinner=False)
def _by_position(digest: str, _images: np.ndarray) -> dict[int, np.ndarray]:
    return dict(enumerate(_images))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={registry.Model: str})
def _carried(model: registry.Model, changed: int) -> dict[int, np.ndarray]:
    return model.pictures()


def test_images(model: registry.Model) -> np.ndarray | None:
    """Return all images, uint8 (n, 28, 28), that a model was scored on, if they are here.

    They must have the digest that the model's card names.
    """
    try:
        return _scored_on(model.card.data.test_digest, model).x
    except DigitLabError:
        return None


def measured(model: registry.Model) -> dict[str, np.ndarray] | None:
    """Return the measurements of `core.evaluation.slices`, or ``None`` without test images."""
    images = test_images(model)
    if images is None or len(images) != model.card.test.n:
        return None
    return _measured(model.card.data.test_digest, images)


@st.cache_resource(max_entries=2, show_spinner=False)
def _measured(digest: str, _images: np.ndarray) -> dict[str, np.ndarray]:
    return measure(_images)


def trends(run: Path) -> Trends | None:
    """Return the recall of each digit over the epochs of the run in a folder, if known."""
    epochs = run / playback.EPOCHS
    return _trends(run, epochs.stat().st_mtime_ns) if epochs.is_dir() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _trends(run: Path, changed: int) -> Trends | None:
    return by_digit(run)


@st.cache_resource(max_entries=2, show_spinner=False)
def _scored_on(digest: str, _model: registry.Model) -> TestSet:
    return registry.scored_on(_model)


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


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={registry.Model: str})
def _predictions(model: registry.Model, changed: int) -> tuple[np.ndarray, np.ndarray]:
    return model.predictions()
