"""`core.onnx_graph`: what each layer gives, and its weights, stand in the file by name."""

from typing import get_args

import numpy as np
import onnx
import pytest

from core import model as models
from core import onnx_graph, registry
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
)
from core.bare_keras import keras
from core.explain.arithmetic import work_out
from core.explain.inside import Inside
from core.reading.predictor import Predictor

IMAGES = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)


def network(activation: ActivationName) -> keras.Sequential:
    """Return a network of every kind of layer, none of whose numbers is as it was set up."""
    layers = [
        Conv(filters=3, kernel=4, stride=3, padding="same", activation=activation),
        BatchNorm(),
        Conv(filters=5, kernel=3, padding="valid", bias=False, activation="linear"),
        Pool(size=2),
        BatchNorm(),
        Activation(function=activation),
        Dropout(rate=0.2),
        Pool(size=2, kind="average"),
        Flatten() if activation == "relu" else GlobalAverage(),
        Dense(units=6, activation=activation),
        Activation(function="tanh"),
        BatchNorm(),
        *[Dropout(rate=0.1)] * (activation == "tanh"),
    ]
    assert len({layer.layer for layer in layers} | {"flatten", "global_average"}) == len(
        LAYER_TYPES
    )
    built = models.build(layers)
    rng = np.random.default_rng(1)
    built.set_weights([rng.uniform(0.1, 1, w.shape) for w in built.get_weights()])
    return built


@pytest.fixture(scope="module", params=get_args(ActivationName))
def exported(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    built = network(request.param)
    models.export_onnx(built, path, IMAGES)
    return built, path


def test_each_layer_gives_what_it_gives_in_keras(exported):
    built, path = exported
    inside = Inside(path)
    values = inside.run(IMAGES[0, ..., 0])
    layers = keras.Model(built.inputs[0], [layer.output for layer in built.layers])(IMAGES[:1])
    expected = dict(
        zip(
            [*(f"layer/{k:02}" for k in range(len(layers) - 2)), "embedding", "probabilities"],
            map(np.asarray, layers),
            strict=True,
        )
    )
    for layer in inside.layers:
        found = values[layer.output]
        last = np.moveaxis(found, 0, -1) if found.ndim == 3 else found
        np.testing.assert_allclose(last, expected[layer.output][0], rtol=1e-4, atol=1e-5)


def test_each_number_is_the_sum_that_is_shown(exported):
    inside = Inside(exported[1])
    values = inside.run(IMAGES[0, ..., 0])
    rng = np.random.default_rng(0)
    for layer in inside.layers:
        found = values[layer.output]
        for _ in range(10):
            cell = tuple(int(rng.integers(n)) for n in found.shape)
            told = work_out(layer, values, cell).after
            assert told == pytest.approx(float(found[cell]), rel=1e-4, abs=1e-5)


def test_layers_are_those_that_were_built(exported):
    built, path = exported
    kinds = [layer.kind for layer in Inside(path).layers]
    named = {"Conv2D": "conv", "Dense": "dense", "BatchNormalization": "norm",
             "MaxPooling2D": "pool", "AveragePooling2D": "pool",
             "GlobalAveragePooling2D": "global_average"}  # fmt: skip
    made = [type(layer).__name__ for layer in built.layers]
    expected = [named[kind] for kind in made if kind in named]
    # What follows a layer that has an activation of its own stands alone.
    expected[expected.index("dense") + 1 : expected.index("dense") + 1] = ["activation"] * (
        built.layers[9].get_config()["activation"] != "linear"
    )
    assert kinds == expected


def test_prediction_pays_for_no_layer(exported):
    graph = onnx.load(exported[1]).graph
    assert [output.name for output in graph.output] == ["probabilities", "embedding"]
    found = Predictor(exported[1]).predict(IMAGES[..., 0])
    both = keras.Model(
        exported[0].inputs[0], [exported[0].outputs[0], exported[0].layers[-1].input]
    )
    probabilities, embedding = map(np.asarray, both(IMAGES))
    np.testing.assert_allclose(found.probabilities, probabilities, atol=1e-6)
    np.testing.assert_allclose(found.embedding, embedding, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "strange",
    [
        keras.layers.Conv2D(4, 3, dilation_rate=2),
        keras.layers.MaxPooling2D(3, padding="same"),
        keras.layers.BatchNormalization(scale=False),
        keras.layers.Conv2D(4, 3, activation="gelu"),
        keras.layers.SpatialDropout2D(0.1),
    ],
    ids=lambda layer: layer.name,
)
def test_other_peoples_layers_are_left_to_keras(tmp_path, strange):
    layers = [strange, keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    built = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    assert onnx_graph.write(built.layers) is None


def test_what_keras_exports_has_the_same_outputs(tmp_path):
    strange = keras.layers.Conv2D(4, 3, dilation_rate=2)
    layers = [strange, keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    built = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    models.export_onnx(built, tmp_path / "model.onnx", IMAGES)
    assert Predictor(tmp_path / "model.onnx").predict(IMAGES[..., 0]).embedding.shape[0] == 4


@pytest.mark.parametrize("name", ["flagship", "sprint", "tiny"])
def test_shipped_models_say_which_layers_they_have(name):
    model = registry.find(name)
    built = [layer.layer for layer in model.card.config.layers]
    kinds = [layer.kind for layer in Inside(model.onnx).layers]
    for kind, layer in (("conv", "conv"), ("norm", "batch_norm"), ("pool", "pool")):
        assert kinds.count(kind) == built.count(layer)
    assert model.onnx.stat().st_size == model.card.export.onnx_bytes
