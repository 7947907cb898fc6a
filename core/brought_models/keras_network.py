"""Keras models from elsewhere: as an ONNX file, and as a Keras model with their adapter around.

Imports Keras, so only `core.brought_models.adopt` imports it, inside a function.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core import model as models
from core.architecture import CLASSES, INPUT_SHAPE
from core.bare_keras import keras
from core.brought_models.adapter import SIDE, SMALLEST, Adapter
from core.errors import DigitLabError


def load(path: Path) -> keras.Model:
    """Load a ``.keras`` or HDF5 file of any shapes with one input; raises DigitLabError."""
    model = models.load_any(path)
    if len(model.inputs) != 1:
        raise DigitLabError(
            f"it has {len(model.inputs)} inputs, but a digit model has one, the picture: give a "
            "network with one input."
        )
    return model


def as_onnx(model: keras.Model) -> bytes:
    """Return a Keras model as the content of an ONNX file, with its own input and outputs."""
    sides = [1 if side is None else side for side in model.inputs[0].shape]
    with TemporaryDirectory() as folder:
        file = Path(folder, "model.onnx")
        try:
            model(np.zeros(sides, model.inputs[0].dtype), training=False)  # the exporter needs it
            model.export(file, format="onnx", verbose=False)
        except Exception as fault:  # Keras and tf2onnx raise many kinds.
            raise DigitLabError(
                f"its layers cannot be written as ONNX, with which all models are run here "
                f"({type(fault).__name__}): give a network of ordinary layers."
            ) from fault
        return file.read_bytes()


def wrap(model: keras.Model, adapter: Adapter, output: int) -> keras.Model:
    """Return a Keras model that maps our pictures, (n, 28, 28, 1), to calibrated probabilities.

    Its last layer is dense with a softmax, as in every model here: its weights are the order of the
    digits and the temperature.

    Parameters
    ----------
    model : keras.Model
    adapter : Adapter
    output : int
        Which of the model's outputs is taken.
    """
    layers = keras.layers
    image = keras.Input(INPUT_SHAPE, name="image")
    x = layers.Reshape((SIDE, SIDE))(image)
    if adapter.transposed:
        x = layers.Permute((2, 1))(x)
    rows, columns = adapter.frame.rows, adapter.frame.columns
    side = len(rows)
    if not (np.array_equal(rows, np.eye(SIDE)) and np.array_equal(columns, np.eye(SIDE))):
        x = _fixed(columns.T)(x)  # (n, 28, side)
        x = layers.Permute((2, 1))(_fixed(rows.T)(layers.Permute((2, 1))(x)))
    if adapter.channels == 1:
        scale = adapter.pixels.factor[0], adapter.pixels.summand[0]
    else:
        last = adapter.channels_last
        one = layers.Reshape((side, side, 1) if last else (1, side, side))(x)
        x = layers.Concatenate(axis=-1 if last else 1)([one] * adapter.channels)
        scale = tuple(values.tolist() for values in adapter.by_channel())
    if not adapter.pixels.is_plain:
        x = layers.Rescaling(*scale)(x)
    given = model(layers.Reshape(adapter.shape)(x))
    answers = keras.tree.flatten(given)[output]
    z = layers.Reshape((CLASSES,))(answers)
    if adapter.takes_logarithm:
        z = keras.ops.log(keras.ops.maximum(z, SMALLEST))
    last_layer = layers.Dense(CLASSES, activation="softmax", name="probabilities")
    wrapped = keras.Model(image, last_layer(z))
    last_layer.set_weights([adapter.mixing, np.zeros(CLASSES, np.float32)])
    return wrapped


def _fixed(weights: np.ndarray) -> keras.layers.Layer:
    """Return a layer that multiplies by a matrix, (28, side), which no training changes."""
    layer = keras.layers.Dense(weights.shape[1], use_bias=False, trainable=False)
    layer.build((None, None, len(weights)))
    layer.set_weights([weights])
    return layer
