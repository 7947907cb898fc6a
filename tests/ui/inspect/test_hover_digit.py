"""`ui.inspect.hover_digit`: every digit has its place in the one picture that holds them all."""

import base64
import io

import numpy as np
from PIL import Image

from ui.inspect import hover_digit


def test_each_digit_stands_where_its_place_says():
    images = np.random.default_rng(0).integers(0, 256, (11, 28, 28), np.uint8)
    address = hover_digit._all_in_one(images, "a test")
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("L"), int)
    assert sheet.shape == (112, 112)  # 11 digits, 4 in a row
    for place, image in enumerate(images):
        top, left = 28 * (place // 4), 28 * (place % 4)
        shown = sheet[top : top + 28, left : left + 28]
        assert abs(shown - image).max() <= 15  # sixteen levels of grey
    assert not sheet[84:, 84:].any()
