"""`core.evaluation.corruptions`: what all fifteen have in common."""

import numpy as np
import pytest

from core.errors import DigitLabError
from core.evaluation.corruptions import CORRUPTIONS, SEVERITIES
from tests.evaluation.spoilt import blank, spoil

NAMES = list(CORRUPTIONS)
# The same for every image, without anything drawn at random.
FIXED = ("scale", "brightness", "stripe", "canny_edges")


def test_there_are_those_of_the_paper():
    """Mu and Gilmer 2019, figure 1."""
    expected = "shot_noise impulse_noise glass_blur motion_blur shear scale rotate brightness "
    expected += "translate stripe fog spatter dotted_line zigzag canny_edges"
    assert expected.split() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_images_stay_images_and_the_given_ones_as_they_were(name, digits):
    before = digits.copy()
    for severity in SEVERITIES:
        spoilt = spoil(name, digits, severity)
        assert (spoilt.dtype, spoilt.shape) == (np.uint8, digits.shape)
        assert (spoilt != digits).any(axis=(1, 2)).mean() > 0.8  # a drop of mud may miss
    np.testing.assert_array_equal(digits, before)


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_alone_decides(name, digits):
    np.testing.assert_array_equal(spoil(name, digits, seed=1), spoil(name, digits, seed=1))
    differs = (spoil(name, digits, seed=1) != spoil(name, digits, seed=2)).any()
    assert differs == (name not in FIXED)


@pytest.mark.parametrize("name", NAMES)
def test_the_default_is_the_papers_severity(name, digits):
    corruption = CORRUPTIONS[name]
    np.testing.assert_array_equal(spoil(name, digits), spoil(name, digits, corruption.severity))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("images", [blank(0), blank(2), blank(2, 255)], ids=["none", "0", "255"])
def test_no_images_and_even_ones_are_no_fault(name, images):
    assert spoil(name, images).shape == images.shape


@pytest.mark.parametrize("name", FIXED)
def test_an_image_does_not_depend_on_its_neighbours(name, digits):
    """SciPy's sobel averages over all other axes, and so over the next image."""
    alone = np.concatenate([spoil(name, digit[None]) for digit in digits])
    np.testing.assert_array_equal(spoil(name, digits), alone)


@pytest.mark.parametrize("name", NAMES)
def test_people_are_told_what_it_does(name):
    corruption = CORRUPTIONS[name]
    assert corruption.title.lower().replace(" ", "_") == name
    assert corruption.description.endswith(".")
    assert corruption.description.count(".") == 1


@pytest.mark.parametrize(
    ("shape", "dtype"), [((2, 28, 28), np.float32), ((28, 28), np.uint8), ((1, 8, 8), np.uint8)]
)
def test_other_images_are_refused(shape, dtype):
    with pytest.raises(DigitLabError, match=r"uint8 images of shape \(n, 28, 28\)"):
        spoil("stripe", np.zeros(shape, dtype))


@pytest.mark.parametrize("severity", [0, 6, 2.5])
def test_other_severities_are_refused(severity):
    with pytest.raises(DigitLabError, match=f"not {severity}"):
        spoil("stripe", blank(), severity)
