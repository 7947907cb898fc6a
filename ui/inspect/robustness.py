"""Damaged pictures: the answers to digits with noise, blur, slants or scratches."""

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation.corruptions import CORRUPTIONS, SEVERITIES
from core.evaluation.intervals import wilson
from core.reading.normalise import as_floats
from core.studies import robustness
from core.studies.results import STUDIES, Arrays
from core.wording import a_digit
from ui import cache, pictures, state, study, tables, wording

_STRIDE = 37  # from one digit to the next, so that all ten soon appear


def show(model: registry.Model, card: Card) -> None:
    """Show one digit under each corruption, and the accuracy on damaged digits."""
    st.subheader("Damaged pictures (robustness)")
    found = study.result(
        model,
        STUDIES["robustness"],
        "Measure the robustness",
        "You can measure how often the model is right on damaged digits (its robustness): 15 "
        "corruptions in 5 strengths each, on 1,000 test images. It takes about a minute.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        severity = st.slider(
            "Strength of the damage (severity)",
            SEVERITIES[0],
            SEVERITIES[-1],
            3,
            key="robustness-severity",
            width=280,
        )
        st.button("Another digit", icon=":material/shuffle:", on_click=_ask_for_another)
    table = None if found is None else _table(found)
    if found is not None:
        _summary(found, model, severity)
    names = list(CORRUPTIONS) if found is None else worst_first(found["right"], severity)
    _multiples(names, severity, table, model, card)
    if table is not None:
        tables.csv(table, f"{model.name}-robustness")
    st.caption(
        "The fifteen corruptions of MNIST-C (Mu and Gilmer 2019). Accuracy: the share of the "
        "measured digits that is read correctly, with its 95 % interval in brackets."
    )


def worst_first(right: np.ndarray, severity: int) -> list[str]:
    """Return the names of the corruptions, the worst at a severity first.

    Parameters
    ----------
    right : ndarray of int, shape (15, 5)
        As returned by `core.studies.robustness.study`.
    severity : {1, 2, 3, 4, 5}
    """
    names = list(CORRUPTIONS)
    return [names[i] for i in np.argsort(right[:, severity - 1], kind="stable")]


def _ask_for_another() -> None:
    st.session_state[state.ANOTHER_DIGIT] = st.session_state.get(state.ANOTHER_DIGIT, 0) + 1


def _table(found: Arrays) -> pd.DataFrame:
    n = int(found["images"])
    rows = []
    for name, counts in zip(CORRUPTIONS, found["right"].tolist(), strict=True):
        for severity, right in zip(SEVERITIES, counts, strict=True):
            low, high = wilson(right, n)
            rows.append((name, severity, right, n, right / n, float(low), float(high)))
    columns = ("corruption", "severity", "right", "images", "accuracy", "low", "high")
    return pd.DataFrame(rows, columns=columns)


def _summary(found: Arrays, model: registry.Model, severity: int) -> None:
    n = int(found["images"])
    rows = tables.answers(model).iloc[robustness.sample(len(tables.answers(model)))]
    clean = (rows["label"] == rows["answer"]).mean()
    with st.container(horizontal=True, gap="large"):
        st.metric(
            f"Undamaged, on {n:,} images",
            wording.percent(clean),
            width="content",
            help="Accuracy on the same test images before they are damaged.",
        )
        st.metric(
            f"Damaged, severity {severity}",
            wording.percent(found["right"][:, severity - 1].mean() / n),
            width="content",
            help="Accuracy, averaged over the fifteen corruptions.",
        )


def _multiples(
    names: list[str],
    severity: int,
    table: pd.DataFrame | None,
    model: registry.Model,
    card: Card,
) -> None:
    test_images = cache.test_pictures(model)
    if test_images is None:
        st.info("Damaged digits need the test images, which are not on this machine.")
        return
    rows = tables.answers(model)
    rows = rows[rows["index"].isin(list(test_images))]
    rows = rows[rows["label"] == rows["answer"]] if card.test.correct else rows
    chosen = rows.iloc[st.session_state.get(state.ANOTHER_DIGIT, 0) * _STRIDE % len(rows)]
    place, label = int(chosen["index"]), int(chosen["label"])
    image = test_images[place][None]  # (1, 28, 28)
    spoilt = np.concatenate([robustness.spoil(image, name, severity) for name in names])
    read = cache.predictor(model).predict(as_floats(spoilt)).probabilities
    st.markdown(
        f"Test image {place}, {a_digit(label, '**')}. Undamaged, it is read as "
        f"**{int(chosen['answer'])}**."
    )
    what = a_digit(label).capitalize()
    with st.container(key="gallery-wide"):
        pictures.gallery(
            spoilt,
            [
                _caption(name, probabilities, label, severity, table)
                for name, probabilities in zip(names, read, strict=True)
            ],
            [
                f"{what} with {CORRUPTIONS[name].title.lower()}, read as {answer}"
                for name, answer in zip(names, read.argmax(axis=1), strict=True)
            ],
        )


def _caption(
    name: str, probabilities: np.ndarray, label: int, severity: int, table: pd.DataFrame | None
) -> str:
    corruption, answer = CORRUPTIONS[name], int(probabilities.argmax())
    lines = [
        f"**{corruption.title}**",
        f":small[{corruption.description}]",
        wording.judged(f"read as **{answer}**", answer == label, in_words=True),
        wording.sure(probabilities[answer]),
    ]
    if table is not None:
        one = table[(table["corruption"] == name) & (table["severity"] == severity)].iloc[0]
        lines += [
            f"Accuracy {100 * one['accuracy']:.1f} %",
            f"({100 * one['low']:.1f} to {100 * one['high']:.1f} %)",
        ]
    return "  \n".join(lines)
