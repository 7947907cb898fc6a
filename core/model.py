"""THE shared model module: builds a Keras model from a configuration, saves, loads and exports it.

Every network in Digit Lab is built and written here. Imports Keras, so only the worker,
the command line and tests may import it. The app predicts from the exported ONNX file
(`core.reading.predictor`).
"""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from core import architecture as arch
from core import onnx_graph
from core.bare_keras import keras, tf
from core.config import Precision, TrainConfig
from core.disk import zip_entries
from core.disk.atomic import replacing
from core.errors import DigitLabError
from core.reading import imported_keras, model_files
from core.reading.normalise import as_floats

# Keras and ONNX Runtime order float32 sums differently; measured differences are near 5e-7.
EXPORT_TOLERANCE = 1e-4
OutOfMemory = tf.errors.ResourceExhaustedError  # what is raised instead of Python's MemoryError


def build(layers: list[arch.Layer], precision: Precision = "float32") -> keras.Sequential:
    """Build the network described by a list of hidden layers.

    Parameters
    ----------
    layers : list of core.architecture.Layer
        Hidden layers, valid according to `core.architecture.trace`.
    precision : {'float32', 'mixed_bfloat16'}
        Precision of the hidden layers' calculations; weights are always float32.

    Returns
    -------
    keras.Sequential
        Input float32 (n, 28, 28, 1) in [0, 1]; output float32 (n, 10), probabilities.
    """
    hidden = [_keras_layer(layer, precision) for layer in layers]
    return keras.Sequential(
        [
            keras.Input(arch.INPUT_SHAPE, name="image"),
            *hidden,
            keras.layers.Dense(arch.CLASSES, activation="softmax", name="probabilities"),
        ]
    )


def for_use(model: keras.Sequential, config: TrainConfig) -> keras.Sequential:
    """Return a network with the same weights that calculates in float32 and has no optimiser.

    The optimiser's state would treble the size of the file, and prediction does not need it.
    """
    trained = build(config.layers)
    trained.set_weights(model.get_weights())
    return trained


def as_input(images: np.ndarray) -> np.ndarray:
    """Convert uint8 (n, 28, 28) to the input of networks: float32 (n, 28, 28, 1) in [0, 1]."""
    return as_floats(images)[..., None]  # (n, 28, 28, 1)


def encode_labels(labels: np.ndarray, config: TrainConfig) -> np.ndarray:
    """Return labels in the form that the loss takes: integers (n,), or one-hot float32 (n, 10)."""
    if config.loss == "categorical_crossentropy":
        return keras.utils.to_categorical(labels, arch.CLASSES)
    return labels.astype(np.int32)


def sharpen(model: keras.Sequential, temperature: float) -> None:
    """Divide the logits of a model by a temperature, in its own output weights.

    So the calibration is part of the model, and every file made from it gives the same calibrated
    probabilities. The answers stay the same; only their probabilities change.
    """
    output = model.layers[-1]
    output.set_weights([weights / temperature for weights in output.get_weights()])


def save(model: keras.Model, path: Path) -> None:
    """Write a ``.keras`` file, whole or not at all."""
    with replacing(path) as temporary:
        model.save(temporary)


def load(path: Path) -> keras.Model:
    """Load a model of ours from a ``.keras`` file; raises as `load_any` does.

    Raises
    ------
    DigitLabError
        Also for a network of other shapes than (28, 28, 1) to (10,).
    """
    model = load_any(path)
    if model.input_shape != (None, *arch.INPUT_SHAPE) or model.output_shape != (None, arch.CLASSES):
        raise DigitLabError(
            f"'{path.name}' maps {model.input_shape} to {model.output_shape}, but a digit model "
            "maps (n, 28, 28, 1) to (n, 10): choose another file."
        )
    return model


def load_any(path: Path) -> keras.Model:
    """Load a ``.keras`` or HDF5 file, told by its content: no code of the file's author runs.

    Parameters
    ----------
    path : Path
        A network of any shapes; a fixed number of images at a time is made free.

    Raises
    ------
    DigitLabError
        The file is missing, has another form, needs code of its author's, or is beyond the limits
        of `core.reading.imported_keras`.
    """
    try:
        kind = model_files.kind_of(path)
        if kind == "onnx":
            raise DigitLabError("it is an ONNX file.")
        described = (imported_keras.check if kind == "keras" else imported_keras.check_hdf5)(path)
        _free_batch(described)
        # In this scope Keras makes variables with a shape but without values, which take no memory.
        with keras.StatelessScope(initialize_variables=False):
            outline = _network(deepcopy(described))  # it is emptied on the way
            parameters = outline.count_params()
            imported_keras.check_size(parameters, max(_values(outline), default=0))
        imported_keras.check_weights(path, parameters)
        model = _network(described)
        _load_weights(model, path, kind)
    except DigitLabError as fault:
        raise DigitLabError(f"'{path.name}' cannot be loaded as a Keras model: {fault}") from fault
    except Exception as fault:  # Keras raises many kinds for a broken or hostile file.
        raise DigitLabError(
            f"'{path.name}' cannot be loaded as a Keras model: its layers or weights are not those "
            f"of Keras {keras.version()} ({type(fault).__name__}): save it again with Keras 3, "
            "without layers of your own."
        ) from fault
    return model


def _network(described: dict[str, Any]) -> keras.Model:
    """Build a network with new weights from its description, of Keras 3 or earlier."""
    if "module" in described:
        return keras.saving.deserialize_keras_object(described, safe_mode=True)
    _refuse_unknown(described["config"])
    of_class = keras.Sequential if described["class_name"] == "Sequential" else keras.Model
    return of_class.from_config(described["config"])


def _refuse_unknown(described: dict[str, Any]) -> None:
    """Refuse layers of an author's own, which earlier Keras names without a module."""
    for layer in described.get("layers", []):
        name = layer["class_name"]
        if name in ("Sequential", "Functional", "Model"):
            _refuse_unknown(layer["config"])
        elif "module" not in layer and not hasattr(keras.layers, name):
            raise DigitLabError(
                f"it needs the layer {name[:60]!r}, code of its author's that is not in the file: "
                "replace it with layers of Keras's own and save the model again."
            )


def _free_batch(described: dict[str, Any]) -> None:
    """Let a network take any number of images that was made for a fixed number."""
    parts = [described]
    while parts:
        part = parts.pop()
        for key, value in part.items():
            if key in ("batch_shape", "batch_input_shape", "build_input_shape", "input_shape"):
                if isinstance(value, list) and len(value) > 1 and isinstance(value[0], int):
                    part[key] = [None, *value[1:]]
            elif isinstance(value, dict):
                parts.append(value)
            elif isinstance(value, list):
                parts += [one for one in value if isinstance(one, dict)]


def _load_weights(model: keras.Model, path: Path, kind: model_files.Kind) -> None:
    # Keras tells the form by the name.
    with TemporaryDirectory() as folder:
        if kind == "hdf5":
            file = Path(folder, "model.h5")
            shutil.copyfile(path, file)
        else:
            file = Path(folder, imported_keras.WEIGHTS)
            with zip_entries.archive(path) as archive:
                file.write_bytes(archive.read(imported_keras.WEIGHTS))
        model.load_weights(file)


def _values(model: keras.Model) -> Iterator[int]:
    """Yield how many values each layer gives for one image, those in nested models included."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _values(layer)
        for node in layer._inbound_nodes:  # `output` refuses a layer that is used twice
            for output in node.output_tensors:
                yield prod(side or 1 for side in output.shape[1:])


def export_onnx(model: keras.Sequential, path: Path, check_images: np.ndarray) -> float:
    """Export a model to ONNX and check the file against Keras before it is kept.

    The file has one input, ``image`` float32 (n, 28, 28, 1), and two outputs: ``probabilities``
    (n, 10) and ``embedding`` (n, d), the input of the output layer.

    Parameters
    ----------
    model : keras.Sequential
        Built by `build`.
    path : Path
        Destination of the file; replaced only when the check has passed.
    check_images : ndarray of float32, shape (n, 28, 28, 1), range [0, 1]
        Images on which both must agree.

    Returns
    -------
    float
        Largest absolute difference of a probability.

    Raises
    ------
    DigitLabError
        The exported file disagrees with Keras by more than `EXPORT_TOLERANCE`.
    """
    from core.reading.predictor import Predictor

    expected = np.asarray(model(check_images, training=False))
    written = onnx_graph.write(model.layers) if isinstance(model, keras.Sequential) else None
    with replacing(path) as temporary:
        if written is not None:
            Path(temporary).write_bytes(written.SerializeToString())
        else:  # layers of other authors, which are not inspected
            _as_keras_does(model).export(temporary, format="onnx", verbose=False)
        found = Predictor(temporary).predict(check_images[..., 0]).probabilities
        difference = float(np.abs(found - expected).max())
        if not difference <= EXPORT_TOLERANCE:
            raise DigitLabError(
                f"The ONNX export differs from Keras by {difference:.1e} in a probability, more "
                f"than {EXPORT_TOLERANCE:.0e}: the model was kept as .keras only; please report it."
            )
    return difference


def _as_keras_does(model: keras.Model) -> keras.Model:
    """Return a model with both outputs of an ONNX file, called once, as Keras's exporter needs."""
    outputs = {"probabilities": model.outputs[0], "embedding": model.layers[-1].input}
    both = keras.Model(model.inputs[0], outputs)
    both(np.zeros((1, *arch.INPUT_SHAPE), np.float32), training=False)
    return both


def _keras_layer(layer: arch.Layer, dtype: str) -> keras.layers.Layer:
    match layer:
        case arch.Dense():
            return keras.layers.Dense(layer.units, activation=layer.activation, dtype=dtype)
        case arch.Conv():
            return keras.layers.Conv2D(
                layer.filters,
                layer.kernel,
                strides=layer.stride,
                padding=layer.padding,
                use_bias=layer.bias,
                activation=layer.activation,
                dtype=dtype,
            )
        case arch.Pool(kind="max"):
            return keras.layers.MaxPooling2D(layer.size, dtype=dtype)
        case arch.Pool():
            return keras.layers.AveragePooling2D(layer.size, dtype=dtype)
        case arch.BatchNorm():
            return keras.layers.BatchNormalization(momentum=layer.momentum, dtype=dtype)
        case arch.Dropout():
            return keras.layers.Dropout(layer.rate, dtype=dtype)
        case arch.Activation():
            return keras.layers.Activation(layer.function, dtype=dtype)
        case arch.Flatten():
            return keras.layers.Flatten(dtype=dtype)
        case arch.GlobalAverage():
            return keras.layers.GlobalAveragePooling2D(dtype=dtype)
