"""`core.studies.robustness`: counts of what is read right when digits are spoilt."""

import numpy as np
import pytest

from core import registry
from core.data import load_test
from core.evaluation.corruptions import CORRUPTIONS
from core.reading.predictor import Prediction
from core.studies import results, robustness
from tests.models import make_model


class Fixed:
    """Answers 0 to what has ink in the upper left corner, else 1; keeps what it was asked."""

    def predict(self, images):
        self.images = images
        answers = np.where(images[:, 0, 0] > 0.2, 0, 1)
        return Prediction(np.eye(10, dtype=np.float32)[answers], images.reshape(len(images), -1))


def test_answers_are_counted_on_the_spoilt_images():
    """Brightness adds light everywhere, so that the fixed answer turns from 1 to 0."""
    images = np.zeros((6, 28, 28), np.uint8)
    labels = np.array([0, 0, 0, 0, 1, 1])
    models = [Fixed(), Fixed()]
    assert robustness.right_answers(models, images, labels, "brightness", 5) == [4, 4]
    assert robustness.right_answers(models, images, labels, "scale", 5) == [2, 2]
    assert models[0].images.dtype == np.float32
    assert np.array_equal(models[0].images, models[1].images)


def test_each_corruption_has_a_generator_of_its_own():
    """The same as the corruption itself gives, whatever was spoilt before."""
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    robustness.spoil(images, "fog", 2)
    place = list(CORRUPTIONS).index("spatter")
    expected = CORRUPTIONS["spatter"](images, np.random.default_rng([7, place]), 4)
    assert np.array_equal(robustness.spoil(images, "spatter", 4, seed=7), expected)


@pytest.mark.parametrize("n", [1, 7, 1000, 10_000])
def test_the_sample_is_spread_over_the_whole_set(n):
    places = robustness.sample(n)
    assert len(places) == len(set(places.tolist())) == min(n, 1000)
    assert places[0] == 0
    assert places[-1] == n - 1 or n == 1
    assert n < 2 or np.diff(places).max() <= -(-n // 1000) + 1


@pytest.mark.long
def test_the_study_is_the_count_of_each_severity(home, no_mnist, tmp_path):
    model = registry.find(str(make_model(tmp_path / "linear")))
    shares = []
    found = robustness.study(model, shares.append)
    assert found["right"].shape == (15, 5)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    test = load_test("sample")
    assert int(found["images"]) == len(test.x)  # fewer than a thousand: all of them
    spoilt = CORRUPTIONS["rotate"](test.x, np.random.default_rng([0, 6]), 3)
    assert list(CORRUPTIONS)[6] == "rotate"
    answers = model.predictor().predict(spoilt.astype(np.float32) / 255).probabilities
    assert found["right"][6, 2] == (answers.argmax(axis=1) == test.y).sum()


@pytest.mark.parametrize("name", ["flagship", "sprint", "tiny"])
def test_shipped_results_belong_to_the_shipped_models(home, name):
    found = results.read(registry.find(name), results.STUDIES["robustness"])
    assert found["right"].shape == (15, 5)
    means = found["right"].mean(axis=0) / int(found["images"])
    assert (np.diff(means) < 0).all()  # the worse the picture, the fewer are right
    assert means[0] > 0.8
