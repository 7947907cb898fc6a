"""`core.model`: what is built is what was described, and its files agree with it."""

import io
import json
import zipfile
from typing import get_args

import h5py
import numpy as np
import psutil
import pytest

from core import model as models
from core.architecture import (
    LAYER_TYPES,
    Activation,
    ActivationName,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAverage,
    Pool,
    parameter_count,
)
from core.bare_keras import keras
from core.errors import DigitLabError
from core.reading import imported_onnx
from core.recipes.shipped import RECIPES
from core.training.optimizer import compile_for
from tests.models import write_keras

SMALL = [
    Conv(filters=4, kernel=5, stride=2, bias=False, activation="linear"),
    BatchNorm(momentum=0.9),
    Activation(function="relu"),
    Pool(size=2, kind="average"),
    Flatten(),
    Dropout(rate=0.5),
    *(Dense(units=12, activation=name) for name in get_args(ActivationName)),
]


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((16, 28, 28, 1), dtype=np.float32)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_parameters_are_counted_as_keras_counts_them(recipe):
    layers = recipe.config.layers
    assert models.build(layers).count_params() == parameter_count(layers)


def test_probabilities_sum_to_one(images):
    probabilities = np.asarray(models.build(SMALL)(images))
    assert probabilities.shape == (16, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_both_losses_measure_the_same_cross_entropy(images):
    """Integer and one-hot labels are two encodings of one loss."""
    labels = np.arange(16) % 10
    model = models.build(SMALL)
    found = []
    for loss in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        config = RECIPES["cnn-classic"].config.model_copy(update={"loss": loss})
        compile_for(model, config, total_steps=1)
        encoded = models.encode_labels(labels, config)
        assert encoded.shape == ((16,) if loss.startswith("sparse") else (16, 10))
        found.append(model.evaluate(images, encoded, verbose=0)[0])
    given = np.asarray(model(images))[np.arange(16), labels]
    np.testing.assert_allclose(found, -np.log(given).mean(), rtol=1e-5)


def test_a_network_trained_in_bfloat16_is_kept_in_float32(images):
    config = RECIPES["sprint"].config.model_copy(update={"precision": "mixed_bfloat16"})
    keras.utils.set_random_seed(1)
    trained = models.build(config.layers, config.precision)
    assert {layer.compute_dtype for layer in trained.layers[:-1]} == {"bfloat16"}
    kept = models.for_use(trained, config)
    assert {layer.compute_dtype for layer in kept.layers} == {"float32"}
    for weight, same in zip(trained.get_weights(), kept.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, same)
    np.testing.assert_allclose(np.asarray(kept(images)), np.asarray(trained(images)), atol=0.02)


def test_onnx_equals_keras(tmp_path, images):
    from core.reading.predictor import Predictor

    keras.utils.set_random_seed(1)
    model = models.build(SMALL)
    difference = models.export_onnx(model, tmp_path / "model.onnx", images)
    found = Predictor(tmp_path / "model.onnx").predict(images[..., 0])
    np.testing.assert_allclose(found.probabilities, np.asarray(model(images)), atol=1e-5)
    embedding = keras.Model(model.inputs[0], model.layers[-1].input)(images)
    np.testing.assert_allclose(found.embedding, np.asarray(embedding), atol=1e-4)
    assert difference <= 1e-5


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_every_export_is_let_in_elsewhere(tmp_path, images, activation):
    """What is imported may have no operator but those of our exports."""
    layers = [
        Conv(filters=3, stride=2, padding="valid", activation=activation),
        BatchNorm(),
        Pool(size=2, kind="average"),
        Conv(filters=3, kernel=4, stride=3, bias=False),
        Pool(size=2),
        Activation(function=activation),
        GlobalAverage() if activation == "relu" else Flatten(),
        Dense(units=4, activation=activation),
        BatchNorm(),
        Dropout(rate=0.2),
    ]
    assert len({layer.layer for layer in layers} | {"flatten", "global_average"}) == len(
        LAYER_TYPES
    )
    models.export_onnx(models.build(layers), tmp_path / "model.onnx", images)
    imported_onnx.check((tmp_path / "model.onnx").read_bytes())


def test_a_saved_model_comes_back_the_same(tmp_path, images):
    model = models.build(SMALL)
    models.save(model, tmp_path / "model.keras")
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
    again = models.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.asarray(again(images)), np.asarray(model(images)))


def test_a_broken_file_is_refused(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"PK\x03\x04 not a model")
    with pytest.raises(DigitLabError, match="cannot be loaded as a Keras model"):
        models.load(tmp_path / "model.keras")


def test_a_model_with_code_in_it_is_refused(tmp_path):
    """Safe mode: a Lambda layer of a file's author never runs."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Lambda(lambda x: x)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(DigitLabError, match="Lambda"):
        models.load(tmp_path / "model.keras")


def rewritten(path, change=None, weights=None):
    """Write a ``.keras`` file again, with another description or other weights."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if change:
        described = json.loads(parts["config.json"])
        change(described)
        parts["config.json"] = json.dumps(described).encode()
    if weights is not None:
        parts["model.weights.h5"] = weights
    write_keras(path, **parts)


def in_memory():
    return psutil.Process().memory_info().rss


def refused_at_once(path, *words):
    before = in_memory()
    with pytest.raises(DigitLabError) as caught:
        models.load(path)
    assert in_memory() - before < 200e6
    for word in words:
        assert word in str(caught.value)


def test_a_network_with_too_many_parameters_is_never_built(tmp_path):
    """Each of its numbers is within its limits, but together they took gigabytes."""
    path = tmp_path / "model.keras"
    models.save(models.build([Flatten(), Dense(units=10), Dense(units=10)]), path)

    def widen(described):
        for layer in described["config"]["layers"][2:4]:
            layer["config"]["units"] = 16_000
            layer["build_config"]["input_shape"] = [None, 16_000]
        described["config"]["layers"][2]["build_config"]["input_shape"] = [None, 784]
        described["config"]["layers"][4]["build_config"]["input_shape"] = [None, 16_000]

    rewritten(path, widen)
    refused_at_once(path, "'model.keras'", "parameters", "50,000,000")


def test_a_network_whose_values_grow_is_never_run(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.UpSampling2D(100),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.save(tmp_path / "model.keras")
    refused_at_once(tmp_path / "model.keras", "7,840,000 values")


def test_weights_that_unpack_to_more_than_their_network_has_are_refused(tmp_path):
    """Numbers are compressed a second time inside of the file of weights."""
    path = tmp_path / "model.keras"
    models.save(models.build(SMALL), path)
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights.create_dataset("x", (1_000_000_000,), "f4", chunks=(1_000_000,), compression="gzip")
    assert len(file.getvalue()) < 1_000_000
    rewritten(path, weights=file.getvalue())
    refused_at_once(path, "its weights unpack to 4,000 MB")


def test_weights_in_other_files_are_not_opened(tmp_path):
    path = tmp_path / "model.keras"
    models.save(models.build(SMALL), path)
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights.create_dataset("x", (10,), "u1", external=[("/etc/passwd", 0, 10)])
    rewritten(path, weights=file.getvalue())
    refused_at_once(path, "lie in other files")


def test_a_network_of_other_people_with_a_layer_used_twice_is_loaded(tmp_path):
    """The check asks nothing of a network but its sizes."""
    image = keras.Input((28, 28, 1))
    shared = keras.layers.Conv2D(4, 3, padding="same", activation="gelu")
    wide = keras.layers.Conv2D(4, 1)(image)
    values = keras.layers.Flatten()(shared(shared(wide)))
    keras.Model(image, keras.layers.Dense(10)(values)).save(tmp_path / "model.keras")
    assert models.load(tmp_path / "model.keras").output_shape == (None, 10)


def test_a_model_of_another_shape_is_refused(tmp_path):
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save(tmp_path / "model.keras")
    with pytest.raises(DigitLabError, match="choose another file"):
        models.load(tmp_path / "model.keras")


def test_sharpening_divides_the_logits(images):
    model = models.build(SMALL)
    before = np.log(np.asarray(model(images)))
    models.sharpen(model, 0.5)
    expected = np.exp(before / 0.5)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.asarray(model(images)), expected, atol=1e-5)


def test_smoothed_labels_share_a_little_with_every_digit(images):
    """Keras's definition: 1 - s for the label, and s / 10 for each digit."""
    labels = np.arange(16) % 10
    model = models.build(SMALL)
    config = RECIPES["sprint"].config
    compile_for(model, config, total_steps=1)
    found = model.evaluate(images, models.encode_labels(labels, config), verbose=0)[0]
    logs = -np.log(np.asarray(model(images)))
    share = config.label_smoothing
    given = (1 - share) * logs[np.arange(16), labels] + share * logs.mean(axis=1)
    np.testing.assert_allclose(found, given.mean(), rtol=1e-5)
