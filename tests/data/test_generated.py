"""`core.data.generated`: images of generated digits."""

import numpy as np

from core.data.generated import write_digits


def test_the_ten_digits_take_turns():
    images, labels = write_digits(25, seed=3)
    assert (images.shape, images.dtype) == ((25, 28, 28), np.uint8)
    np.testing.assert_array_equal(labels, np.arange(25) % 10)
    assert (images.reshape(25, -1).max(axis=1) == 255).all()


def test_the_same_seed_writes_the_same_and_another_others():
    images, _ = write_digits(10, seed=3)
    np.testing.assert_array_equal(images, write_digits(10, seed=3)[0])
    assert (images != write_digits(10, seed=4)[0]).any()
