"""Advanced settings of the form, for experts and for demonstrations of what goes wrong."""

from typing import Any

import streamlit as st

from core.config import TrainConfig
from ui.train.fields import Fields
from ui.wording import NUMBER_FORMAT


def settings(config: TrainConfig, chosen: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the advanced settings, with their fields if they are open.

    Parameters
    ----------
    config : TrainConfig
        Initial values of the form.
    chosen : dict
        Values of the form above: some settings depend on them.
    fields : Fields
    """
    with fields.grid():
        changes = _steadying(config, chosen, fields)
    if fields.open:
        st.markdown("**Problems to try out**")
    with fields.grid():
        return changes | _spoiling(config, fields)


def _steadying(config: TrainConfig, chosen: dict[str, Any], fields: Fields) -> dict[str, Any]:
    constant = chosen["schedule"] == "constant"
    decays = chosen["optimizer"] == "adamw"
    number = st.number_input
    changes = {
        "early_stopping": fields.ask(
            number,
            "Early stopping (epochs)",
            "early-stopping",
            config.early_stopping,
            help="Ends the training if the validation loss has not fallen for this many epochs, "
            "and uses the weights of the best epoch. 0 turns it off.",
        ),
        "reduce_on_plateau": fields.ask(
            number,
            "Halve the rate on a plateau (epochs)",
            "plateau",
            config.reduce_on_plateau,
            help="Halves the learning rate if the validation loss has not fallen for this many "
            "epochs. 0 turns it off. Needs the constant schedule.",
            disabled=not constant,
        ),
        "clip_norm": fields.ask(
            number,
            "Gradient clipping (norm)",
            "clip",
            config.clip_norm,
            step=0.5,
            format=NUMBER_FORMAT,
            help="Longer gradients are shortened to this norm, so that no single batch does "
            "harm. 0 turns it off.",
        ),
        "weight_decay": fields.ask(
            number,
            "Weight decay",
            "decay",
            config.weight_decay,
            step=0.001,
            format=NUMBER_FORMAT,
            disabled=not decays,
            help="Each step reduces every weight by this share times the learning rate. Needs the "
            "optimiser adamw.",
        ),
        "ema": fields.ask(
            number,
            "Weight averaging (EMA)",
            "ema",
            config.ema,
            step=0.001,
            format=NUMBER_FORMAT,
            help="The model uses an exponential moving average of the weights instead of the last "
            "ones, which is often a little better. A momentum of 0.99 averages over about 100 "
            "batches. 0 turns it off.",
        ),
        "deterministic": fields.ask(
            st.checkbox,
            "Deterministic",
            "deterministic",
            config.deterministic,
            help="Uses only operations that repeat results to the last bit. A little slower.",
        ),
        "tensorboard": fields.ask(
            st.checkbox,
            "TensorBoard files",
            "tensorboard",
            config.tensorboard,
            help="Also writes the curves to the folder tensorboard of the run, for tensorboard "
            "--logdir.",
        ),
    }
    # A wrong number in a disabled field could not be corrected.
    if not constant:
        changes["reduce_on_plateau"] = 0
    if not decays:
        changes["weight_decay"] = config.weight_decay
    return changes


def _spoiling(config: TrainConfig, fields: Fields) -> dict[str, Any]:
    usual = round(100 * config.label_noise)
    wrong = fields.ask(
        st.slider,
        "Wrong labels (%)",
        "noise",
        usual,
        min_value=0,
        max_value=90,
        help="This share of the training labels is made wrong on purpose. The validation and test "
        "labels stay right.",
    )
    ratio = fields.ask(
        st.select_slider,
        "Zeros for each nine",
        "imbalance",
        config.imbalance,
        options=sorted({1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, config.imbalance}),
        format_func=lambda value: f"{value:g}",
        help="Makes digits rare (class imbalance): all zeros are used for training, and fewer of "
        "each larger digit.",
    )
    return {
        "label_noise": config.label_noise if wrong == usual else wrong / 100,
        "imbalance": float(ratio),
    }
