"""Advanced settings of the form, for experts and for demonstrations of what goes wrong."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import TrainConfig
from ui.wording import NUMBER_FORMAT


def settings(
    config: TrainConfig, chosen: dict[str, Any], key: Callable[[str], str]
) -> dict[str, Any]:
    """Show the advanced settings and return their fields of the configuration.

    Parameters
    ----------
    config : TrainConfig
        Initial values of the form.
    chosen : dict
        Values of the form above: some settings depend on them.
    key : callable
        From a setting's name to its widget's key.
    """
    left, right = st.columns(2)
    constant = chosen["schedule"] == "constant"
    fields = {
        "early_stopping": _epochs(
            left,
            "Early stopping (epochs)",
            config.early_stopping,
            key("early-stopping"),
            "Ends the training if the validation loss has not fallen for this many epochs, and "
            "uses the weights of the best epoch. 0 turns it off.",
        ),
        "reduce_on_plateau": _epochs(
            right,
            "Halve the rate on a plateau (epochs)",
            config.reduce_on_plateau,
            key("plateau"),
            "Halves the learning rate if the validation loss has not fallen for this many epochs. "
            "0 turns it off. Needs the constant schedule.",
            disabled=not constant,
        ),
        "clip_norm": left.number_input(
            "Gradient clipping (norm)",
            value=config.clip_norm,
            step=0.5,
            format=NUMBER_FORMAT,
            key=key("clip"),
            persist_state="session",
            help="Longer gradients are shortened to this norm, so that no single batch does "
            "harm. 0 turns it off.",
        ),
        "weight_decay": right.number_input(
            "Weight decay",
            value=config.weight_decay,
            step=0.001,
            format=NUMBER_FORMAT,
            key=key("decay"),
            persist_state="session",
            disabled=chosen["optimizer"] != "adamw",
            help="Each step reduces every weight by this share times the learning rate. Needs the "
            "optimiser adamw.",
        ),
        "ema": left.number_input(
            "Weight averaging (EMA)",
            value=config.ema,
            step=0.001,
            format=NUMBER_FORMAT,
            key=key("ema"),
            persist_state="session",
            help="The model uses an exponential moving average of the weights instead of the last "
            "ones, which is often a little better. A momentum of 0.99 averages over about 100 "
            "batches. 0 turns it off.",
        ),
    }
    if not constant:
        fields["reduce_on_plateau"] = 0
    if chosen["optimizer"] != "adamw":
        fields["weight_decay"] = (
            config.weight_decay
        )  # Its field is disabled, so a wrong number there could not be corrected.
    right.container(height=28, border=False)
    fields["deterministic"] = right.checkbox(
        "Deterministic",
        config.deterministic,
        key=key("deterministic"),
        persist_state="session",
        help="Uses only operations that repeat results to the last bit. A little slower.",
    )
    fields["tensorboard"] = left.checkbox(
        "TensorBoard files",
        config.tensorboard,
        key=key("tensorboard"),
        persist_state="session",
        help="Also writes the curves to the folder tensorboard of the run, for tensorboard "
        "--logdir.",
    )
    return fields | _spoiling(config, key)


def _spoiling(config: TrainConfig, key: Callable[[str], str]) -> dict[str, Any]:
    st.markdown("**Problems to try out**")
    left, right = st.columns(2)
    wrong = left.slider(
        "Wrong labels (%)",
        0,
        90,
        round(100 * config.label_noise),
        key=key("noise"),
        persist_state="session",
        help="This share of the training labels is made wrong on purpose. The validation and test "
        "labels stay right.",
    )
    ratio = right.select_slider(
        "Zeros for each nine",
        sorted({1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, config.imbalance}),
        config.imbalance,
        format_func=lambda value: f"{value:g}",
        key=key("imbalance"),
        persist_state="session",
        help="Makes digits rare (class imbalance): all zeros are used for training, and fewer of "
        "each larger digit.",
    )
    unchanged = wrong == round(100 * config.label_noise)
    return {
        "label_noise": config.label_noise if unchanged else wrong / 100,
        "imbalance": float(ratio),
    }


def _epochs(
    column: DeltaGenerator, label: str, value: int, key: str, tip: str, disabled: bool = False
) -> int:
    return column.number_input(
        label, value=value, key=key, persist_state="session", help=tip, disabled=disabled
    )
