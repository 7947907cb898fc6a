"""The part of the form for those who know what they look for, and for teaching what goes wrong."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import TrainConfig
from ui.wording import NUMBER_FORMAT


def settings(
    config: TrainConfig, chosen: dict[str, Any], key: Callable[[str], str]
) -> dict[str, Any]:
    """Show the advanced settings; returns the fields of the configuration that they decide.

    Parameters
    ----------
    config : TrainConfig
        What the form is filled with.
    chosen : dict
        What the form above says already: some settings need others.
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
            "Ends the training when the validation loss has not fallen for so many epochs, and "
            "goes back to the best epoch. 0 for never.",
        ),
        "reduce_on_plateau": _epochs(
            right,
            "Halve rate on plateau (epochs)",
            config.reduce_on_plateau,
            key("plateau"),
            "When the validation loss has not fallen for so many epochs. 0 for never. Needs the "
            "constant schedule.",
            disabled=not constant,
        ),
        "clip_norm": left.number_input(
            "Gradient clipping (norm)",
            value=config.clip_norm,
            step=0.5,
            format=NUMBER_FORMAT,
            key=key("clip"),
            persist_state="session",
            help="A longer gradient is shortened to this, which keeps single batches from doing "
            "harm. 0 for no limit.",
        ),
        "weight_decay": right.number_input(
            "Weight decay",
            value=config.weight_decay,
            step=0.001,
            format=NUMBER_FORMAT,
            key=key("decay"),
            persist_state="session",
            disabled=chosen["optimizer"] != "adamw",
            help="What share of each weight, times the learning rate, is taken off in a step. "
            "Needs the optimiser adamw.",
        ),
        "ema": left.number_input(
            "Weight averaging (EMA)",
            value=config.ema,
            step=0.001,
            format=NUMBER_FORMAT,
            key=key("ema"),
            persist_state="session",
            help="The model gets an exponential moving average of the weights instead of the last "
            "ones, often a little better. A momentum of 0.99 averages over some 100 batches; 0 for "
            "the last ones.",
        ),
    }
    if not constant:
        fields["reduce_on_plateau"] = 0
    if chosen["optimizer"] != "adamw":
        fields["weight_decay"] = config.weight_decay  # What is typed there cannot be mended.
    right.container(height=28, border=False)
    fields["deterministic"] = right.checkbox(
        "Deterministic",
        config.deterministic,
        key=key("deterministic"),
        persist_state="session",
        help="Only operations that give the same result to the last bit: a little slower.",
    )
    fields["tensorboard"] = left.checkbox(
        "TensorBoard files",
        config.tensorboard,
        key=key("tensorboard"),
        persist_state="session",
        help="Writes the curves into the run's folder tensorboard as well; tensorboard --logdir "
        "shows it.",
    )
    return fields | _spoiling(config, key)


def _spoiling(config: TrainConfig, key: Callable[[str], str]) -> dict[str, Any]:
    st.markdown("**Make it harder, to see what happens**")
    left, right = st.columns(2)
    wrong = left.slider(
        "Wrong labels (%)",
        0,
        90,
        round(100 * config.label_noise),
        key=key("noise"),
        persist_state="session",
        help="So many of the training labels are made wrong on purpose; the validation and test "
        "labels stay right.",
    )
    ratio = right.select_slider(
        "Zeros for each nine",
        sorted({1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, config.imbalance}),
        config.imbalance,
        format_func=lambda value: f"{value:g}",
        key=key("imbalance"),
        persist_state="session",
        help="Makes digits rare: all zeros are trained on, and the fewer of each digit the "
        "larger it is.",
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
