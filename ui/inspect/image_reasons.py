"""Reasons for the answer to one digit, each with what it shows and what it cannot tell."""

import numpy as np
import streamlit as st

from core import paths, registry
from core.errors import DigitLabError
from core.explain.change import Change, smallest_change
from core.explain.occlusion import PATCH
from core.reading.normalise import as_floats
from core.studies.known_digits import nearest
from core.studies.results import STUDIES
from core.wording import counted
from ui import cache, evidence, pictures, snapshot, study, wording
from ui.inspect import image_pictures

PART_PX = image_pictures.WIDTH
_NEIGHBOURS = 8


def prepare(model: registry.Model, *images: tuple[np.ndarray, int]) -> None:
    """Work out ahead the reasons for the answers to some images, each with its answer.

    They are half of the time that the page of an image takes.
    """

    def work() -> None:
        for image, answer in images:
            _change(model, paths.changed_at(model.onnx), image)
            evidence.of(model, image, answer)

    cache.ahead(work)


def where_it_looks(model: registry.Model, image: np.ndarray, answer: int, label: int) -> None:
    """Show which patches support the answer, or the label if it differs."""
    st.markdown("#### Evidence")
    place, digit = st.container(), answer  # the three pictures of the page begin at one height
    if label != answer:
        digit = st.segmented_control(
            "Evidence for",
            [answer, label],
            default=answer,
            required=True,
            format_func=lambda digit: f"{digit}, the {'answer' if digit == answer else 'label'}",
            key=f"evidence-{answer}-{label}",
            label_visibility="collapsed",
        )
    with place:
        _evidence_for(digit, image, evidence.of(model, image, digit))


def _evidence_for(digit: int, image: np.ndarray, found: evidence.Evidence) -> None:
    patch, before = found.strongest, wording.probability(found.probability)
    if patch is None:
        image_pictures.plain(image, f"The digit; no single patch of it matters for {digit}")
        st.caption(
            f"Erasing any single patch of {PATCH}×{PATCH} pixels changes the probability of "
            f"{digit} ({before}) by less than half a point (occlusion "
            "map). The evidence is spread over the whole digit."
        )
        return
    row, column = (place + 1 + patch.side // 2 for place in (patch.top, patch.left))
    without = wording.probability(patch.without)
    st.image(
        evidence.laid_over(image, found.falls, image_pictures.FACTOR, patch),
        alt=f"Occlusion map: the patch that matters most for {digit} is around row {row}, "
        f"column {column}; without it the probability is {without}",
        output_format="PNG",
    )
    st.caption(
        f"Without the framed patch the probability of {digit} is {without} instead of "
        f"{before}. Blue ink is evidence for {digit}, orange ink is "
        "evidence against it (occlusion map). The map erases one patch at a time, so it cannot "
        "show what two do together."
    )


def what_would_turn_it(model: registry.Model, image: np.ndarray) -> None:
    """Show the smallest change that leads to another answer."""
    st.markdown("#### Smallest change")
    change = _change(model, paths.changed_at(model.onnx), image)
    if change is None:
        image_pictures.plain(image, "The unchanged digit: no small change was found")
        st.caption(
            "No change of up to 60 pixels was found that leads to another answer. As far as a "
            "search pixel by pixel can tell, this answer is stable."
        )
        return
    what = _pixels(change)
    st.image(
        image_pictures.marked(image, change.added, change.erased),
        alt=f"The digit with the change marked: {what}",
        output_format="PNG",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pictures.digit(image, "The original digit", 2)
        st.markdown("becomes", width="content")
        pictures.digit(change.image, f"The changed digit, read as {change.digit}", 2)
    share = wording.probability(float(change.probabilities[change.digit]))
    st.caption(
        f"With **{what}**, the answer would be **{change.digit}** ({share}). Plus marks an added "
        "white pixel, minus an erased one (a counterfactual). Every pixel of this change is "
        "needed, but another change may be smaller."
    )


def what_is_like_it(model: registry.Model, embedding: np.ndarray, answer: int, label: int) -> None:
    """Show the training digits with the nearest embeddings."""
    st.markdown("#### Similar digits")
    known = cache.known_digits(model)
    found = nearest(known, embedding, _NEIGHBOURS)
    labels = known.labels[found.places]
    whose = "training digits" if known.is_what_it_learned_from else "digits of the offline sample"
    agree = f"Labelled {answer}, the answer: **{(labels == answer).sum()} of {len(labels)}**"
    if label != answer:
        agree += f". Labelled {label}, the label: **{(labels == label).sum()}**"
    st.markdown(f"{agree}.")
    pictures.gallery(
        known.images[found.places],
        captions=[
            f"label **{digit}**  \n{distance:.2f} away"
            for digit, distance in zip(labels, found.distances, strict=True)
        ],
        alts=[f"A neighbour labelled {digit}" for digit in labels],
    )
    st.caption(
        f"The {whose} that are nearest to this one in the network's second-to-last layer (nearest "
        "neighbours by embedding), with their distance in it. They show which digits look similar "
        "to the network, not that they decided its answer."
    )
    if not known.is_what_it_learned_from:
        study.offer_known_digits(model)


def how_others_read_it(model: registry.Model, image: np.ndarray, label: int) -> None:
    """Show how each of the other shipped models reads the same image."""
    others = [other for other in snapshot.models() if other.ships and other.onnx != model.onnx]
    if not others:
        return
    st.markdown("#### Other models")
    for other in others:
        try:
            probabilities = cache.predictor(other).predict(as_floats(image)[None]).probabilities[0]
        except DigitLabError as fault:
            st.markdown(f"{other.name}: {wording.verbatim(fault)}")
            continue
        answer = int(probabilities.argmax())
        said = wording.judged(f"**{answer}**", answer == label, in_words=True)
        st.markdown(f"{other.name}: {said}, {wording.sure(float(probabilities[answer]))}")
    st.caption(
        "If all models agree on another digit than the label, the label may be wrong, or the digit "
        "badly written. Only a look can tell which."
    )


def which_pixels_move_it(
    model: registry.Model, image: np.ndarray, index: int, answer: int, label: int
) -> None:
    """Show the gradient maps, computed on request."""
    st.markdown("#### Influence of each pixel")
    found = study.result(
        model,
        STUDIES["gradients"],
        "Compute the gradient maps",
        "Gradients show the influence of every pixel on the answer. TensorFlow computes them in a "
        "separate process, in about ten seconds.",
        item=index,
    )
    if found is None:
        return
    digits = list(dict.fromkeys([answer, label]))
    kinds = ("gradient", "integrated gradients")
    with st.container(horizontal=True, gap="small"):
        for position, values in enumerate(found["maps"][: 2 * len(digits)]):
            kind, digit = kinds[position % 2], digits[position // 2]
            with st.container(width=PART_PX):
                st.image(
                    evidence.laid_over(image, values, image_pictures.FACTOR),
                    caption=f"{digit}: {kind}",
                    alt=f"The {kind} for {digit}, laid over the digit",
                    output_format="PNG",
                )
    st.caption(
        "Gradient: making a blue pixel lighter raises the digit's score (its logit); making an "
        "orange one lighter lowers it. Integrated gradients: how much each pixel adds to that "
        "score, starting from an empty image. Neither shows the effect of many changes at once."
    )


def _pixels(change: Change) -> str:
    counts = ((int(change.added.sum()), "added"), (int(change.erased.sum()), "erased"))
    parts = [f"{counted(n, 'pixel')} {what}" for n, what in counts if n]
    return wording.enumeration(parts)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _change(model: registry.Model, changed: int, image: np.ndarray) -> Change | None:
    return smallest_change(
        lambda images: cache.predictor(model).predict(images).probabilities, as_floats(image)
    )
