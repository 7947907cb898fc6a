"""The built-in recipes: complete configurations to start from.

Five are the small projects that Digit Lab grew out of, with their networks, losses and lengths.
``sprint``, ``flagship`` and ``tiny`` are ours. ``bench/recipes.py`` measures them. Together with
the user's own they are in `core.recipes.book`.
"""

import math
from dataclasses import dataclass
from typing import Any

from core.architecture import (
    Activation,
    ActivationName,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAverage,
    Layer,
    Pool,
)
from core.config import TrainConfig
from core.data import sample
from core.data.augment import Augmentation

# A third of the steps of `sprint` on MNIST; more changes little on the sample.
SAMPLE_STEPS = 300


@dataclass(frozen=True)
class Recipe:
    """A named configuration, with the facts that help to choose it.

    Attributes
    ----------
    config : TrainConfig
        The initial content of the form.
    summary : str
        One sentence on what it is and who it is for.
    known_result : str
        Test accuracy that the original project stated, in its words.
    accuracy : float or None
        Test accuracy on MNIST that docs/benchmarks.md states; ``None`` for recipes of users.
    cpu_seconds : float
        CPU seconds of the training on MNIST there; 0 for recipes of users.
    """

    config: TrainConfig
    summary: str
    known_result: str
    accuracy: float | None = None
    cpu_seconds: float = 0.0

    @property
    def name(self) -> str:
        """The name in lists, folders and commands."""
        return self.config.recipe

    def config_for(self, source: str) -> TrainConfig:
        """Return the configuration for a data set.

        Built-in recipes are made for MNIST. The offline sample has a fortieth of its images, so the
        same number of epochs would end before anything is learned. Epochs are added to reach
        `SAMPLE_STEPS` batches, and a limit that it does not come to is left out.
        """
        if source == self.config.data:
            return self.config
        epochs, limit = self.config.epochs, self.config.train_images
        if source == "sample":
            images = sample.TRAIN * (1 - self.config.validation_split)
            epochs = max(epochs, math.ceil(SAMPLE_STEPS * self.config.batch_size / images))
            limit = limit if limit and limit < sample.TRAIN else None
        changes = {"data": source, "epochs": epochs, "train_images": limit}
        return self.config.model_copy(update=changes)


def _block(
    filters: int,
    kernel: int = 3,
    pool: bool = False,
    momentum: float = 0.9,
    function: ActivationName = "silu",
    **options: Any,
) -> list[Layer]:
    # The normalisation that follows would cancel a bias. Pooling comes before it, so that
    # normalisation and activation process a quarter of the values. Running statistics settle
    # within one epoch only with a momentum below Keras's 0.99.
    return [
        Conv(filters=filters, kernel=kernel, bias=False, activation="linear", **options),
        *([Pool(size=2)] if pool else []),
        BatchNorm(momentum=momentum),
        Activation(function=function),
    ]


def _steady(filters: int, **options: Any) -> list[Layer]:
    """Return a block for a long training, which need not settle within an epoch."""
    return _block(filters, momentum=0.97, function="relu", **options)


# Settings shared by the recipes that are also trained for drawn digits.
_LONG: dict[str, Any] = dict(
    loss="categorical_crossentropy",
    optimizer="adamw",
    schedule="one-cycle",
    settling=0.2,
    batch_size=256,
    validation_split=0.05,
)

# Most of what people's hands, pens and cameras do to a digit; `bench/drawn.py` and
# `bench/robustness.py` measure its benefit.
_ALL_HANDS = Augmentation(
    rotation=18, shift=3, scale=0.2, shear=0.35, elastic=0.9, thickness=1, damage=0.25
)


_RECIPES = (
    # On 10,000 training images held back, of three to five seeds: rates from 0.03 to 0.06 with a
    # smoothing of 0.1 read 99.1 to 99.2 %, no smoothing 99.0 %; networks with narrower or fewer
    # layers read no better in the same time.
    Recipe(
        TrainConfig(
            recipe="sprint",
            layers=[
                *_block(16, kernel=5, stride=2, padding="valid"),
                *_block(32, pool=True),
                *_block(64, pool=True),
                *_block(128, padding="valid"),
                Flatten(),
            ],
            loss="categorical_crossentropy",
            label_smoothing=0.1,
            learning_rate=0.05,
            schedule="one-cycle",
            epochs=1,
            batch_size=128,
            validation_split=0.05,
            train_images=36_000,
        ),
        "A small convolutional network that passes 99 % in one epoch, and in seconds: the one for "
        "demonstrations.",
        "-",
        0.9919,
        7,
    ),
    Recipe(
        TrainConfig(
            recipe="flagship",
            layers=[
                *_steady(32, kernel=5, stride=2),
                *_steady(64),
                *_steady(64, pool=True),
                *_steady(128),
                *_steady(160),
                GlobalAverage(),
            ],
            **_LONG,
            written_digits=31_000,
            strokes=["pendigits", "unipen"],
            drawn_digits=47_500,
            label_smoothing=0.05,
            learning_rate=0.01,
            weight_decay=0.02,
            epochs=17,
            augmentation=_ALL_HANDS,
            precision="mixed_bfloat16",
        ),
        "The most accurate one, and the best with drawings: it also learns from distorted, "
        "generated and pen-written digits.",
        "-",
        0.9959,
        2741,
    ),
    Recipe(
        TrainConfig(
            recipe="tiny",
            layers=[
                *_steady(8, pool=True),
                *_steady(16),
                *_steady(16, pool=True),
                *_steady(20),
                *_steady(16),
                GlobalAverage(),
            ],
            **_LONG,
            written_digits=20_000,
            label_smoothing=0.02,
            learning_rate=0.02,
            weight_decay=0.005,
            epochs=120,
            # Less than for a network thirty times the size, which has more capacity.
            augmentation=Augmentation(
                rotation=12, shift=1.5, scale=0.12, shear=0.25, elastic=0.6, thickness=0.7
            ),
        ),
        "Fewer than 10,000 parameters, for phones and microcontrollers. Reads drawings well, too.",
        "-",
        0.9946,
        2587,
    ),
    Recipe(
        TrainConfig(
            recipe="dense-starter",
            layers=[Flatten(), Dense(units=128)],
            loss="categorical_crossentropy",
            epochs=5,
            batch_size=64,
            validation_split=0.2,
        ),
        "The two-layer network of most first lessons: quick, and easy to beat.",
        '"high"',
        0.9739,
        10,
    ),
    Recipe(
        TrainConfig(
            recipe="dense-dropout",
            layers=[
                Flatten(),
                Dense(units=128),
                Dropout(rate=0.25),
                Dense(units=128),
                Dropout(rate=0.25),
            ],
            epochs=13,
            batch_size=32,
        ),
        "Two hidden layers with dropout: shows what it does to the gap between training and "
        "validation.",
        "not stated",
        0.9789,
        50,
    ),
    Recipe(
        TrainConfig(
            recipe="dense-report",
            layers=[Flatten(), Dense(units=256), Dense(units=128)],
            epochs=10,
            batch_size=32,
        ),
        "A wider fully connected network, about the best that dense layers alone reach.",
        "98 %",
        0.9797,
        44,
    ),
    Recipe(
        TrainConfig(
            recipe="cnn-classic",
            layers=[
                Conv(filters=32),
                Pool(size=2),
                Conv(filters=64),
                Pool(size=2),
                Flatten(),
                Dense(units=128),
            ],
            loss="categorical_crossentropy",
            epochs=5,
            batch_size=128,
        ),
        "Two blocks of convolution and pooling, then a dense layer: the classic first "
        "convolutional network.",
        "about 98 %",
        0.9885,
        87,
    ),
    Recipe(
        TrainConfig(
            recipe="cnn-deep",
            layers=[
                Conv(filters=16),
                Conv(filters=16),
                Pool(size=2),
                Conv(filters=32),
                Conv(filters=32),
                Pool(size=2),
                Conv(filters=64),
                Pool(size=2),
                Flatten(),
                Dense(units=128),
                Dropout(rate=0.4),
                Dense(units=64),
                Dropout(rate=0.2),
            ],
            epochs=5,
            batch_size=32,
        ),
        "Five convolutions, dense layers and dropout: slower, and the most accurate of the "
        "originals.",
        '"high"',
        0.9916,
        119,
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _RECIPES}
