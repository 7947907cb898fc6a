"""The form that makes a `TrainConfig`: a recipe fills it, people change what they like."""

from pathlib import Path

import streamlit as st

from core import data
from core.architecture import trace
from core.config import TrainConfig, with_changes
from core.data import files
from core.errors import DigitLabError
from core.recipes import RECIPES, Recipe
from core.training import store
from ui import text

_DATA_TITLES = {"mnist": "MNIST, 70,000 digits", "sample": "Offline sample, 1,797 digits"}
_LABELS = {
    "sparse_categorical_crossentropy": "integers",
    "categorical_crossentropy": "one-hot",
}
_RATES = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]


def choose_recipe(runs: list[store.Run]) -> Recipe:
    """Show the recipes with a line each, and what the last run of each reached here."""
    name = st.radio(
        "Recipe",
        list(RECIPES),
        captions=[f"{r.summary}{_reached_here(r.name, runs)}" for r in RECIPES.values()],
        key="recipe",
        bind="query-params",
        persist_state="session",
    )
    return RECIPES[name]


def settings(recipe: Recipe) -> TrainConfig | None:
    """Show the settings of a recipe; returns the configuration, or ``None`` and says why not."""
    config = recipe.config_for(_choose_data())

    def key(name: str) -> str:
        return f"{name}-{recipe.name}"

    changes = {}
    left, middle, right = st.columns(3)
    changes["epochs"] = left.number_input(
        "Epochs",
        *_bounds("epochs"),
        config.epochs,
        key=key(f"epochs-{Path(config.data).stem}"),
        help="How often the network sees every training image.",
    )
    changes["batch_size"] = middle.number_input(
        "Batch size",
        *_bounds("batch_size"),
        config.batch_size,
        key=key("batch"),
        help="Images between two corrections of the weights.",
    )
    changes["seed"] = right.number_input(
        "Seed",
        *_bounds("seed"),
        config.seed,
        key=key("seed"),
        help="Decides the first weights and every shuffle: the same seed repeats a run.",
    )
    left, middle, right = st.columns(3)
    changes["optimizer"] = left.selectbox(
        "Optimiser",
        _choices("optimizer"),
        _choices("optimizer").index(config.optimizer),
        key=key("optimizer"),
        help="The rule by which weights are corrected.",
    )
    changes["learning_rate"] = middle.select_slider(
        "Learning rate",
        sorted({*_RATES, config.learning_rate}),
        config.learning_rate,
        key=key("rate"),
        help="How far each correction goes.",
    )
    changes["schedule"] = right.selectbox(
        "Schedule",
        _choices("schedule"),
        _choices("schedule").index(config.schedule),
        key=key("schedule"),
        help="Constant, or rising to the learning rate and falling to zero over the run.",
    )
    left, middle, right = st.columns(3)
    percent = left.slider(
        "Validation split (%)",
        1,
        50,
        round(100 * config.validation_split),
        key=key("validation"),
        help="Share of the training images that is kept aside to watch for overfitting.",
    )
    changes["validation_split"] = percent / 100
    changes["train_images"] = middle.number_input(
        "Training images",
        min_value=100,
        max_value=1_000_000,
        value=config.train_images,
        step=100,
        placeholder="all",
        key=key("images"),
        help="Empty for all. Fewer are quicker and show how much data matters.",
    )
    changes["loss"] = right.selectbox(
        "Labels in the loss",
        _choices("loss"),
        _choices("loss").index(config.loss),
        format_func=_LABELS.get,
        key=key("loss"),
        help="Cross-entropy, with labels given as integers (sparse_categorical_crossentropy) or as "
        "one-hot vectors (categorical_crossentropy): the value is the same.",
    )
    changes["label_smoothing"] = left.slider(
        "Label smoothing",
        0.0,
        0.5,
        config.label_smoothing,
        0.01,
        key=key("smoothing"),
        disabled=changes["loss"] != "categorical_crossentropy",
        help="A share of every label that is spread over all digits, so that the network does not "
        "strive for certainty. Needs one-hot labels.",
    )
    if changes["loss"] != "categorical_crossentropy":
        changes["label_smoothing"] = 0.0
    if st.toggle("Show the network", key="show-network"):
        _network(config)
    try:
        return with_changes(config, changes)
    except DigitLabError as fault:
        st.error(str(fault))
        return None


def _choose_data() -> str:
    own = {str(path): path.stem for path in files.own_files()}
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
    file = st.file_uploader("A file of digits", type=["npz"], key="own-digits")
    if file is None or st.session_state.get("own-digits-taken") == file.file_id:
        return
    try:
        path = files.import_upload(file.name, file.getvalue())
    except DigitLabError as fault:
        st.error(str(fault))
        return
    st.session_state["own-digits-taken"] = file.file_id
    st.toast(f"'{Path(path).stem}' can now be chosen as data.")
    st.rerun()


def _network(config: TrainConfig) -> None:
    rows = [
        {
            "layer": layer.name,
            "output": " x ".join(map(str, layer.output_shape)),
            "parameters": layer.parameters,
        }
        for layer in trace(config.layers)
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    total = sum(row["parameters"] for row in rows)
    st.caption(f"A digit enters as 28 x 28 x 1 pixels; {total:,} parameters in all.")


def _reached_here(recipe: str, runs: list[store.Run]) -> str:
    for run in runs:
        if run.state == store.State.FINISHED and run.config.recipe == recipe and run.status:
            took = f" in {text.duration(run.duration_s)}" if run.duration_s else ""
            on = "" if run.config.data == "mnist" else f" on {Path(run.config.data).stem}"
            return f" *Here, last: {text.percent(run.status.accuracy)}{on}{took}.*"
    return ""


def _bounds(field: str) -> tuple[int, int]:
    limits = TrainConfig.model_fields[field].metadata
    return (
        next(limit.ge for limit in limits if hasattr(limit, "ge")),
        next(limit.le for limit in limits if hasattr(limit, "le")),
    )


def _choices(field: str) -> list[str]:
    return list(TrainConfig.model_fields[field].annotation.__args__)
