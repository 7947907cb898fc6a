"""Similar digits: those with the nearest embeddings, and the reason for the verdict."""

import numpy as np
import streamlit as st

from core.reading.gate import REFUSE_BELOW
from core.reading.reader import Digit
from core.studies.known_digits import nearest
from core.wording import a_digit
from ui import cache, pictures, study, wording
from ui.draw.subject import Subject

_NEAREST = 8


def show(subject: Subject) -> None:
    """Say the reason in a sentence, and show the nearest digits by embedding."""
    st.markdown(reason(subject.digit))
    known = cache.known_digits(subject.model)
    embedding = cache.predictor(subject.model).predict(subject.digit.image[None]).embedding[0]
    found = nearest(known, embedding, _NEAREST)
    labels = known.labels[found.places]
    values, counts = np.unique(labels, return_counts=True)
    votes = [
        f"{n} of them {a_digit(v)}"
        for n, v in sorted(zip(counts, values, strict=True), reverse=True)
    ]
    pictures.gallery(
        known.images[found.places],
        [f"{label}" for label in labels],
        [f"A known digit, labelled {label}" for label in labels],
    )
    whose = "training digits" if known.is_what_it_learned_from else "sample digits"
    st.caption(
        f"The {len(labels)} {whose} that the model finds most similar to yours, the nearest first "
        f"(nearest neighbours by embedding): {wording.enumeration(votes)}."
    )
    if not known.is_what_it_learned_from:
        st.caption(
            "The sample is 1,797 scanned digits that come with scikit-learn. They look blurred "
            "because they are enlarged from 8 x 8 to 28 x 28 pixels."
        )
        study.offer_known_digits(subject.model)


def reason(digit: Digit) -> str:
    """Say why a digit was read as it was, or refused."""
    first, second = (int(k) for k in np.argsort(-digit.probabilities, kind="stable")[:2])
    shares = [wording.probability(float(digit.probabilities[k])) for k in (first, second)]
    if digit.verdict == "not-a-digit":
        return (
            "**Not a digit:** a second network, trained to tell digits from other marks, gives it "
            f"a probability of {wording.probability(digit.digitness or 0.0)} of being a digit. "
            f"Below {wording.probability(REFUSE_BELOW)} there is no answer."
        )
    if digit.verdict == "unsure" and len(digit.candidates) == 1:
        return (
            f"**Not sure that it is a digit:** a second network, trained to tell digits from other "
            f"marks, gives it a probability of {wording.probability(digit.digitness or 0.0)}."
        )
    if digit.verdict == "unsure":
        return (
            f"**Not sure, because two digits are close:** {first} has a probability of {shares[0]} "
            f"and {second} of {shares[1]}."
        )
    like = (
        ""
        if digit.digitness is None
        else f" It is a digit at all with a probability of {wording.probability(digit.digitness)}."
    )
    return (
        f"**Read as {first}** with a probability of {shares[0]}; next is {second} with "
        f"{shares[1]}.{like}"
    )
