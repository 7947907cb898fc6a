"""`ui.pictures`: pixels stay pixels."""

import base64
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui.pictures import curve_in_text, enlarge


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
    [text] = app.markdown
    found = re.findall(r"!\[(.*?)\]\(data:image/png;base64,[^)]+\)  \n(\w+)", text.value)
    assert found == [("a 1", "first"), ("a 2", "second"), ("a 3", "third")]


def show_button():
    import numpy as np
    import streamlit as st

    from ui import pictures

    image = np.zeros((28, 28), np.uint8)
    image[3, 5] = 200
    pictures.button(image, "4, read as **9**", "A 4", "first", st.text, ["opened"])


def test_a_picture_is_a_button_that_holds_every_pixel():
    """A picture had a button "Why?" below it: twenty-four of one name on a page."""
    app = AppTest.from_function(show_button, default_timeout=600).run()
    [button] = app.button
    alt, address, words = re.fullmatch(r"!\[(.*?)\]\((.*?)\)(.*)", button.label, re.DOTALL).groups()
    assert (alt, words) == ("A 4", "  \n4, read as **9**")
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    pixels = np.asarray(Image.open(io.BytesIO(content)))
    assert pixels.shape == (28, 28)
    assert (pixels[3, 5], pixels.sum()) == (200, 200)
    button.click().run()
    assert [text.value for text in app.text] == ["opened"]


def test_a_curve_beside_words_rises_from_left_to_right():
    markdown = curve_in_text([0.0, 0.5, 1.0], "#0b62a8", "rises")
    alt, _, content = markdown.removesuffix(")").partition("](data:image/png;base64,")
    assert alt == "![rises"
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))[..., 3] > 0
    heights = [np.flatnonzero(column).mean() for column in drawn.T[10:-10]]
    assert heights == sorted(heights, reverse=True)  # rows count from the top
    assert drawn.any(axis=1)[8:-8].all()
    assert curve_in_text([0.5], "#0b62a8", "one point")
    assert curve_in_text([], "#0b62a8", "none") == ""
