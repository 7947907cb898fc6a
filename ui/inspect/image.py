"""One test image and the reasons for its answer, opened from any view by its index."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core import registry
from core.cards import Card
from core.evaluation import disputed_labels
from core.reading.normalise import as_floats
from ui import cache, layout, wording
from ui.inspect import (
    address,
    image_grid,
    image_pictures,
    image_reasons,
    mistakes,
    opened_from,
    page_top,
    views,
)

_BARS_PX = 400


def show(
    model: registry.Model,
    card: Card,
    rows: pd.DataFrame,
    test_images: Mapping[int, np.ndarray] | None,
    index: int,
) -> None:
    """Show an image, its answer, and the reasons.

    Parameters
    ----------
    model : registry.Model
    card : Card
        The model's.
    rows : DataFrame
        As returned by `core.evaluation.mistakes.answers`, a row for each test image.
    test_images : mapping of int to uint8 array, shape (28, 28), or None
        As `ui.cache.test_pictures` returns them.
    index : int
        Index of the image in the test set.
    """
    # The one that is open, on a second core, and the one that will most likely be opened next.
    image_reasons.prepare(
        model,
        *(
            (test_images[place], int(rows["answer"].iloc[place]))
            for place in (index, _ways(rows, index))
            if place is not None and test_images is not None and place in test_images
        ),
    )
    with layout.stage(f"image {index} of {model.name}"):
        _image(model, card, rows, test_images, index)


def _image(
    model: registry.Model,
    card: Card,
    rows: pd.DataFrame,
    test_images: Mapping[int, np.ndarray] | None,
    index: int,
) -> None:
    row = rows.iloc[index]
    label, answer = int(row["label"]), int(row["answer"])
    read = f"read correctly as {answer}" if label == answer else f"read as {answer}"
    st.subheader(f"Image {index}: label {label}, {read}", anchor=False)
    votes = disputed_labels.of(card.data.test_digest, index)
    if votes is not None:
        st.info(
            f"**Its label is disputed.** {votes.in_words()} The label stays as MNIST has it "
            "(Northcutt, Athalye and Mueller 2021)."
        )
    if test_images is None or index not in test_images:
        image_grid.show(rows.iloc[[index]], model, card, "image")
        return
    image = test_images[index]
    prediction = cache.predictor(model).predict(as_floats(image[None]))
    probabilities = prediction.probabilities[0]
    with st.container(horizontal=True, gap="small"):
        with st.container(width=image_reasons.PART_PX):
            _digit(image, probabilities, label, index)
        with st.container(width=image_reasons.PART_PX):
            image_reasons.where_it_looks(model, image, answer, label)
        with st.container(width=image_reasons.PART_PX):
            image_reasons.what_would_turn_it(model, image)
    left, right = layout.two_parts(_BARS_PX, "image")
    with left:
        st.markdown("#### Probabilities")
        image_pictures.bars(probabilities, label)
    with right:
        image_reasons.how_others_read_it(model, image, label)
    image_reasons.what_is_like_it(model, prediction.embedding[0], answer, label)
    image_reasons.which_pixels_move_it(model, image, index, answer, label)
    st.button(
        "Show its layers",
        icon=":material/layers:",
        on_click=address.open_inside,
        args=[index],
    )


def _ways(rows: pd.DataFrame, index: int) -> int | None:
    """Show the buttons back, and to the images before and after; return the one after, if any."""
    among = _among(rows, index)
    places = among.places
    at = places.index(index)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"Back to {_came_from()}", icon=":material/arrow_back:", on_click=address.close_image
        )
        for name, to in (("Previous", at - 1), ("Next", at + 1)):
            is_there = 0 <= to < len(places)
            st.button(
                name,
                disabled=not is_there,
                on_click=opened_from.open_image,
                args=(places[to] if is_there else index, among),
            )
        st.caption(f"{at + 1:,} of {len(places):,} {among.words}", width="content")
        page_top.begin(f"image {index}")
    return places[at + 1] if at + 1 < len(places) else None


def _came_from() -> str:
    name = address.view(list(views.VIEWS))
    if name == "mistakes":
        title = mistakes.title()
        return title[0].lower() + title[1:]
    return f"“{views.VIEWS[name][0]}”"


def _among(rows: pd.DataFrame, index: int) -> opened_from.Listed:
    """Return the list that this image was opened from, otherwise one that contains it."""
    if (list_before := opened_from.last(index)) is not None:
        return list_before
    words, chosen = mistakes.selection(rows)
    places = chosen["index"].tolist()
    if index in places:
        return opened_from.Listed(words, places)
    return opened_from.Listed("test images", list(range(len(rows))))


def _digit(image: np.ndarray, probabilities: np.ndarray, label: int, index: int) -> None:
    answer = int(probabilities.argmax())
    said = wording.judged(f"**{answer}**", answer == label, in_words=True)
    st.markdown("#### Digit")
    image_pictures.plain(image, f"Test image {index}, label {label}")
    st.markdown(
        f"Label: **{label}** · Answer: {said}, {wording.sure(float(probabilities[answer]))}"
    )
