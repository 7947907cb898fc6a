"""The form that makes a `TrainConfig`: a recipe fills it, people change what they like."""

import zlib
from pathlib import Path
from typing import Any

import streamlit as st

from core import data
from core.config import TrainConfig, with_changes
from core.data import files
from core.errors import DigitLabError
from core.recipes import RECIPES, Recipe, all_recipes
from core.training import store
from ui import advanced, augmentation, layer_editor, share, state, text

_DATA_TITLES = {"mnist": "MNIST, 70,000 digits", "sample": "Offline sample, 1,797 digits"}
_LABELS = {
    "sparse_categorical_crossentropy": "integers",
    "categorical_crossentropy": "one-hot",
}
_RATES = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]


def choose_recipe(runs: list[store.Run]) -> Recipe:
    """Show the recipes with a line each, and what the last run of each reached here."""
    recipes = all_recipes()
    if opened := share.opened():
        recipes = {share.OPENED: opened} | recipes
    name = st.radio(
        "Recipe",
        list(recipes),
        captions=[f"{r.summary}{_reached_here(r, runs)}" for r in recipes.values()],
        key="recipe",
        bind="query-params",
        persist_state="session",
    )
    recipe = recipes[name]
    st.session_state[state.FORM] = _form(name, recipe.config)
    return recipe


def _form(name: str, config: TrainConfig) -> str:
    """Name the form: a recipe that is saved anew, or opened anew, fills one of its own."""
    if name in RECIPES:
        return name
    if name == share.OPENED:
        return f"opened-{st.session_state[state.OPENINGS]}"
    return f"{name}-{zlib.crc32(config.model_dump_json().encode()):08x}"


def settings(recipe: Recipe) -> TrainConfig | None:
    """Show the settings of a recipe; returns the configuration, or ``None`` and says why not."""
    config = recipe.config_for(_choose_data())
    changes = _main_settings(config)
    with st.expander("More settings"):
        changes |= _more_settings(config)
        if extras := _extras(config):
            st.caption(f"This recipe also has {extras}.")
    with st.expander("Advanced"):
        changes |= advanced.settings(config, changes, lambda name: _key(name, config))
    if changes["validation_split"] == round(100 * config.validation_split) / 100:
        changes["validation_split"] = config.validation_split  # The slider has whole per cents.
    changes["augmentation"] = augmentation.edit(config, st.session_state[state.FORM])
    changes["layers"] = layer_editor.edit(config, st.session_state[state.FORM])
    try:
        return with_changes(config, changes)
    except DigitLabError as fault:
        if layer_editor.explains(changes["layers"]):
            st.caption("Mend the layer that is marked above, then the training can start.")
        else:
            st.error(str(fault))
        return None


def _main_settings(config: TrainConfig) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    return {
        "epochs": left.number_input(
            "Epochs",
            *_bounds("epochs"),
            config.epochs,
            key=_key(f"epochs-{Path(config.data).stem}", config),
            help="How often the network sees every training image.",
        ),
        "train_images": middle.number_input(
            "Training images",
            min_value=100,
            max_value=1_000_000,
            value=config.train_images,
            step=100,
            placeholder="all",
            key=_key("images", config),
            help="Empty for all. Fewer are quicker and show how much data matters.",
        ),
        "seed": right.number_input(
            "Seed",
            *_bounds("seed"),
            config.seed,
            key=_key("seed", config),
            help="Decides the first weights and every shuffle: the same seed repeats a run.",
        ),
    }


def _more_settings(config: TrainConfig) -> dict[str, Any]:
    left, right = st.columns(2)
    changes: dict[str, Any] = {
        "optimizer": left.selectbox(
            "Optimiser",
            _choices("optimizer"),
            _choices("optimizer").index(config.optimizer),
            key=_key("optimizer", config),
            help="The rule by which weights are corrected.",
        ),
        "learning_rate": right.select_slider(
            "Learning rate",
            sorted({*_RATES, config.learning_rate}),
            config.learning_rate,
            key=_key("rate", config),
            help="How far each correction goes.",
        ),
        "schedule": left.selectbox(
            "Learning-rate schedule",
            _choices("schedule"),
            _choices("schedule").index(config.schedule),
            key=_key("schedule", config),
            help="Constant; one-cycle: rising to the learning rate, then falling to zero; cosine: "
            "falling from it to zero.",
        ),
        "batch_size": right.number_input(
            "Batch size",
            *_bounds("batch_size"),
            config.batch_size,
            key=_key("batch", config),
            help="Images between two corrections of the weights.",
        ),
        "loss": left.selectbox(
            "Labels in the loss",
            _choices("loss"),
            _choices("loss").index(config.loss),
            format_func=_LABELS.get,
            key=_key("loss", config),
            help="Cross-entropy, with labels given as integers (sparse_categorical_crossentropy) "
            "or as one-hot vectors (categorical_crossentropy): the value is the same.",
        ),
    }
    one_hot = changes["loss"] == "categorical_crossentropy"
    smoothing = left.slider(
        "Label smoothing",
        0.0,
        0.5,
        config.label_smoothing,
        0.01,
        key=_key("smoothing", config),
        disabled=not one_hot,
        help="A share of every label that is spread over all digits, so that the network does not "
        "strive for certainty. Needs one-hot labels.",
    )
    percent = right.slider(
        "Validation split (%)",
        1,
        50,
        round(100 * config.validation_split),
        key=_key("validation", config),
        help="Share of the training images that is kept aside to watch for overfitting.",
    )
    changes["label_smoothing"] = smoothing if one_hot else 0.0
    changes["validation_split"] = percent / 100
    return changes


def _extras(config: TrainConfig) -> str:
    """Name what a recipe does that the form has no field for."""
    extras = [
        config.written_digits and f"{config.written_digits:,} digits written by a generator",
        config.precision != "float32" and "16-bit arithmetic",
    ]
    return text.enumeration([extra for extra in extras if extra])


def _key(name: str, config: TrainConfig) -> str:
    # A recipe's own key: choosing another recipe fills the form with that one's values.
    return f"{name}-{st.session_state[state.FORM]}"


def _choose_data() -> str:
    own = {str(path): files.name_of(str(path)) for path in files.own_files()}
    names = {**_DATA_TITLES, **own}
    default = data.default_source()
    if default != "mnist":
        del names["mnist"]
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Data",
        list(names),
        list(names).index(default),
        format_func=names.get,
        key="data",
        help="Where the digits come from: the test images among them are used once, at the end.",
    )
    with right.popover("Use my own digits", width="stretch"):
        _upload()
    if chosen == "sample":
        st.info(
            "The offline sample has 1,797 small digits: good for a first try; its results do not "
            "compare with MNIST's."
        )
    return chosen


def _upload() -> None:
    st.markdown(
        "An `.npz` file with `images` (n, 28, 28) and `labels` (n,), or with `x_train`, `y_train`, "
        "`x_test` and `y_test`. White digits on black, at most 20 MB."
    )
    st.file_uploader("A file of digits", type=["npz"], key="own-digits", on_change=_take_upload)
    if refusal := st.session_state.get(state.REFUSED_DATA):
        st.error(refusal)


def _take_upload() -> None:
    """Keep an uploaded data set and choose it; runs before the page, which shows the outcome."""
    file = st.session_state["own-digits"]
    st.session_state[state.REFUSED_DATA] = None
    if file is None:
        return
    try:
        path = files.import_upload(file.name, file.getvalue())
    except DigitLabError as fault:
        st.session_state[state.REFUSED_DATA] = str(fault)
    else:
        st.session_state["data"] = str(path)
        st.toast(f"'{path.stem}' is now chosen as data.")


def _reached_here(recipe: Recipe, runs: list[store.Run]) -> str:
    """Say what the last run of just this recipe reached here, whatever its seed."""
    for run in runs:
        if run.state != store.State.FINISHED or run.status is None or not run.duration_s:
            continue
        if run.config == recipe.config_for(run.config.data).model_copy(
            update={"seed": run.config.seed}
        ):
            data = text.data_name(run.config.data)
            reached = text.percent(run.status.accuracy)
            return f" *Here, last: {reached} on {data} in {text.duration(run.duration_s)}.*"
    return ""


def _bounds(field: str) -> tuple[int, int]:
    limits = TrainConfig.model_fields[field].metadata
    return (
        next(limit.ge for limit in limits if hasattr(limit, "ge")),
        next(limit.le for limit in limits if hasattr(limit, "le")),
    )


def _choices(field: str) -> list[str]:
    return list(TrainConfig.model_fields[field].annotation.__args__)
