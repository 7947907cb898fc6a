"""The smallest change that makes a digit another one, shown and put on the canvas on request."""

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from core import paths, registry
from core.explain import drawing
from core.explain.change import Change, smallest_change
from core.reading import canvas_strokes
from core.reading.reader import Digit, read
from core.wording import a_digit
from ui import cache, canvas, charts, state, wording
from ui.draw.subject import Subject

_SIDE = 336  # pixels of the picture's longer side


def show(subject: Subject) -> None:
    """Offer a choice of the target digit, and show the fewest pixels found that lead to it."""
    outcome, of = st.session_state.get(state.CHANGE_SAID, (None, None))
    if outcome and subject.drawing and of == canvas.paths(subject.drawing.strokes):
        st.info(outcome)
    probabilities = subject.digit.probabilities
    answer, second = (int(k) for k in np.argsort(-probabilities, kind="stable")[:2])
    target = st.segmented_control(
        f"Change {answer} into",
        [digit for digit in range(10) if digit != answer],
        default=second,
        required=True,
        key=f"change-of-{answer}-or-{second}",
    )
    change = _found(
        subject.model, paths.changed_at(subject.model.onnx), subject.digit.image, target
    )
    if change is None:
        st.info(
            f"No change of up to 60 pixels was found that turns this {answer} into "
            f"{a_digit(target)}."
        )
        return
    picture, words = st.columns(2, vertical_alignment="center")
    added, erased = int(change.added.sum()), int(change.erased.sum())
    said = wording.enumeration(
        [f"{n} {verb}" for n, verb in ((added, "added (+)"), (erased, "erased (−)")) if n]
    )
    with picture:
        alt = f"The digit with the changed pixels marked: {said}"
        st.image(_marked(subject.picture, subject.digit, change), alt=alt, output_format="PNG")
    with words:
        who = "the classifier alone would say" if subject.refused else "the model would answer"
        st.markdown(
            f"With **{added + erased} of the 784 pixels** changed ({said}), {who} **{target}** "
            f"({wording.probability(float(change.probabilities[target]))}) instead of {answer} "
            f"({wording.probability(float(probabilities[answer]))})."
        )
        st.caption(
            "Found by trying one pixel after another (a counterfactual explanation). A smaller "
            "change may exist. + is new ink, − is erased ink."
        )
        if subject.refused:
            st.markdown(
                "The drawing is refused as not a digit, so the change cannot be put on the canvas."
            )
        elif subject.pad is not None and subject.drawing is not None:
            wanted = st.button(
                "Put it on the canvas",
                icon=":material/draw:",
                key="put-change",
                help="Draws the change, if it is read as the new digit there too. Undo removes it.",
            )
            if wanted:
                with st.spinner("Drawing the change and reading it again"):
                    _put(subject, subject.pad, subject.drawing, target)
                st.rerun()


@st.cache_data(
    max_entries=128, show_spinner="Trying one pixel after another", hash_funcs={registry.Model: str}
)
def _found(model: registry.Model, changed: int, image: np.ndarray, target: int) -> Change | None:
    return smallest_change(
        lambda images: cache.predictor(model).predict(images).probabilities, image, target
    )


def _put(subject: Subject, pad: canvas.Pad, drawn: canvas.Drawing, target: int) -> None:
    """Put a change on the canvas that makes the digit the target, or say that none did."""
    predictor, gate = cache.predictor(subject.model), cache.gate()
    found = drawing.changed(
        subject.strokes,
        (pad.width, pad.height),
        lambda picture: read(picture, predictor, gate),
        subject.predict,
        gate,
        subject.place,
        target,
    )
    if not found.holds:
        said = (
            f"On the canvas, cropped and centred again, the changed drawing is read as "
            f"{found.text}, not as {target}. So the canvas was left unchanged."
        )
        st.session_state[state.CHANGE_SAID] = said, canvas.paths(drawn.strokes)
        return
    new = found.strokes[len(subject.strokes) :]
    objects = [*drawn.strokes["objects"], *map(canvas_strokes.as_path, new)]
    strokes = {**drawn.strokes, "objects": objects}
    if found.as_line:
        verb = "drawn" if found.strokes[-1].ink else "erased"
        said = (
            "Single pixels were not enough on the canvas, so the shortest line found was "
            f"{verb} instead."
        )
        st.session_state[state.CHANGE_SAID] = said, canvas.paths(strokes)
    canvas.put(pad, strokes)


def _marked(picture: np.ndarray, digit: Digit, change: Change) -> np.ndarray:
    """Mark changed pixels on a digit's part of its picture: + added, - erased."""
    left, top, across, down = drawing.on_picture(digit)
    right, bottom = left + 28 * across, top + 28 * down
    part = (
        Image.fromarray(picture)
        .convert("RGB")
        .crop((round(left), round(top), round(right), round(bottom)))
    )
    factor = _SIDE / max(part.size)
    part = part.resize([max(28, round(factor * side)) for side in part.size])
    pen = ImageDraw.Draw(part)
    wide, high = part.width / 28, part.height / 28
    for where, colour, sign in (
        (change.added, charts.right_colour(), "+"),
        (change.erased, charts.wrong_colour(), "-"),
    ):
        for row, column in np.argwhere(where).tolist():
            x, y = column * wide, row * high
            pen.rectangle((x, y, x + wide - 1, y + high - 1), fill=colour)
            middle, arm = (x + wide / 2, y + high / 2), 0.3 * min(wide, high)
            pen.line((middle[0] - arm, middle[1], middle[0] + arm, middle[1]), "#fff", 2)
            if sign == "+":
                pen.line((middle[0], middle[1] - arm, middle[0], middle[1] + arm), "#fff", 2)
    return np.asarray(part)
