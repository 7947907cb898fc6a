"""`core.explain.occlusion`: maps whose values can be computed by hand."""

import numpy as np

from core.explain.occlusion import occlusion
from tests.explain.networks import linear


def reading(images: np.ndarray) -> np.ndarray:
    """Predict: the probability of a 3 is the brightness of the pixel (10, 12), the rest is a 0."""
    probabilities = np.zeros((len(images), 10))
    probabilities[:, 3] = images[:, 10, 12]
    probabilities[:, 0] = 1 - probabilities[:, 3]
    return probabilities


def drawn() -> np.ndarray:
    image = np.zeros((28, 28), np.float32)
    image[10, 5:20] = 0.75
    return image


def test_only_patches_over_the_pixel_that_is_read_matter():
    found = occlusion(reading, drawn(), digit=3, patch=5)
    expected = np.zeros((28, 28))
    expected[8:13, 10:15] = 0.75
    assert found.dtype == np.float32
    assert np.allclose(found, expected)


def test_the_side_of_the_patch():
    found = occlusion(reading, drawn(), digit=3, patch=3)
    assert (found != 0).sum() == 9


def test_with_a_step_pixels_share_a_value_and_few_images_are_predicted():
    asked = []

    def predict(images: np.ndarray) -> np.ndarray:
        asked.append(len(images))
        return reading(images)

    found = occlusion(predict, drawn(), digit=3, patch=6, step=2)
    expected = np.zeros((28, 28))
    # Blocks of 2 x 2 pixels whose patch, two pixels more on each side, holds the pixel (10, 12).
    expected[8:14, 10:16] = 0.75
    assert np.allclose(found, expected)
    # 3 rows of blocks, and 9 columns of them from 4 to 20 with one more on the left.
    assert asked == [1 + 3 * 10]


def test_the_odds_fall_where_the_probability_hardly_does():
    """Of a model that is sure, the map of the probability was empty."""

    def sure(images: np.ndarray) -> np.ndarray:
        share = 0.99 + 0.012 * images[:, 10, 12]  # 0.999 of a pixel of 0.75
        return np.stack([1 - share, share], axis=1)

    found = occlusion(sure, drawn(), digit=1, odds=True)
    assert np.isclose(found.max(), np.log(999) - np.log(99), atol=1e-3)
    assert (found != 0).sum() == 25


def test_what_speaks_against_a_digit_is_below_zero():
    found = occlusion(reading, drawn(), digit=0, patch=5)
    assert np.isclose(found.min(), -0.75)
    assert found.max() == 0


def test_an_empty_image_has_no_evidence():
    assert not occlusion(reading, np.zeros((28, 28), np.float32), digit=3).any()


def test_against_wiping_out_each_patch_by_hand():
    rng = np.random.default_rng(0)
    predict = linear(rng.normal(0, 0.2, (28, 28, 10)))
    image = (rng.random((28, 28)) * (rng.random((28, 28)) < 0.1)).astype(np.float32)
    found = occlusion(predict, image, digit=6, patch=3)
    before = predict(image[None])[0, 6]
    for row, column in [(0, 0), (27, 13), (14, 14), (5, 22)]:
        without = np.array(
            [
                [
                    0 if abs(r - row) <= 1 and abs(c - column) <= 1 else image[r, c]
                    for c in range(28)
                ]
                for r in range(28)
            ]
        )
        assert np.isclose(found[row, column], before - predict(without[None])[0, 6], atol=1e-6)
