"""Images of what is no digit are MNIST's in form, and each follows from its seed alone."""

import numpy as np
import pytest

from core.data import non_digits
from core.strokes.others import KINDS

BY_NAME = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize("name", ["Greek letters", "clouds"])
def test_images_have_the_form_of_mnist_and_follow_from_the_seed(name):
    images = non_digits.draw(BY_NAME[name], 6, seed=2)
    assert (images.dtype, images.shape) == (np.uint8, (6, 28, 28))
    for image in images:
        assert image.max() == 255
        inked = image > 25
        assert max(np.ptp(np.flatnonzero(inked.any(axis=axis))) for axis in (0, 1)) < 20
    np.testing.assert_array_equal(non_digits.draw(BY_NAME[name], 3, seed=2), images[:3])
    assert not np.array_equal(non_digits.draw(BY_NAME[name], 6, seed=3), images)


@pytest.mark.long
def test_pictures_without_ink_are_made_again():
    """Half of the clouds are too pale to be ink: none of them becomes an empty image."""
    assert non_digits.draw(BY_NAME["clouds"], 40, seed=0).any(axis=(1, 2)).all()


def test_spoilt_digits_are_mirrored_cut_and_laid_over_one_another():
    """Of a 7 whose bar reaches right of its stem, the mirrored one has it to the left."""
    seven = np.zeros((28, 28), np.uint8)
    seven[4:24, 17:19] = 255
    seven[4:6, 9:19] = 255
    images = non_digits.spoil(np.stack([seven]), np.array([7]), 6, seed=0)
    assert images.shape == (6, 28, 28)
    for mirrored in images[::3]:
        rows, columns = np.nonzero(mirrored > 127)
        assert columns[rows == rows.max()].max() < columns[rows == rows.min()].max()
    for others in (images[1::3], images[2::3]):
        assert not (others == seven[:, ::-1]).all(axis=(1, 2)).any()
        assert others.any(axis=(1, 2)).all()
