"""All models: the answer of each to the same digit, how sure it is, and how fast."""

import statistics
import time

import pandas as pd
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.reading.reader import verdict
from ui import cache, snapshot, tables, wording
from ui.draw.subject import Subject

_TIMED = 5  # predictions, of which the median time counts
_MOST = 30  # models; each is loaded once
_WORDS = {"digit": "a digit", "unsure": "not sure", "not-a-digit": "not a digit"}


def show(subject: Subject) -> None:
    """Show a row for each model, the one in use first."""
    others = [model for model in snapshot.models() if model.name != subject.model.name]
    models = [subject.model, *others][:_MOST]
    rows = pd.DataFrame([_row(model, subject) for model in models])
    st.dataframe(rows, hide_index=True, width="stretch", key="every-model")
    answers = set(rows["answer"]) - {"-"}
    st.caption(
        f"The same 28 x 28 picture, read by {len(rows)} models. "
        + ("They all agree." if len(answers) == 1 else "They do not agree.")
        + " The time is for one picture: the median of five."
    )
    tables.csv(rows, "every-model")


def _row(model: registry.Model, subject: Subject) -> dict[str, str]:
    image = subject.digit.image[None]
    try:
        predictor = cache.predictor(model)
        times = []
        for _ in range(_TIMED):
            began = time.perf_counter()
            probabilities = predictor.predict(image).probabilities[0]
            times.append(1000 * (time.perf_counter() - began))
    except (DigitLabError, OSError):
        return {"model": model.name, "answer": "-", "how sure": "-", "verdict": "cannot be read",
                "time, ms": "-"}  # fmt: skip
    return {
        "model": model.name + (" (in use)" if model.name == subject.model.name else ""),
        "answer": str(int(probabilities.argmax())),
        "how sure": wording.probability(float(probabilities.max())),
        # The gate, which was asked already, comes before every model.
        "verdict": _WORDS[verdict(probabilities, subject.digit.digitness)],
        "time, ms": f"{statistics.median(times):.2f}",
    }
