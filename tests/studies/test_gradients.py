"""`core.studies.gradients`: a linear network's are its weights; the parts make the whole."""

import numpy as np
import pytest

from core import architecture as arch
from core import model as models
from core import registry
from core.data import sample
from core.errors import DigitLabError
from core.studies import gradients
from tests.models import make_model


@pytest.fixture(scope="module")
def image():
    return sample.load().x_test[0].astype(np.float32) / 255


@pytest.fixture(scope="module")
def linear():
    network = models.build([arch.Flatten()])
    weights = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32)
    network.set_weights([weights, np.ones(10, np.float32)])
    return network, weights


def test_of_a_linear_network_the_gradients_are_its_weights(linear, image):
    network, weights = linear
    found = gradients.maps(network, image, [4, 9])
    assert found.shape == (4, 28, 28)
    for row, digit in ((0, 4), (2, 9)):
        expected = weights[:, digit].reshape(28, 28)
        assert np.allclose(found[row], expected, atol=1e-5)
        assert np.allclose(found[row + 1], expected * image, atol=1e-5)


def test_integrated_gradients_add_up_to_the_logits_rise(image):
    """Completeness, proposition 1 of the paper, of a network that is not linear."""
    network = models.build(
        [arch.Conv(filters=4, kernel=3), arch.Flatten(), arch.Dense(units=16, activation="relu")]
    )
    found = gradients.maps(network, image, [2])
    both = np.stack([image, np.zeros_like(image)])[..., None]
    probabilities = np.asarray(network(both, training=False))
    # Of the logits only differences can be told from outside: here by the same network's weights.
    before = network.layers[-2](network.layers[-3](network.layers[-4](both)))
    kernel, bias = network.layers[-1].get_weights()
    logits = np.asarray(before) @ kernel + bias
    assert np.allclose(
        np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), probabilities, atol=1e-5
    )
    assert found[1].sum() == pytest.approx(logits[0, 2] - logits[1, 2], abs=0.01)


@pytest.mark.parametrize("item", [None, -1, 10**6])
def test_it_is_of_one_test_image(home, tmp_path, item):
    model = registry.find(str(make_model(tmp_path / "linear")))
    with pytest.raises(DigitLabError, match="give its index, 0 to"):
        gradients.study(model, lambda share: None, item)


def test_the_study_has_maps_of_the_answer_and_of_the_label(home, tmp_path, linear):
    network, weights = linear
    folder = make_model(tmp_path / "linear")
    models.save(network, folder / "model.keras")
    digits = sample.load_test()
    logits = digits.x.reshape(len(digits.x), -1) / 255 @ weights
    wrong = int(np.flatnonzero(logits.argmax(axis=1) != digits.y)[0])
    shares = []
    found = gradients.study(registry.find(str(folder)), shares.append, wrong)["maps"]
    assert np.allclose(found[0], weights[:, logits[wrong].argmax()].reshape(28, 28), atol=1e-5)
    assert np.allclose(found[2], weights[:, digits.y[wrong]].reshape(28, 28), atol=1e-5)
    assert shares[-1] == 1
