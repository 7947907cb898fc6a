"""Keras's files from elsewhere: whatever their shapes, they are taken, and nothing of them runs."""

import json
import shutil

import h5py
import numpy as np
import pytest

from bench.foreign_networks import FEATURES, digits, learned
from core import model as models
from core.bare_keras import keras
from core.brought_models import adopt
from core.data import load
from core.errors import DigitLabError
from core.export import convert
from core.export.formats import FORMATS
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor
from core.studies import gradients

layers = keras.layers


def network(inputs, *first, end="softmax", batch=None, classes=10, scale=lambda x: x):
    """Return a Keras model of two dense layers that reads digits as they are scaled."""
    images, labels = digits()
    model = keras.Sequential(
        [
            keras.Input(inputs, batch_size=batch),
            *first,
            layers.Flatten(),
            layers.Dense(FEATURES, "relu"),
            layers.Dense(classes, end),
        ]
    )
    model.layers[-2].set_weights(learned(scale(images), labels)[:2])
    if classes == 10:
        model.layers[-1].set_weights(learned(scale(images), labels)[2:])
    return model


@pytest.fixture(autouse=True)
def own_home(home, no_mnist):
    """Give each test a home of its own, and the offline sample."""


@pytest.fixture(scope="module")
def plain():
    return network((28, 28))


def adopted(path, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return adopt.adopt(path, folder), folder


FORMS = {
    "mine.keras": "Keras",
    "mine.h5": "HDF5",
}


@pytest.mark.parametrize("name", FORMS)
def test_files_of_each_form_become_models(plain, tmp_path, name):
    plain.save(tmp_path / name)
    card, folder = adopted(tmp_path / name, tmp_path)
    assert (card.origin.file, card.origin.form) == (name, FORMS[name])
    assert card.origin.adapters[0] == "reshaped to 28×28"
    assert card.parameters == plain.count_params()
    test = load("sample")
    given = np.asarray(plain(as_floats(test.x_test)))
    found = Predictor(folder / "model.onnx").predict(as_floats(test.x_test))
    assert (found.probabilities.argmax(1) == given.argmax(1)).mean() > 0.995
    assert found.embedding.shape == (len(test.x_test), FEATURES)


def test_a_model_can_be_exported_and_explained(plain, tmp_path):
    plain.save(tmp_path / "mine.keras")
    _, folder = adopted(tmp_path / "mine.keras", tmp_path)
    images = as_floats(load("sample").x_test[:20])[..., None]
    keras_file = folder / "model.keras"
    done = convert.export(keras_file, FORMATS["litert"], tmp_path / "m.tflite", images, images)
    assert done.agreement == 1
    maps = gradients.maps(models.load(keras_file), images[0, ..., 0], [3, 5])
    assert maps.shape == (4, 28, 28)
    assert np.abs(maps).max() > 0


def test_an_hdf5_file_that_is_called_keras_is_recognised(plain, tmp_path):
    plain.save(tmp_path / "mine.h5")
    shutil.move(tmp_path / "mine.h5", tmp_path / "mine.keras")
    assert adopted(tmp_path / "mine.keras", tmp_path)[0].origin.form == "HDF5"


def test_a_file_of_keras_2_is_read(plain, tmp_path):
    """Its descriptions have other names, and no modules."""
    plain.save(tmp_path / "old.h5")

    def old(part):
        if isinstance(part, list):
            return [old(one) for one in part]
        if not isinstance(part, dict):
            return part
        if part.get("class_name") == "DTypePolicy":
            return "float32"
        new = ("module", "registered_name", "build_config", "optional", "quantization_config")
        kept = {key: old(value) for key, value in part.items() if key not in new}
        if "batch_shape" in kept:
            kept["batch_input_shape"] = kept.pop("batch_shape")
        return kept

    with h5py.File(tmp_path / "old.h5", "r+") as file:
        file.attrs["model_config"] = json.dumps(old(json.loads(file.attrs["model_config"])))
        file.attrs["keras_version"] = "2.11.0"
    model = models.load_any(tmp_path / "old.h5")
    np.testing.assert_array_equal(model.get_weights()[0], plain.get_weights()[0])


def test_bytes_logits_and_one_picture_at_a_time_are_found(tmp_path):
    scaled = network((28, 28, 1), layers.Rescaling(1 / 255), end=None, batch=1)
    scaled.save(tmp_path / "mine.keras")
    card, _ = adopted(tmp_path / "mine.keras", tmp_path)
    assert "pixels from 0 to 255" in card.origin.adapters
    assert "softmax added" in card.origin.adapters
    assert card.origin.reads


def test_three_channels_of_32_pixels_are_taken(tmp_path):
    image = keras.Input((32, 32, 3))
    x = layers.Cropping2D(2)(image)
    x = layers.Conv2D(1, 1, use_bias=False)(x)
    inner = network((28, 28, 1))
    model = keras.Model(image, [layers.GlobalAveragePooling2D()(image), inner(x)])
    model.layers[2].set_weights([np.full((1, 1, 3, 1), 1 / 3, np.float32)])
    model.save(tmp_path / "mine.keras")
    card, _ = adopted(tmp_path / "mine.keras", tmp_path)
    assert "a margin of 2 pixels added" in card.origin.adapters
    assert "the same picture in three channels" in card.origin.adapters


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_layer_is_refused_by_name(tmp_path, suffix):
    model = network((28, 28), layers.Lambda(lambda x: x, name="twist"))
    path = tmp_path / f"mine{suffix}"
    model.save(path)
    with pytest.raises(DigitLabError, match=r"'mine\.\w+' cannot be used.*'twist' is a Lambda"):
        adopted(path, tmp_path)


@keras.saving.register_keras_serializable("ours")
class Twist(layers.Layer):
    def call(self, x):
        return x


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_layer_of_the_author_is_refused(tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    network((28, 28), Twist()).save(path)
    keras.saving.get_custom_objects().clear()
    with pytest.raises(DigitLabError, match="Twist"):
        adopted(path, tmp_path)


def test_other_classes_are_refused(tmp_path):
    network((28, 28), classes=47).save(tmp_path / "letters.keras")
    with pytest.raises(DigitLabError, match=r"'letters\.keras'.*answers with 47 numbers"):
        adopted(tmp_path / "letters.keras", tmp_path)


def test_weights_without_a_network_are_refused(plain, tmp_path):
    plain.save_weights(tmp_path / "mine.weights.h5")
    with pytest.raises(DigitLabError, match="weights and no network"):
        adopted(tmp_path / "mine.weights.h5", tmp_path)


def test_an_hdf5_file_is_bounded_before_it_is_built(plain, tmp_path):
    plain.save(tmp_path / "mine.h5")

    def change(described):
        described["config"]["layers"][2]["config"]["units"] = 1_000_000

    with h5py.File(tmp_path / "mine.h5", "r+") as file:
        described = json.loads(file.attrs["model_config"])
        change(described)
        file.attrs["model_config"] = json.dumps(described)
    with pytest.raises(DigitLabError, match="1,000,000 units"):
        adopted(tmp_path / "mine.h5", tmp_path)


def test_weights_of_an_hdf5_file_are_never_followed_to_another(plain, tmp_path):
    plain.save(tmp_path / "mine.h5")
    with h5py.File(tmp_path / "mine.h5", "r+") as file:
        file["model_weights/elsewhere"] = h5py.ExternalLink("/etc/hostname", "/")
    with pytest.raises(DigitLabError, match="in other files"):
        adopted(tmp_path / "mine.h5", tmp_path)
