"""Training images that are changed at random: how much of what, and twenty of them to look at.

As in the layer editor, what was chosen is kept apart from the widgets, by the form it belongs to:
it stays while the sliders are folded away, and its digits are loaded only when they are looked at.
"""

import numpy as np
import streamlit as st

from core.config import TrainConfig
from core.data import load_test
from core.data.augment import Augmentation, augment
from core.errors import DigitLabError
from ui import charts, pictures, state, wording

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
_SHOWN, _ACROSS = 20, 5
# The digits stay in sight while a slider far below is moved.
_STYLE = """
<style>
:has(> .st-key-augmented) {{ position: sticky; top: 3rem; z-index: 1; background: {ground} }}
.st-key-augmented {{ padding-top: 0.8rem }}
</style>
"""
_SCALE, _SPACE = 2, 3  # of a shown digit: times its size, pixels of 28x28 between two


def edit(config: TrainConfig, form: str) -> Augmentation:
    """Offer to change what is done to training images; returns it as it stands.

    Parameters
    ----------
    config : TrainConfig
        Where it starts from, and whose data is shown.
    form : str
        Tells forms apart.
    """
    kept = st.session_state.setdefault(state.AUGMENTATIONS, {})
    amounts = kept.setdefault(form, config.augmentation.model_dump())
    wanted = st.toggle(
        "Change training images at random", key="change-images", persist_state="session"
    )
    if wanted:
        st.html(_STYLE.format(ground=charts.ground_colour()))
        with st.container(border=True):
            st.caption(
                "Each image is changed anew in each epoch, by up to these amounts (augmentation): "
                "so the network learns what all hands have in common."
            )
            with st.container(key="augmented"):
                _preview(config.data, Augmentation(**amounts), form)
            _sliders(amounts, form)
            st.button(
                "Other changes",
                icon=":material/casino:",
                key="augment-anew",
                on_click=_again,
                args=(form,),
                help="Draws other changes of the same amounts, as the next epoch would.",
            )
    elif any(amounts.values()):
        parts = [f"{name} {amount:g}" for name, amount in amounts.items() if amount]
        st.caption(f"Training images are changed at random: {', '.join(parts)}.")
    return Augmentation(**amounts)


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
    alt = f"{_SHOWN} digits, changed as the sliders say"
    pictures.digit(_sheet(changed), alt, factor=_SCALE)


def _again(form: str) -> None:
    st.session_state[f"draw-{form}"] = st.session_state.get(f"draw-{form}", 0) + 1


@st.cache_data(max_entries=4, show_spinner=False)
def _digits(source: str) -> np.ndarray:
    """Return two digits of each class, float32 (20, 28, 28); test images, which load quickly."""
    test = load_test(source)
    rows = np.concatenate([np.flatnonzero(test.y == d)[: _SHOWN // 10] for d in range(10)])
    return test.x[rows].astype(np.float32) / 255


def _sheet(images: np.ndarray) -> np.ndarray:
    """Lay images side by side with a grey line between them."""
    cell = 28 + _SPACE
    rows = -(-len(images) // _ACROSS)
    sheet = np.full((rows * cell - _SPACE, _ACROSS * cell - _SPACE), 0.35, np.float32)
    for place, image in enumerate(images):
        row, column = divmod(place, _ACROSS)
        sheet[row * cell : row * cell + 28, column * cell : column * cell + 28] = image
    return sheet
