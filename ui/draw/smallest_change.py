"""The smallest change that makes a digit another: on the drawing, and put there on request."""

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from core import paths, registry
from core.explain import drawing
from core.explain.change import Change, smallest_change
from core.reading import canvas_strokes
from core.reading.reader import Digit, read
from ui import cache, canvas, charts, state, wording
from ui.draw.subject import Subject

_SIDE = 336  # pixels of the picture's longer side


def show(subject: Subject) -> None:
    """Let a target be chosen, and show the fewest pixels found that lead there."""
    outcome, of = st.session_state.get(state.CHANGE_SAID, (None, None))
    if outcome and subject.pad is not None and of == canvas.paths(canvas.kept(subject.pad).strokes):
        st.info(outcome)
    probabilities = subject.digit.probabilities
    answer, second = (int(k) for k in np.argsort(-probabilities, kind="stable")[:2])
    target = st.segmented_control(
        f"From {answer} to",
        [digit for digit in range(10) if digit != answer],
        default=second,
        required=True,
        key=f"change-of-{answer}-or-{second}",
    )
    change = _found(
        subject.model, paths.changed_at(subject.model.onnx), subject.digit.image, target
    )
    if change is None:
        st.info(f"No change of 60 pixels or fewer that makes this {answer} a {target} was found.")
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
        it = "the classifier alone say" if subject.refused else "it answer"
        st.markdown(
            f"**{added + erased} of the 784 pixels** that the model sees, {said}, make {it} "
            f"**{target}** ({wording.probability(float(change.probabilities[target]))}) instead of "
            f"{answer} ({wording.probability(float(probabilities[answer]))})."
        )
        st.caption(
            "Found by trying pixel after pixel (a counterfactual explanation); a smaller change "
            "may exist. + is new ink, − is ink wiped away."
        )
        if subject.refused:
            st.markdown("It is refused as no digit, so the change is not offered for the canvas.")
        elif subject.pad is not None:
            wanted = st.button(
                "Put it on the canvas",
                icon=":material/draw:",
                key="put-change",
                help="Where it can be read there as well; Undo then takes it away again.",
            )
            if wanted:
                with st.spinner("Drawing it, and reading it again"):
                    _put(subject, target)
                st.rerun()


@st.cache_data(
    max_entries=128, show_spinner="Trying pixel after pixel", hash_funcs={registry.Model: str}
)
def _found(model: registry.Model, changed: int, image: np.ndarray, target: int) -> Change | None:
    return smallest_change(
        lambda images: cache.predictor(model).predict(images).probabilities, image, target
    )


def _put(subject: Subject, target: int) -> None:
    """Put on the canvas what makes the digit the target there, or say that nothing did."""
    pad = subject.pad
    kept = canvas.kept(pad)
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
            f"Drawn on the canvas, cropped and centred anew, the change was read as {found.text}, "
            f"not as {target}: the canvas is left as it was."
        )
        st.session_state[state.CHANGE_SAID] = said, canvas.paths(kept.strokes)
        return
    new = found.strokes[len(subject.strokes) :]
    objects = [*kept.strokes["objects"], *map(canvas_strokes.as_path, new)]
    strokes = {**kept.strokes, "objects": objects}
    if found.as_line:
        verb = "drawn" if found.strokes[-1].ink else "wiped"
        said = f"On the canvas the pixels alone were no digit: the shortest line found was {verb}."
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
