"""What is loaded once and shared by all sessions.

Keys carry the file's time of change, so that a model that is trained or copied anew is read anew.
Cached values are shared: nobody changes them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.background import Jobs
from core.cards import Card
from core.data import TestSet, load_test
from core.errors import DigitLabError
from core.evaluation.calibration import Reliability, reliability
from core.evaluation.mistakes import answers
from core.reading.gate import load_if_there
from core.reading.network import Judge
from core.reading.predictor import Predictor
from core.training import store


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return what works beside the app: it goes on while people look elsewhere."""
    return Jobs()


def predictor(model: registry.Model) -> Predictor:
    """Return the model, loaded for prediction."""
    return _predictor(model.onnx, model.onnx.stat().st_mtime_ns)


@st.cache_resource(show_spinner=False)
def gate() -> Judge | None:
    """Return what refuses what is no digit, or ``None`` where it did not come along."""
    return load_if_there()


def card(model: registry.Model) -> Card:
    """Return what the model says of itself."""
    path = model.folder / store.CARD
    return _card(model, path.stat().st_mtime_ns if path.exists() else 0)


def answer_table(model: registry.Model) -> pd.DataFrame:
    """Return one row an image of the model's test set, as `core.evaluation.mistakes.answers`."""
    path = model.folder / store.PREDICTIONS
    return _answer_table(model, path.stat().st_mtime_ns if path.exists() else 0)


def reliability_of(model: registry.Model) -> Reliability:
    """Return how far the model's probabilities can be trusted; old cards do not say it."""
    return card(model).test.reliability or reliability(*model.predictions())


def test_pictures(model: registry.Model) -> np.ndarray | None:
    """Return the test images a model was scored on, or ``None`` where they are not here.

    They are the right ones only if their digest is the one that the model's card names.
    """
    facts = card(model).data
    try:
        return _test_set(facts.source, facts.test_digest).x
    except DigitLabError:
        return None


@st.cache_resource(max_entries=2, show_spinner=False)
def _test_set(source: str, digest: str) -> TestSet:
    found = load_test(source)
    if found.digest != digest:
        raise DigitLabError(f"The test images of '{source}' are not those the model was scored on.")
    return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictor(path: Path, changed: int) -> Predictor:
    return Predictor(path)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _card(model: registry.Model, changed: int) -> Card:
    return model.card


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={registry.Model: str})
def _answer_table(model: registry.Model, changed: int) -> pd.DataFrame:
    labels, probabilities = model.predictions()
    return answers(labels, probabilities)
