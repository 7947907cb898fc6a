"""`core.explain.arithmetic`: the sums it shows are those the network does."""

import numpy as np
import pytest

from core import registry
from core.errors import DigitLabError
from core.explain.arithmetic import activate, work_out
from core.explain.inside import Inside
from tests.models import write_onnx


def test_the_sum_of_a_convolution_at_the_corner(small):
    """Around (0, 0) lie three zeros beyond the edge above and two at the left."""
    network, values = small
    found = work_out(network.layers[0], values, (0, 0, 0))
    assert found.inputs.tolist() == [[[0, 0, 0], [0, 1, 0], [0, 0, 0.5]]]
    assert found.weights.tolist() == [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    assert found.products.sum() == 5 + 4.5
    assert found.bias == 0.5
    assert found.before == found.after == 10
    negative = work_out(network.layers[0], values, (1, 0, 0))
    assert (negative.before, negative.after) == (-9.5, 0)


def test_a_window_a_factor_a_mean(small):
    network, values = small
    # One step right the kernel's left column is over column 1, two steps on over nothing.
    window = work_out(network.layers[1], values, (0, 0, 0))
    assert window.inputs.tolist() == [[10.0, 0.5 * 7 + 0.5], [0.5 * 3 + 0.5, 0.5 * 1 + 0.5]]
    assert window.before == 10
    norm = work_out(network.layers[2], values, (0, 0, 0))
    assert norm.before == 2 * 10 - 1
    assert norm.after == pytest.approx(19 / (1 + np.exp(-19)))
    mean = work_out(network.layers[3], values, (1,))
    assert mean.inputs.shape == (7, 7)
    assert mean.after == pytest.approx(-1 / (1 + np.e), abs=1e-6)  # silu(2 * 0 - 1) everywhere


def test_the_probability_of_a_digit(small):
    network, values = small
    first = float(values["embedding"][0])
    logits = np.arange(10) / 10 * first + np.arange(10)[::-1] / 10
    expected = np.exp(logits) / np.exp(logits).sum()
    for digit in range(10):
        found = work_out(network.layers[4], values, (digit,))
        assert found.before == pytest.approx(logits[digit], abs=1e-6)
        assert found.after == pytest.approx(expected[digit], abs=1e-6)


def test_the_linear_network_is_its_weights(tmp_path):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(784, 10)).astype(np.float32)
    write_onnx(tmp_path / "model.onnx", weights)
    network = Inside(tmp_path / "model.onnx")
    image = rng.random((28, 28), np.float32)
    found = work_out(network.layers[0], network.run(image), (3,))
    assert np.array_equal(found.inputs, image.reshape(-1))
    assert np.array_equal(found.weights, weights[:, 3])
    assert found.before == pytest.approx(float(image.reshape(-1) @ weights[:, 3]), abs=1e-4)


@pytest.mark.parametrize("name", ["sprint", "flagship", "tiny"])
def test_every_sum_of_a_shipped_model_is_the_networks_own(home, name):
    model = registry.find(name)
    network = Inside(model.onnx)
    rng = np.random.default_rng(0)
    image = rng.random((28, 28), np.float32)
    values = network.run(image)
    assert {layer.kind for layer in network.layers} >= {"conv", "pool", "norm", "dense"}
    for layer in network.layers:
        out = values[layer.output]
        for _ in range(20):
            cell = tuple(int(rng.integers(n)) for n in out.shape)
            assert work_out(layer, values, cell).after == pytest.approx(
                float(out[cell]), rel=1e-4, abs=1e-4
            )
    probabilities = model.predictor().predict(image[None]).probabilities[0]
    assert values[network.layers[-1].output] == pytest.approx(probabilities, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "below", "above"),
    [
        ("linear", -2, 3),
        ("relu", 0, 3),
        ("leaky_relu", -0.4, 3),
        ("elu", 0.2 * (np.exp(-2) - 1), 3),
        ("sigmoid", 1 / (1 + np.exp(2)), 1 / (1 + np.exp(-3))),
        ("silu", -2 / (1 + np.exp(2)), 3 / (1 + np.exp(-3))),
        ("tanh", np.tanh(-2), np.tanh(3)),
    ],
)
def test_activations(function, below, above):
    assert activate(-2, function, 0.2) == pytest.approx(below)
    assert activate(3, function, 0.2) == pytest.approx(above)


def test_a_cell_that_is_not_there_is_refused(small):
    network, values = small
    for cell in ((0, 0, 99), (0,), (-1, 0, 0)):
        with pytest.raises(DigitLabError, match="has no number"):
            work_out(network.layers[0], values, cell)
