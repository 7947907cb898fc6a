"""Why an answer is in doubt, and the digits the model knows that are most like this one."""

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
    whose = "digits it learned from" if known.is_what_it_learned_from else "digits of the sample"
    st.caption(
        f"The {len(labels)} {whose} that the model finds most like yours, the nearest first "
        f"(nearest neighbours by embedding): {wording.enumeration(votes)}."
    )
    if not known.is_what_it_learned_from:
        st.caption(
            "The sample is 1,797 scanned digits that come with scikit-learn. They have 8 x 8 "
            "pixels, and are blurred by making them 28 x 28."
        )
        study.offer_known_digits(subject.model)


def reason(digit: Digit) -> str:
    """Say why a digit was read as it was, or was not."""
    first, second = (int(k) for k in np.argsort(-digit.probabilities, kind="stable")[:2])
    shares = [wording.probability(float(digit.probabilities[k])) for k in (first, second)]
    if digit.verdict == "not-a-digit":
        return (
            "**Not a digit, because it is unlike anything that it has seen:** a second network, "
            "trained on digits and on what is none, gives it a probability of "
            f"{wording.probability(digit.digitness or 0.0)} of being a digit; below "
            f"{wording.probability(REFUSE_BELOW)} nothing is answered."
        )
    if digit.verdict == "unsure":
        return (
            f"**Not sure, because two digits are close:** {first} with {shares[0]} and {second} "
            f"with {shares[1]}."
        )
    like = (
        ""
        if digit.digitness is None
        else f" It looks like a digit at all with {wording.probability(digit.digitness)}."
    )
    return f"**Read as {first}** with {shares[0]}; next comes {second} with {shares[1]}.{like}"
