"""`ui.draw.glass_box`: what is shown is what was read."""

import numpy as np
import pytest

from bench import papers
from core.reading.pictures import decode
from core.reading.reader import read
from core.registry import find
from core.strokes import digits
from tests.app.test_draw import several_ones
from ui.draw import glass_box
from ui.draw.subject import Subject


def photograph() -> np.ndarray:
    rng = np.random.default_rng(3)
    return decode(papers.picture(digits.write(3, rng), papers.KINDS["12 megapixels"], rng))


@pytest.mark.parametrize(
    "picture", [photograph, lambda: several_ones(100, 300, 500)], ids=["photograph", "number"]
)
def test_each_step_is_the_readers_own(picture):
    """The ink used to be found anew, in fewer pixels of a photograph, with specks and frames."""
    picture = picture()
    reading = read(picture, find("tiny").predictor())
    for digit in reading.digits:
        shown = glass_box.steps(Subject(find("tiny"), digit, reading, picture, None))
        assert shown[0].ink is reading.ink
        for step, own in zip(shown[1:], ("cropped", "scaled", "image"), strict=True):
            assert step.ink is getattr(digit.steps, own)
        own = digit.steps.cropped > 0
        factor = -(-max(picture.shape[:2]) // max(reading.ink.shape))
        left, top = (side // factor for side in digit.box[:2])
        within = shown[0].ink[top : top + own.shape[0], left : left + own.shape[1]]
        np.testing.assert_array_equal(within[own], digit.steps.cropped[own])
