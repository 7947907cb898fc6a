"""`ui.pictures`: pixels stay pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from streamlit.testing.v1 import AppTest

from ui.pictures import enlarge


@given(arrays(np.uint8, some.tuples(some.integers(1, 9), some.integers(1, 9))), some.integers(1, 5))
def test_every_pixel_becomes_a_square(image, factor):
    large = enlarge(image, factor)
    height, width = image.shape
    assert (large.shape, large.dtype) == ((height * factor, width * factor), np.uint8)
    squares = large.reshape(height, factor, width, factor)
    assert (squares == image[:, None, :, None]).all()


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (0.2, 51), (0.499, 127), (1, 255)])
def test_floats_become_the_nearest_grey(value, grey):
    assert enlarge(np.full((1, 1), value, np.float32), 1) == grey


def test_the_image_is_not_changed():
    image = np.ones((2, 2), np.float32)
    enlarge(image, 3)
    assert (image == 1).all()


def show_gallery():
    import numpy as np

    from ui import pictures

    images = np.zeros((3, 28, 28), np.uint8)
    pictures.gallery(images, ["first", "second", "third"], ["a 1", "a 2", "a 3"])


def test_a_gallery_shows_each_digit_with_its_caption_and_words():
    app = AppTest.from_function(show_gallery, default_timeout=600).run()
    assert not app.exception
    assert [element.value for element in app.markdown] == ["first", "second", "third"]
    shown = [image for element in app.get("image") for image in element.proto.imgs]
    assert [image.alt for image in shown] == ["a 1", "a 2", "a 3"]
