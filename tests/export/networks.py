"""A small network that has learned something, in a blink: only its output layer is fitted."""

from pathlib import Path

import numpy as np

from core import model as models
from core.architecture import Activation, BatchNorm, Conv, Dense, Dropout, Flatten, Layer, Pool
from core.bare_keras import keras
from core.data import load
from core.runs import contract

# Running statistics are those of the last batch.
_NORM = BatchNorm(momentum=0)

# All activations, and all kinds of layers but the global average.
MIXED: list[Layer] = [
    Conv(filters=8, kernel=5, stride=2, padding="valid", bias=False, activation="linear"),
    _NORM,
    Activation(function="silu"),
    Pool(size=2, kind="average"),
    Conv(filters=16, activation="elu"),
    _NORM,
    Conv(filters=32, activation="leaky_relu"),
    Pool(size=2, kind="max"),
    Flatten(),
    Dropout(rate=0.5),
    _NORM,
    Dense(units=96, activation="tanh"),
    _NORM,
    Dense(units=96, activation="sigmoid"),
    _NORM,
    Dense(units=128, activation="relu"),
]


def trained(layers: list[Layer]) -> keras.Sequential:
    """Build a network with random weights and an output that reads the offline sample from them."""
    keras.utils.set_random_seed(1)
    model = models.build(layers)
    sample = load("sample")
    images = sample.x_train[..., None].astype(np.float32) / 255
    model(images, training=True)
    features = np.asarray(keras.Model(model.inputs[0], model.layers[-1].input)(images))
    centre = features.mean(axis=0)
    features = features - centre
    targets = 12 * (np.eye(10)[sample.y_train] - 0.1)
    # Ridge regression: with little of it, the weights would be too large for whole numbers.
    ridge = 0.03 * len(features) * features.var(axis=0).mean() * np.eye(len(centre))
    weights = np.linalg.solve(features.T @ features + ridge, features.T @ targets)
    model.layers[-1].set_weights([weights, -centre @ weights])
    return model


def write(model: keras.Sequential, folder: Path) -> Path:
    """Write the ``.keras`` file of a model without a card; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    models.save(model, folder / contract.KERAS_MODEL)
    return folder / contract.KERAS_MODEL
