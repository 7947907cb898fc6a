"""The form for a `TrainConfig`: a recipe fills it, and people change it."""

import zlib
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from core import data
from core.config import TrainConfig, with_changes
from core.data import files
from core.errors import DigitLabError
from core.recipes.book import all_recipes
from core.recipes.shipped import RECIPES, Recipe
from core.runs import store
from ui import state, wording
from ui.train import advanced, augmentation, layer_editor, links

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


def choose_recipe(runs: list[store.Run]) -> Recipe:
    """Show the recipes with a line each, and the last result of each on this machine."""
    recipes = all_recipes()
    if opened := links.opened():
        recipes = {links.OPENED: opened} | recipes
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
    """Name the form; a recipe that is saved or opened again gets a new form."""
    if name in RECIPES:
        return name
    if name == links.OPENED:
        return f"opened-{st.session_state[state.OPENINGS]}"
    return f"{name}-{zlib.crc32(config.model_dump_json().encode()):08x}"


def settings(recipe: Recipe) -> TrainConfig | None:
    """Show the settings of a recipe; return the configuration, or ``None`` and say why not."""
    config = recipe.config_for(_choose_data())
    changes = _main_settings(config)
    with st.expander("More settings"):
        changes |= _more_settings(config)
        if extras := _extras(config):
            st.caption(f"This recipe also has {extras}.")
    with st.expander("Advanced"):
        changes |= advanced.settings(config, changes, lambda name: _key(name, config))
    if changes["validation_split"] == round(100 * config.validation_split) / 100:
        changes["validation_split"] = config.validation_split  # The slider has whole percentages.
    form = st.session_state[state.FORM]
    changes["augmentation"] = augmentation.edit(config, form)
    changes["layers"] = layer_editor.edit(config, form)
    if layer_editor.refuses(form):
        st.caption("Correct the number marked above to start training.")
        return None
    try:
        return with_changes(config, changes)
    except DigitLabError as fault:
        if layer_editor.explains(changes["layers"]):
            st.caption("Correct the layer marked above to start training.")
        else:
            st.error(wording.verbatim(_in_words_of_the_form(fault)))
        return None


def _in_words_of_the_form(fault: DigitLabError) -> str:
    """Begin a sentence about a setting with the label of its field."""
    name, _, rest = str(fault).partition(" ")
    if name not in TrainConfig.model_fields:
        return str(fault)
    return f"{_CALLED.get(name, name.replace('_', ' ').capitalize())} {rest}"


# Numbers have no bounds here: Streamlit would not send a number beyond them, and a training would
# start with the previous one. `with_changes` refuses it with a sentence.
def _main_settings(config: TrainConfig) -> dict[str, Any]:
    left, middle, right = st.columns(3)
    return {
        "epochs": left.number_input(
            "Epochs",
            value=config.epochs,
            key=_key(f"epochs-{Path(config.data).stem}", config),
            persist_state="session",
            help="How often the network sees every training image.",
        ),
        "train_images": middle.number_input(
            "Training images",
            value=config.train_images,
            step=100,
            placeholder="All",
            key=_key("images", config),
            persist_state="session",
            help="Empty for all. Fewer are quicker, and show how much data matters.",
        ),
        "seed": right.number_input(
            "Seed",
            value=config.seed,
            key=_key("seed", config),
            persist_state="session",
            help="Determines the first weights and every shuffle. The same seed repeats a run.",
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
            persist_state="session",
            help="The rule that corrects the weights after each batch.",
        ),
        "learning_rate": right.select_slider(
            "Learning rate",
            sorted({*_RATES, config.learning_rate}),
            config.learning_rate,
            key=_key("rate", config),
            persist_state="session",
            help="The size of each correction of the weights.",
        ),
        "schedule": left.selectbox(
            "Learning-rate schedule",
            _choices("schedule"),
            _choices("schedule").index(config.schedule),
            key=_key("schedule", config),
            persist_state="session",
            help="The learning rate during training. Constant; one-cycle: first rising, then "
            "falling to zero; cosine: falling to zero.",
        ),
        "batch_size": right.number_input(
            "Batch size",
            value=config.batch_size,
            key=_key("batch", config),
            persist_state="session",
            help="Images between two corrections of the weights.",
        ),
        "loss": left.selectbox(
            "Labels in the loss",
            _choices("loss"),
            _choices("loss").index(config.loss),
            format_func=_LABELS.__getitem__,
            key=_key("loss", config),
            persist_state="session",
            help="The loss is cross-entropy, with labels as integers "
            "(sparse_categorical_crossentropy) or as one-hot vectors (categorical_crossentropy). "
            "Its value is the same.",
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
        persist_state="session",
        disabled=not one_hot,
        help="The share of every label that is spread over all digits, so that the network does "
        "not become overconfident. Needs one-hot labels.",
    )
    percent = right.slider(
        "Validation split (%)",
        1,
        50,
        round(100 * config.validation_split),
        key=_key("validation", config),
        persist_state="session",
        help="Share of the training images that is set aside to detect overfitting.",
    )
    changes["label_smoothing"] = smoothing if one_hot else 0.0
    changes["validation_split"] = percent / 100
    return changes


def _extras(config: TrainConfig) -> str:
    """Name the settings of a recipe that the form has no field for."""
    extras = [
        config.written_digits and f"{config.written_digits:,} digits written by a generator",
        config.precision != "float32" and "16-bit arithmetic",
        config.start_from and f"the weights of {wording.verbatim(config.start_from)} to begin with",
    ]
    return wording.enumeration([extra for extra in extras if extra])


def _key(name: str, config: TrainConfig) -> str:
    # A key for each recipe: choosing another recipe fills the form with its values.
    return f"{name}-{st.session_state[state.FORM]}"


def _choose_data() -> str:
    own = {str(path): files.name_of(str(path)) for path in files.own_files()}
    names = {**_DATA_TITLES, **own}
    default = data.default_source()
    if default != "mnist":
        del names["mnist"]
    _follow(default)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Data",
        list(names),
        list(names).index(default),
        format_func=names.__getitem__,
        key="data",
        persist_state="session",
        on_change=_note_choice,
        help="The data set. Its test images are used once, at the end.",
    )
    with right.popover("Your own digits", width="stretch"):
        _upload()
    if chosen == "sample":
        st.info(
            "The offline sample has 1,797 small digits. It is good for a first try, but its "
            "results cannot be compared with those on MNIST."
        )
    return chosen


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


def _upload() -> None:
    st.markdown(
        "An `.npz` file with `images` (n, 28, 28) and `labels` (n,), or with `x_train`, `y_train`, "
        "`x_test` and `y_test`. White digits on black, at most 20 MB."
    )
    st.file_uploader(
        "File of digits (.npz)", type=["npz"], key="own-digits", on_change=_take_upload
    )
    if refusal := st.session_state.get(state.REFUSED_DATA):
        st.error(wording.verbatim(refusal))


def _take_upload() -> None:
    """Keep an uploaded data set and choose it; a callback, whose outcome the page shows."""
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
        st.toast(f"Data: '{path.stem}'.")


def _reached_here(recipe: Recipe, runs: list[store.Run]) -> str:
    """Say the result of the last run of the unchanged recipe here, whatever its seed."""
    for run in runs:
        config, status = run.config, run.status
        if run.state != store.State.FINISHED or config is None or not run.duration_s:
            continue
        alike = recipe.config_for(config.data).model_copy(update={"seed": config.seed})
        if config == alike and status is not None and status.accuracy is not None:
            data = wording.data_name(config.data)
            reached = wording.percent(status.accuracy)
            return f" *Last run here: {reached} on {data} in {wording.duration(run.duration_s)}.*"
    return ""


def _choices(field: str) -> list[str]:
    return list(get_args(TrainConfig.model_fields[field].annotation))
