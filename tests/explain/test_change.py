"""`core.explain.change`: the answer turns, and no pixel of the change can be spared."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import registry
from core.data import load_test
from core.explain.change import Change, smallest_change
from tests.explain.networks import linear


@pytest.fixture
def bar():
    """Return an upright bar of ink, 20 pixels."""
    image = np.zeros((28, 28), np.float32)
    image[4:24, 14] = 1
    return image


def weighing(places: dict[tuple[int, int], float], bias: float):
    """Return a network that says 1 by a bias, unless a 7, of bias 1, outweighs it by its pixels."""
    weights, biases = np.zeros((28, 28, 10)), np.zeros(10)
    for place, weight in places.items():
        weights[*place, 7] = weight
    biases[1], biases[7] = bias, 1
    return linear(weights, biases)


def check(change: Change, image: np.ndarray, predict, target: int | None = None) -> None:
    """Hold a change to all that it promises."""
    before = int(predict(image[None])[0].argmax())
    assert change.image.dtype == np.float32
    assert change.image.min() >= 0
    assert change.image.max() <= 1
    assert np.array_equal(change.image != image, change.added | change.erased)
    assert (change.image > image)[change.added].all()
    assert (change.image < image)[change.erased].all()
    after = predict(change.image[None])[0]
    assert int(after.argmax()) == change.digit
    assert change.digit == target if target is not None else change.digit != before
    assert np.allclose(change.probabilities, after, atol=1e-6)
    for place in np.argwhere(change.added | change.erased):
        without = change.image.copy()
        without[*place] = image[*place]
        spared = int(predict(without[None])[0].argmax())
        assert spared != target if target is not None else spared == before


def test_the_fewest_pixels_of_a_network_whose_reason_is_known(bar):
    """Three pixels add 2 each and 5 are missing, so any two are too few; a fourth weighs less."""
    predict = weighing({(6, 15): 2, (6, 16): 2, (7, 15): 2, (8, 15): 0.9}, bias=6)
    change = smallest_change(predict, bar)
    assert {tuple(place) for place in np.argwhere(change.added)} == {(6, 15), (6, 16), (7, 15)}
    assert not change.erased.any()
    assert (change.digit, change.count) == (7, 3)
    check(change, bar, predict)


def test_ink_that_speaks_against_the_other_digit_is_erased(bar):
    predict = weighing({(10, 14): -3}, bias=0.5)
    change = smallest_change(predict, bar)
    assert [tuple(place) for place in np.argwhere(change.erased)] == [(10, 14)]
    assert change.count == 1
    check(change, bar, predict)


def test_the_steps_lead_from_one_image_to_the_other_pixel_by_pixel(bar):
    predict = weighing({(6, 15): 2, (6, 16): 1, (7, 15): 3}, bias=6.5)
    change = smallest_change(predict, bar)
    assert np.array_equal(change.steps[0], bar)
    assert np.array_equal(change.steps[-1], change.image)
    for before, after in zip(change.steps, change.steps[1:], strict=False):
        assert (before != after).sum() == 1
    assert change.steps[1][7, 15] == 1  # what weighs most comes first


def test_where_nothing_turns_the_answer_there_is_none(bar):
    assert smallest_change(weighing({(6, 15): 1}, bias=50), bar) is None


def test_no_more_pixels_than_allowed(bar):
    predict = weighing({(row, 15): 1 for row in range(4, 24)}, bias=10.5)
    assert smallest_change(predict, bar, most=8) is None
    assert smallest_change(predict, bar, most=12).count == 10


def test_the_answer_that_is_there_already_needs_no_change(bar):
    change = smallest_change(weighing({}, bias=3), bar, target=1)
    assert change.count == 0
    assert len(change.steps) == 1


def test_an_empty_image_can_be_written_on():
    predict = weighing({(3, 3): 2, (20, 20): 2}, bias=4)
    empty = np.zeros((28, 28), np.float32)
    change = smallest_change(predict, empty)
    assert change.count == 2
    check(change, empty, predict)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), wanted=st.one_of(st.none(), st.integers(0, 9)))
def test_any_linear_network_and_image(seed, wanted):
    rng = np.random.default_rng(seed)
    predict = linear(rng.normal(0, 0.3, (28, 28, 10)))
    image = (rng.random((28, 28)) * (rng.random((28, 28)) < 0.2)).astype(np.float32)
    change = smallest_change(predict, image, wanted)
    if change is not None and change.count:
        check(change, image, predict, wanted)


@pytest.mark.parametrize("place", [0, 8, 115])
def test_a_shipped_model(mnist_folder, home, place):
    predictor = registry.find("sprint").predictor()
    image = load_test("mnist").x[place].astype(np.float32) / 255

    def predict(images):
        return predictor.predict(images).probabilities

    change = smallest_change(predict, image)
    assert 0 < change.count <= 60
    check(change, image, predict)
