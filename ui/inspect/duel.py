"""Comparison of two models on the same images, with a test of the difference."""

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.errors import DigitLabError
from core.evaluation import compare
from ui import cache, charts, tables, wording
from ui.inspect import address, image_grid, model_choice

_PER_PAGE = 12  # of each of the two galleries


def show(model: registry.Model, card: Card) -> None:
    """Offer a choice of the other model, and show the comparison."""
    rivals = _rivals(model, card)
    if not rivals:
        st.markdown(
            "A comparison needs another model that was tested on the same digits "
            f"({wording.verbatim(card.data.title)}). Train one first."
        )
        st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
        return
    rival = _choose(rivals).model
    try:
        rival_card, rows = rival.card, [tables.answers(one) for one in (model, rival)]
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    names = _names([model, rival], [card, rival_card])
    _figures(names, [card, rival_card])
    labels = rows[0]["label"].to_numpy()
    right = [(table["answer"] == table["label"]).to_numpy() for table in rows]
    (pair,) = compare.pairs(right)
    st.subheader("Significance of the difference")
    st.markdown(compare.in_words(pair, names))
    both = int((right[0] & right[1]).sum())
    st.caption(
        f"Both read {both:,} of the {len(labels):,} images correctly, and both misread "
        f"{int((~right[0] & ~right[1]).sum()):,}. Only the others can tell them apart. In "
        f"McNemar's exact test, p below {compare.LEVEL:g} is hardly chance. The test compares "
        "these two networks. To compare their settings, train each again with other seeds."
    )
    tables.csv(_differing(rows, names, right), f"{model.name}-against-{rival.name}")
    for first, second in ((0, 1), (1, 0)):
        st.subheader(f"Read correctly only by {names[first]}")
        st.caption(f"With the answers of {names[second]}, the most confident first.")
        lost = rows[second][right[first] & ~right[second]]
        lost = lost.sort_values(["confidence", "index"], ascending=[False, True])
        key = f"duel-{model.name}-{rival.name}-{first}"
        words = f"images that only {names[first]} reads correctly"
        image_grid.show(lost, model, card, key, words, per_page=_PER_PAGE)


def _rivals(model: registry.Model, card: Card) -> dict[str, model_choice.Choice]:
    found = {}
    for name, other in model_choice.known().items():
        try:
            tested = other.model.card
        except DigitLabError:
            continue
        alike = (tested.data.test_digest, tested.test.n) == (card.data.test_digest, card.test.n)
        if alike and not _is_copy(model, card, other.model, tested):
            found[name] = other
    return found


def _is_copy(model: registry.Model, card: Card, other: registry.Model, tested: Card) -> bool:
    """Return whether two models are one, such as a run's and the same one kept under a name."""
    if tested.run != card.run:
        return False
    try:
        return np.array_equal(cache.predictions(model)[1], cache.predictions(other)[1])
    except DigitLabError:  # said when it is chosen
        return False


def _choose(rivals: dict[str, model_choice.Choice]) -> model_choice.Choice:
    wanted = address.against(rivals)
    names = list(rivals)
    key = f"against-{wanted}"
    name = st.selectbox(
        "Compare with",
        names,
        names.index(wanted) if wanted else 0,
        format_func=lambda name: model_choice.title(rivals[name]),
        key=key,
        on_change=lambda: address.set_against(st.session_state[key]),
        help="Models that were tested on the same digits.",
    )
    return rivals[name]


def _names(models: list[registry.Model], cards: list[Card]) -> list[str]:
    # Runs are named by their recipes, unless those are the same.
    first, second = (
        f"run {card.config.recipe}" if card.config and model.name == card.run else model.name
        for model, card in zip(models, cards, strict=True)
    )
    return [first, second if second != first else f"the other {second}"]


def _figures(names: list[str], cards: list[Card]) -> None:
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=340):
            st.table(
                pd.DataFrame(
                    {name: _facts(card) for name, card in zip(names, cards, strict=True)},
                    index=["accuracy", "95 % interval", "parameters", "file", "time per image"],
                ),
                border="horizontal",
            )
        with st.container(key="beside-duel"):
            charts.show(
                charts.intervals(
                    [(name, card.test) for name, card in zip(names, cards, strict=True)]
                ),
                key=f"duel-{'-'.join(names)}",
                alt="Test accuracies of both with their 95 % intervals",
                static=True,
            )
            st.caption(
                "95 % intervals. The time per image was measured on one core of the machine that "
                "trained the model."
            )


def _facts(card: Card) -> list[str]:
    return [
        wording.percent(card.test.accuracy),
        wording.interval(*card.test.interval),
        f"{card.parameters:,}",
        wording.size(card.export.onnx_bytes),
        f"{card.export.ms_per_image:.2f} ms",
    ]


def _differing(rows: list[pd.DataFrame], names: list[str], right: list[np.ndarray]) -> pd.DataFrame:
    first, second = rows
    found = first[["index", "label"]].assign(
        **{f"answer of {names[0]}": first["answer"], f"answer of {names[1]}": second["answer"]}
    )
    return found[right[0] != right[1]]
