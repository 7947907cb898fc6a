"""Augmentation: a switch, the amounts of random changes to training images, and changed digits.

As in the layer editor, the amounts are kept apart from the widgets, by form: they stay while the
switch is off or the sliders are folded away. The digits are loaded only when they are shown.
"""

import numpy as np
import streamlit as st

from core.config import TrainConfig
from core.data import load_test
from core.data.augment import MODEST, NO_CHANGES, Augmentation, augment
from core.errors import DigitLabError
from core.reading.normalise import as_floats
from ui import charts, pictures, state, wording
from ui.train import folds

_LABELS = {
    "rotation": ("Rotation (degrees)", 1.0),
    "shift": ("Shift (pixels)", 0.5),
    "scale": ("Scale", 0.01),
    "shear": ("Shear", 0.05),
    "elastic": ("Elastic distortion (pixels)", 0.1),
    "thickness": ("Stroke thickness (pixels)", 0.1),
    "noise": ("Noise", 0.01),
    "damage": ("Damage (share of images)", 0.05),
}
_OPEN = "augmentation-open"
_SHOWN, _ACROSS = 20, 5
# The digits stay in sight while a slider far below is moved.
_STYLE = """
<style>
:has(> .st-key-augmented) {{ position: sticky; top: 3rem; z-index: 1; background: {ground} }}
.st-key-augmented {{ padding-top: 0.8rem }}
</style>
"""
_SCALE, _SPACE = 2, 3  # of a shown digit: enlargement; gap between two, in pixels of 28x28


def edit(config: TrainConfig, form: str) -> Augmentation:
    """Offer to edit the augmentation, and return it.

    Parameters
    ----------
    config : TrainConfig
        Holds the initial amounts, and names the data shown.
    form : str
        Tells forms apart.
    """
    kept = st.session_state.setdefault(state.AUGMENTATIONS, {})
    amounts = kept.setdefault(form, config.augmentation.model_dump())
    key = f"change-images-{form}"
    wanted = st.toggle(
        "Change training images at random",
        config.augmentation != NO_CHANGES,
        key=key,
        persist_state="session",
        on_change=_switch,
        args=(amounts, key),
        help="Augmentation: in each epoch, each image is turned, moved and so on a little. So the "
        "network learns what all handwriting has in common.",
    )
    if not wanted:
        return NO_CHANGES
    parts = [f"{name} {amount:g}" for name, amount in amounts.items() if amount]
    st.caption(
        f"Each by up to: {', '.join(parts)}."
        if parts
        else "All amounts are zero, so nothing is changed: move a slider."
    )
    part = folds.fold("Amounts and examples", _OPEN)
    if part.open:
        with part:
            _editor(config.data, amounts, form)
    return Augmentation(**amounts)


def _switch(amounts: dict[str, float], key: str) -> None:
    """Show the amounts when they are switched on, and begin with modest ones if all are zero."""
    wanted = st.session_state[key]
    if wanted and not any(amounts.values()):
        amounts.update(MODEST.model_dump())
    st.session_state[_OPEN] = wanted


def _editor(source: str, amounts: dict[str, float], form: str) -> None:
    st.html(_STYLE.format(ground=charts.ground_colour()))
    with st.container(key="augmented"):
        _preview(source, Augmentation(**amounts), form)
    _sliders(amounts, form)
    st.button(
        "Show other changes",
        icon=":material/casino:",
        key="augment-anew",
        on_click=_again,
        args=(form,),
        help="Draws new random changes with the same amounts, like the next epoch.",
    )


def _sliders(amounts: dict[str, float], form: str) -> None:
    with st.grid(min_column_width=200, gap="small"):
        for name, (label, step) in _LABELS.items():
            field = Augmentation.model_fields[name]
            most = next(float(limit.le) for limit in field.metadata if hasattr(limit, "le"))
            key = f"augmentation-{form}-{name}"
            if key not in st.session_state:
                st.session_state[key] = float(amounts[name])
            st.slider(
                label,
                0.0,
                most,
                step=step,
                key=key,
                help=f"{label}: {field.description}.",
                on_change=_set,
                args=(amounts, name, key),
            )


def _set(amounts: dict[str, float], name: str, key: str) -> None:
    amounts[name] = st.session_state[key]


def _preview(source: str, how: Augmentation, form: str) -> None:
    try:
        digits = _digits(source)
    except DigitLabError as fault:
        st.caption(wording.verbatim(f"There are no digits to show: {fault}"))
        return
    draw = st.session_state.get(f"draw-{form}", 0)
    changed = augment(digits, how, np.random.default_rng(draw))
    alt = f"{_SHOWN} digits, changed by the amounts of the sliders"
    pictures.digit(_sheet(changed), alt, factor=_SCALE)


def _again(form: str) -> None:
    st.session_state[f"draw-{form}"] = st.session_state.get(f"draw-{form}", 0) + 1


@st.cache_data(max_entries=4, show_spinner=False)
def _digits(source: str) -> np.ndarray:
    """Return two digits of each class, float32 (20, 28, 28); test images, which load quickly."""
    test = load_test(source)
    rows = np.concatenate([np.flatnonzero(test.y == d)[: _SHOWN // 10] for d in range(10)])
    return as_floats(test.x[rows])


def _sheet(images: np.ndarray) -> np.ndarray:
    """Lay images side by side with a grey line between them."""
    cell = 28 + _SPACE
    rows = -(-len(images) // _ACROSS)
    sheet = np.full((rows * cell - _SPACE, _ACROSS * cell - _SPACE), 0.35, np.float32)
    for place, image in enumerate(images):
        row, column = divmod(place, _ACROSS)
        sheet[row * cell : row * cell + 28, column * cell : column * cell + 28] = image
    return sheet
