"""Why one digit is read as it is: each reason with what it shows, and what it cannot tell."""

import numpy as np
import streamlit as st

from core import paths, registry
from core.errors import DigitLabError
from core.explain.change import Change, smallest_change
from core.explain.occlusion import PATCH, occlusion
from core.studies.known_digits import nearest
from core.studies.results import STUDIES
from core.wording import counted
from ui import cache, pictures, study, wording
from ui.inspect import image_pictures

PART_PX = image_pictures.WIDTH
_NEIGHBOURS = 8
_MATTERS = 0.005  # a fall of the probability that is worth showing


def where_it_looks(model: registry.Model, image: np.ndarray, answer: int, label: int) -> None:
    """Show which patches speak for the answer, or for the label where that is another."""
    st.markdown("#### Where the evidence lies")
    digit = answer
    if label != answer:
        digit = st.segmented_control(
            "Evidence for",
            [answer, label],
            default=answer,
            required=True,
            format_func=lambda digit: f"{digit}, its {'answer' if digit == answer else 'label'}",
            key=f"evidence-{answer}-{label}",
            label_visibility="collapsed",
        )
    falls, probability = _evidence(model, paths.changed_at(model.onnx), image, digit)
    if np.abs(falls).max() < _MATTERS:
        image_pictures.plain(image, f"The digit; no single patch of it matters to the {digit}")
        st.caption(
            f"No patch of {PATCH}×{PATCH} pixels, wiped out alone, changes the probability of "
            f"{digit} ({wording.probability(probability)}) by half a point (occlusion map). What "
            "speaks for it or against it is spread over the digit."
        )
        return
    most = tuple(int(place) for place in np.unravel_index(np.abs(falls).argmax(), falls.shape))
    without = wording.probability(float(probability - falls[most]))
    st.image(
        image_pictures.evidence(image, falls, most, PATCH // 2),
        alt=f"Occlusion map: what matters most to the {digit} is around row {most[0] + 1}, "
        f"column {most[1] + 1}; without it its probability is {without}",
        output_format="PNG",
    )
    st.caption(
        f"Without the framed patch the probability of {digit} is {without} instead of "
        f"{wording.probability(probability)}. Blue: ink that speaks for {digit}; orange: against "
        "it (occlusion map). It wipes out one patch at a time, so it cannot tell what two do "
        "together."
    )


def what_would_turn_it(model: registry.Model, image: np.ndarray) -> None:
    """Show the smallest change that gives another answer."""
    st.markdown("#### What would turn it")
    change = _change(model, paths.changed_at(model.onnx), image)
    if change is None:
        image_pictures.plain(image, "The digit as it is: no small change was found")
        st.caption(
            "No change of up to 60 pixels was found that gives another answer: this one is firm, as"
            " far as a search pixel by pixel can tell."
        )
        return
    what = _pixels(change)
    st.image(
        image_pictures.marked(image, change.added, change.erased),
        alt=f"The digit with the change marked: {what}",
        output_format="PNG",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pictures.digit(image, "The digit as it is", 2)
        st.markdown("becomes", width="content")
        pictures.digit(change.image, f"The changed digit, read as {change.digit}", 2)
    share = wording.probability(float(change.probabilities[change.digit]))
    st.caption(
        f"With **{what}** it would read **{change.digit}** ({share}). Plus: a white pixel more; "
        "minus: one less. No pixel of this change can be spared, but another change may be smaller "
        "still (a counterfactual)."
    )


def what_is_like_it(model: registry.Model, embedding: np.ndarray, answer: int, label: int) -> None:
    """Show the training digits with the nearest embeddings."""
    st.markdown("#### What it finds most alike")
    known = cache.known_digits(model)
    found = nearest(known, embedding, _NEIGHBOURS)
    labels = known.labels[found.places]
    whose = "it learned from" if known.is_what_it_learned_from else "of the offline sample"
    agree = f"Labelled {answer}, its answer: **{(labels == answer).sum()} of {len(labels)}**"
    if label != answer:
        agree += f"; labelled {label}, its own label: **{(labels == label).sum()}**"
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
        f"Of the digits {whose}, those that are nearest to this one for the network's last layer "
        "(nearest neighbours by embedding); how far away, in that layer's own units. They show "
        "what it takes for alike, not that it decided by them."
    )
    if not known.is_what_it_learned_from:
        study.offer_known_digits(model)


def how_others_read_it(model: registry.Model, image: np.ndarray, label: int) -> None:
    """Say how each other model that ships reads the same image."""
    others = [other for other in registry.list_models() if other.ships and other.onnx != model.onnx]
    if not others:
        return
    st.markdown("#### How others read it")
    for other in others:
        try:
            probabilities = cache.predictor(other).predict(_as_float(image)[None]).probabilities[0]
        except DigitLabError as fault:
            st.markdown(f"{other.name}: {wording.verbatim(fault)}")
            continue
        answer = int(probabilities.argmax())
        said = wording.judged(f"**{answer}**", answer == label, in_words=True)
        st.markdown(f"{other.name}: {said}, {wording.sure(float(probabilities[answer]))}")
    st.caption(
        "Where all agree against the label, the label may be wrong, or the digit be written badly; "
        "which of the two, only a look can tell."
    )


def which_pixels_move_it(
    model: registry.Model, image: np.ndarray, index: int, answer: int, label: int
) -> None:
    """Show the gradient maps, once somebody asks for them."""
    st.markdown("#### Pixel by pixel")
    found = study.result(
        model,
        STUDIES["gradients"],
        "Make the gradient maps",
        "Gradients show the pull of every single pixel. They need TensorFlow, in a process of its "
        "own, and take about ten seconds.",
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
                    image_pictures.evidence(image, values),
                    caption=f"{digit}: {kind}",
                    alt=f"The {kind} of the {digit}, laid over the digit",
                    output_format="PNG",
                )
    st.caption(
        "Gradient: blue where a little more light would raise the digit's score (its logit), orange"
        " where it would lower it. Integrated gradients: how much each pixel adds to that score, "
        "from an empty image on. Neither tells what would happen if many pixels changed at once."
    )


def _pixels(change: Change) -> str:
    counts = ((int(change.added.sum()), "added"), (int(change.erased.sum()), "erased"))
    parts = [f"{counted(n, 'pixel')} {what}" for n, what in counts if n]
    return wording.enumeration(parts)


def _as_float(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) / 255


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _evidence(
    model: registry.Model, changed: int, image: np.ndarray, digit: int
) -> tuple[np.ndarray, float]:
    def predict(images: np.ndarray) -> np.ndarray:
        return cache.predictor(model).predict(images).probabilities

    one = _as_float(image)
    return occlusion(predict, one, digit), float(predict(one[None])[0, digit])


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={registry.Model: str})
def _change(model: registry.Model, changed: int, image: np.ndarray) -> Change | None:
    return smallest_change(
        lambda images: cache.predictor(model).predict(images).probabilities, _as_float(image)
    )
