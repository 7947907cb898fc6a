"""The form for a `TrainConfig`: a recipe fills it, and people change it."""

from pathlib import Path
from typing import Any, NamedTuple, get_args

import streamlit as st

from core import data
from core.config import TrainConfig, with_changes
from core.data import files, stroke_files
from core.errors import DigitLabError
from core.recipes.shipped import Recipe
from ui import state, wording
from ui.train import advanced, augmentation, folds, layer_editor, links
from ui.train.fields import Fields

_DATA_TITLES = {"mnist": "MNIST, 70,000 digits", "sample": "Offline sample, 1,797 digits"}
_LABELS = {
    "sparse_categorical_crossentropy": "integers",
    "categorical_crossentropy": "one-hot",
}
# Labels of settings whose label differs from their name.
_CALLED = {
    "train_images": "Training images",
    "reduce_on_plateau": "Halve the rate on a plateau",
    "clip_norm": "Gradient clipping",
    "ema": "Weight averaging",
}
_NARROW_PX = 152  # four beside one another at 1024 px, two on a phone
_RATES = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]


def bring_back() -> None:
    """Keep the open or chosen recipe; call it when a person comes to the page.

    After the browser's Back button the address may name no recipe, because Streamlit removed it
    when the page was left. In the first run after that, Streamlit fills the widgets that are bound
    to the address from the address alone.
    """
    links.bring_back()
    if "recipe" in st.session_state and "recipe" not in st.query_params:
        st.rerun()


class Asked(NamedTuple):
    """What the form asks for.

    Attributes
    ----------
    config : TrainConfig or None
        ``None`` if a setting is refused.
    fault : str
        Why, unless a field says so itself.
    hint : str
        Where a field says so.
    """

    config: TrainConfig | None
    fault: str = ""
    hint: str = ""


def settings(recipe: Recipe) -> Asked:
    """Show the settings of a recipe; return what they ask for."""
    form = st.session_state[state.FORM]

    def key(name: str) -> str:
        # A key for each recipe: choosing another recipe fills the form with its values.
        return f"{name}-{form}"

    fields = Fields(True, key)
    with fields.grid(_NARROW_PX):
        config = recipe.config_for(_choose_data())
        changes = _main_settings(config, fields)
    if config.data == "sample":
        st.info(
            "The offline sample has 1,797 small digits. It is good for a first try, but its "
            "results cannot be compared with those on MNIST."
        )
    changes["augmentation"] = augmentation.edit(config, form)
    changes["layers"] = layer_editor.edit(config, form)
    learning = folds.fold("How it learns", "learning-open")
    with learning:
        changes |= _learning(config, Fields(bool(learning.open), key))
    expert = folds.fold("Advanced settings", "advanced-open")
    with expert:
        changes |= advanced.settings(config, changes, Fields(bool(expert.open), key))
    if extras := _extras(config):
        st.caption(f"This recipe also has {extras}.{_without_strokes(recipe.config)}")
    if changes["validation_split"] == round(100 * config.validation_split) / 100:
        changes["validation_split"] = config.validation_split  # The slider has whole percentages.
    if layer_editor.refuses(form):
        return Asked(None, hint="Correct the number marked above to start training.")
    try:
        return Asked(with_changes(config, changes))
    except DigitLabError as fault:
        if layer_editor.explains(changes["layers"]):
            return Asked(None, hint="Correct the layer marked above to start training.")
        return Asked(None, fault=_in_words_of_the_form(fault))


def _in_words_of_the_form(fault: DigitLabError) -> str:
    """Begin a sentence about a setting with the label of its field."""
    name, _, rest = str(fault).partition(" ")
    if name not in TrainConfig.model_fields:
        return str(fault)
    return f"{_CALLED.get(name, name.replace('_', ' ').capitalize())} {rest}"


# Numbers have no bounds here: Streamlit would not send a number beyond them, and a training would
# start with the previous one. `with_changes` refuses it with a sentence.
def _main_settings(config: TrainConfig, fields: Fields) -> dict[str, Any]:
    number = st.number_input
    return {
        "epochs": fields.ask(
            number,
            "Epochs",
            f"epochs-{Path(config.data).stem}",
            config.epochs,
            help="How often the network sees every training image.",
        ),
        "train_images": fields.ask(
            number,
            "Training images",
            f"images-{Path(config.data).stem}",
            config.train_images,
            step=100,
            placeholder="All",
            help="Empty for all. Fewer are quicker, and show how much data matters.",
        ),
        "seed": fields.ask(
            number,
            "Seed",
            "seed",
            config.seed,
            help="Determines the first weights and every shuffle. The same seed repeats a run.",
        ),
    }


def _learning(config: TrainConfig, fields: Fields) -> dict[str, Any]:
    with fields.grid():
        changes: dict[str, Any] = {
            "optimizer": fields.ask(
                st.selectbox,
                "Optimiser",
                "optimizer",
                config.optimizer,
                options=_choices("optimizer"),
                help="The rule that corrects the weights after each batch.",
            ),
            "learning_rate": fields.ask(
                st.select_slider,
                "Learning rate",
                "rate",
                config.learning_rate,
                options=sorted({*_RATES, config.learning_rate}),
                help="The size of each correction of the weights.",
            ),
            "schedule": fields.ask(
                st.selectbox,
                "Learning-rate schedule",
                "schedule",
                config.schedule,
                options=_choices("schedule"),
                help="The learning rate during training. Constant; one-cycle: first rising, then "
                "falling to zero; cosine: falling to zero.",
            ),
            "batch_size": fields.ask(
                st.number_input,
                "Batch size",
                "batch",
                config.batch_size,
                help="Images between two corrections of the weights.",
            ),
            "loss": fields.ask(
                st.selectbox,
                "Labels in the loss",
                "loss",
                config.loss,
                options=_choices("loss"),
                format_func=_LABELS.__getitem__,
                help="The loss is cross-entropy, with labels as integers "
                "(sparse_categorical_crossentropy) or as one-hot vectors "
                "(categorical_crossentropy). Its value is the same.",
            ),
        }
        one_hot = changes["loss"] == "categorical_crossentropy"
        smoothing = fields.ask(
            st.slider,
            "Label smoothing",
            "smoothing",
            config.label_smoothing,
            min_value=0.0,
            max_value=0.5,
            step=0.01,
            disabled=not one_hot,
            help="The share of every label that is spread over all digits, so that the network "
            "does not become overconfident. Needs one-hot labels.",
        )
        percent = fields.ask(
            st.slider,
            "Validation split (%)",
            "validation",
            round(100 * config.validation_split),
            min_value=1,
            max_value=50,
            help="Share of the training images that is set aside to detect overfitting.",
        )
    changes["label_smoothing"] = smoothing if one_hot else 0.0
    changes["validation_split"] = percent / 100
    return changes


def _extras(config: TrainConfig) -> str:
    """Name the settings of a recipe that the form has no field for."""
    extras = [
        config.written_digits and f"{config.written_digits:,} digits written by a generator",
        config.drawn_digits
        and _has_strokes(config)
        and f"{config.drawn_digits:,} pictures of digits that people wrote with a pen",
        config.precision != "float32" and "16-bit arithmetic",
        config.score_on == "validation" and "a score on validation digits alone",
        config.start_from and f"the weights of {wording.verbatim(config.start_from)} to begin with",
    ]
    return wording.enumeration([extra for extra in extras if extra])


def _without_strokes(config: TrainConfig) -> str:
    if not config.drawn_digits or _has_strokes(config):
        return ""
    return (
        " It can also learn from digits that people wrote with a pen, but their files are not here."
    )


def _has_strokes(config: TrainConfig) -> bool:
    """Return whether any file of strokes that the recipe names is here."""
    try:
        return len(stroke_files.missing(config.strokes)) < len(config.strokes)
    except DigitLabError:  # It is said when the run is to start.
        return True


def _choose_data() -> str:
    own = {str(path): files.name_of(str(path)) for path in files.own_files()}
    names = {**_DATA_TITLES, **own}
    default = data.default_source()
    if default != "mnist":
        del names["mnist"]
    _follow(default)
    return st.selectbox(
        "Data",
        list(names),
        list(names).index(default),
        format_func=names.__getitem__,
        key="data",
        persist_state="session",
        on_change=_note_choice,
        help="The data set. Its test images are used once, at the end.",
    )


def _follow(default: str) -> None:
    """Choose the new default data set, if MNIST has come or gone, and nobody chose another one."""
    before = st.session_state.get(state.USUAL_DATA)
    st.session_state[state.USUAL_DATA] = default
    chosen = st.session_state.get(state.CHOSEN_DATA) and default == "mnist"
    if before not in (None, default) and st.session_state.get("data") == before and not chosen:
        st.session_state["data"] = default
        st.toast(f"Data: {_DATA_TITLES[default]}.")


def _note_choice() -> None:
    st.session_state[state.CHOSEN_DATA] = True


def _choices(field: str) -> list[str]:
    return list(get_args(TrainConfig.model_fields[field].annotation))
