"""`TrainConfig`: everything that decides what a training run does, and nothing else.

The form, recipes, files and ``--set`` all end here, and only a valid configuration reaches a run
folder. `parse` and `with_changes` turn every fault into one sentence that names the field, the
value and what is allowed.
"""

import json
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import names
from core.architecture import LAYER_TYPES, Layer, trace
from core.data import qmnist
from core.data.augment import Augmentation
from core.errors import DigitLabError

Loss = Literal["sparse_categorical_crossentropy", "categorical_crossentropy"]
Optimizer = Literal["adam", "adamw", "sgd", "rmsprop"]
Schedule = Literal["constant", "one-cycle", "cosine"]
Precision = Literal["float32", "mixed_bfloat16"]
ScoredOn = Literal["test", "validation"]


class TrainConfig(BaseModel):
    """One training run, complete: the same configuration and data give the same run."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # Each description completes "FIELD must be ...". The form takes its bounds from these fields.
    recipe: str = Field(
        pattern=f"^{names.PATTERN}$",
        description=f"a name of at most {names.LONGEST} lower-case letters, digits and hyphens",
    )
    data: str = Field(
        "mnist", min_length=1, max_length=1000, description="'mnist', 'sample' or a file's path"
    )
    layers: list[Layer] = Field(max_length=60, description="a list of at most 60 layers")
    loss: Loss = Field(
        "sparse_categorical_crossentropy",
        description="'sparse_categorical_crossentropy' (labels as integers) or "
        "'categorical_crossentropy' (labels as one-hot vectors)",
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="a number from 0 to 0.5, and above 0 only with one-hot labels "
        "(categorical_crossentropy)",
    )
    optimizer: Optimizer = Field("adam", description="one of adam, adamw, sgd, rmsprop")
    learning_rate: float = Field(0.001, gt=0, le=10, description="a number above 0 and up to 10")
    schedule: Schedule = Field(
        "constant",
        description="'constant', 'one-cycle' (rises to the learning rate, then falls to 0) or "
        "'cosine' (falls from it to 0)",
    )
    reduce_on_plateau: int = Field(
        0,
        ge=0,
        le=50,
        description="a whole number of epochs from 0 to 50, and above 0 only with the constant "
        "schedule: without a lower validation loss for this long, the learning rate is halved; 0 "
        "turns it off",
    )
    early_stopping: int = Field(
        0,
        ge=0,
        le=50,
        description="a whole number of epochs from 0 to 50: without a lower validation loss for "
        "this long, the training ends with the weights of its best epoch; 0 turns it off",
    )
    clip_norm: float = Field(
        0.0,
        ge=0,
        le=100,
        description="a number from 0 to 100 that a gradient's norm is cut down to, 0 for no limit",
    )
    ema: float = Field(
        0.0,
        ge=0,
        le=0.9999,
        description="a number from 0 to 0.9999: the model's weights are an exponential moving "
        "average of the trained ones with this momentum; 0 for the trained ones themselves",
    )
    weight_decay: float = Field(
        0.004,
        ge=0,
        le=1,
        description="a number from 0 to 1: times the learning rate, the share of each weight that "
        "adamw takes off in a step",
    )
    epochs: int = Field(5, ge=1, le=200, description="a whole number from 1 to 200")
    settling: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="a share of the epochs from 0 to 0.5: the last ones, a schedule of their own "
        "with a quarter of the learning rate and half of the augmentation",
    )
    batch_size: int = Field(64, ge=1, le=4096, description="a whole number from 1 to 4096")
    validation_split: float = Field(
        0.1, ge=0.01, le=0.5, description="a share of the training images from 0.01 to 0.5"
    )
    train_images: int | None = Field(
        None, ge=100, le=1_000_000, description="a whole number from 100, or empty for all images"
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="a share from 0 to 0.9 of the training labels that are made wrong on purpose",
    )
    imbalance: float = Field(
        1.0,
        ge=1,
        le=100,
        description="a number from 1 to 100: how many times as many training images 0 has as 9, "
        "with the digits between them on the way",
    )
    written_digits: int = Field(
        0,
        ge=0,
        le=200_000,
        description="a whole number from 0 to 200000: digits of the stroke generator that are "
        "trained on beside the data",
    )
    strokes: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field(
        [],
        max_length=8,
        description="a list of at most 8 files of people's strokes, by name or path, whose "
        "pictures are trained on beside the data; one given by name may be missing",
    )
    drawn_digits: int = Field(
        0,
        ge=0,
        le=200_000,
        description="a whole number from 0 to 200000: pictures drawn of the strokes for an epoch",
    )
    start_from: str = Field(
        "",
        max_length=1000,
        description="the name of a model or the id of a run of the same layers, whose weights the "
        "training starts from, or empty for new weights",
    )
    own_digits: int = Field(
        0,
        ge=0,
        le=100,
        description="a whole number from 0 to 100: how often each digit that you corrected is "
        "shown in an epoch; 0 for never",
    )
    augmentation: Augmentation = Field(
        Augmentation(), description="amounts of rotation, shift, scale and so on, see the settings"
    )
    precision: Precision = Field(
        "float32",
        description="'float32', or 'mixed_bfloat16', which is quicker where the processor "
        "calculates in it and slower elsewhere",
    )
    score_on: ScoredOn = Field(
        "test",
        description="'test', or 'validation', which leaves the test images alone: for trying out "
        "settings, the best of which is tested once",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="a whole number from 0 to 2147483647")
    deterministic: bool = Field(
        False,
        description="true or false: only operations that give the same bits each time, a little "
        "slower",
    )
    tensorboard: bool = Field(
        False, description="true or false: the curves are written for TensorBoard too"
    )

    def model_post_init(self, _context: Any) -> None:
        """Refuse layers that cannot be built, and settings that contradict one another."""
        trace(self.layers)
        if self.data == qmnist.NAME:
            raise DigitLabError(qmnist.ONLY_TESTED)
        if self.label_smoothing and self.loss != "categorical_crossentropy":
            allowed = TrainConfig.model_fields["label_smoothing"].description
            raise DigitLabError(f"label_smoothing must be {allowed}, not {self.label_smoothing}.")
        if self.reduce_on_plateau and self.schedule != "constant":
            raise DigitLabError(
                f"reduce_on_plateau must be 0 with the {self.schedule} schedule, not "
                f"{self.reduce_on_plateau}: a schedule changes the learning rate by itself."
            )

    def split(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices to train on and to validate on, of ``n``, by the seed alone.

        ``train_images`` limits both together; the validation share is taken from it.
        """
        order = np.random.default_rng(self.seed).permutation(n)[: self.train_images]
        held_back = max(round(len(order) * self.validation_split), 1)
        return order[held_back:], order[:held_back]

    def stages(self) -> list["TrainConfig"]:
        """Return the stages of the epochs: one configuration, or two if there is settling.

        Distorted images have other statistics than those to be read. Ending on less distorted
        images corrects that (Touvron et al. 2019, https://arxiv.org/abs/1906.06423, for another
        distortion).
        """
        last = round(self.epochs * self.settling)
        if not last:
            return [self]
        settled = {
            "epochs": last,
            "learning_rate": self.learning_rate / 4,
            "augmentation": self.augmentation.halved(),
        }
        return [
            self.model_copy(update={"epochs": self.epochs - last}),
            self.model_copy(update=settled),
        ]


def parse(values: dict[str, Any]) -> TrainConfig:
    """Return the configuration described by a dictionary.

    Raises
    ------
    DigitLabError
        One sentence for the first fault: the field, the value, what is allowed.

    Examples
    --------
    >>> config = parse({"recipe": "mine", "layers": [{"layer": "flatten"}], "epochs": 3})
    >>> config.optimizer, config.learning_rate
    ('adam', 0.001)
    >>> parse({"recipe": "mine", "layers": [{"layer": "flatten"}], "epochs": 0})
    Traceback (most recent call last):
        ...
    core.errors.DigitLabError: epochs must be a whole number from 1 to 200, not 0.
    """
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as fault:
        raise DigitLabError(explain(fault)) from None


def with_changes(config: TrainConfig, changes: dict[str, Any]) -> TrainConfig:
    """Return a copy with some fields replaced, validated as a whole.

    Examples
    --------
    >>> config = parse({"recipe": "mine", "layers": [{"layer": "flatten"}]})
    >>> with_changes(config, {"epochs": 2, "seed": 7}).epochs
    2
    """
    return parse({**config.model_dump(), **changes})


def parse_setting(text: str) -> tuple[str, Any]:
    """Split the command line's ``KEY=VALUE``; the value is JSON if it parses as JSON.

    Examples
    --------
    >>> parse_setting("epochs=3")
    ('epochs', 3)
    >>> parse_setting("optimizer=sgd")
    ('optimizer', 'sgd')
    """
    key, separator, value = text.partition("=")
    key = key.strip()
    if not separator or not key:
        raise DigitLabError(f"'{text}' is not a setting: write KEY=VALUE, such as epochs=3.")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):  # Not JSON, thousands of digits, or nested too deeply.
        return key, value.strip()


def explain(fault: ValidationError) -> str:
    """Describe the first fault of a validation in one sentence."""
    error = fault.errors()[0]
    *parents, field = error["loc"] or ("configuration",)
    where, fields = _locate(parents)
    if error["type"] == "extra_forbidden":
        return f"{where}{field} is not a setting: the settings are {', '.join(fields)}."
    if field not in fields:
        kinds = ", ".join(LAYER_TYPES)
        return (
            f"layer {int(field) + 1} is not a known layer: the kinds are {kinds}."
            if isinstance(field, int)
            else f"{where}{field}: {error['msg']}."
        )
    allowed = fields[field].description
    if error["type"] == "missing":
        return f"{where}{field} is missing: it must be {allowed}."
    return f"{where}{field} must be {allowed}, not {_show(error['input'])}."


def _locate(parents: list[int | str]) -> tuple[str, dict[str, Any]]:
    # pydantic locates a fault inside the third layer as ("layers", 2, "conv").
    if len(parents) == 3 and parents[0] == "layers":
        _, index, kind = parents
        return f"layer {int(index) + 1} ({kind}): ", LAYER_TYPES[str(kind)].model_fields
    if parents == ["augmentation"]:
        return "augmentation: ", Augmentation.model_fields
    return "", TrainConfig.model_fields if not parents else {}


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
