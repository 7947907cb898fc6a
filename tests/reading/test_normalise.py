"""The 28x28 form: by hand for small cases, by its rules for any ink, by MNIST itself."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data import load_test
from core.reading.normalise import normalise, to_mnist

ANY_INK = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=60),
    elements=st.floats(0, 1, width=32),
)


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    return np.array([(index * image).sum() for index in np.indices(image.shape)]) / image.sum()


def extent(image: np.ndarray) -> tuple[int, ...]:
    return tuple(int(np.ptp(index)) + 1 for index in np.nonzero(image))


def blot(height: int, width: int) -> np.ndarray:
    ink = np.zeros((height + 20, width + 20), np.float32)
    ink[7 : 7 + height, 9 : 9 + width] = 1
    return ink


@given(ANY_INK)
def test_every_ink_gives_a_picture_in_range(ink):
    image = to_mnist(ink)
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1


@given(ANY_INK)
def test_what_is_drawn_reaches_white_and_is_not_cut_off(ink):
    assume((ink > 0.1).any())
    steps = normalise(ink)
    assert steps.image.max() == 1
    assert max(steps.scaled.shape) == 20
    assert steps.image.sum() == pytest.approx(steps.scaled.sum(), rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (280, 280), (5, 300)])
def test_blank_gives_zeros(shape):
    steps = normalise(np.zeros(shape, np.float32))
    assert not steps.image.any()
    assert steps.box == (0, 0, 0, 0)
    assert steps.cropped.shape == steps.scaled.shape == (0, 0)


@pytest.mark.parametrize("height", [1, 19, 20, 21, 133, 280])
@pytest.mark.parametrize("width", [1, 20, 77])
def test_longest_side_is_20_pixels_and_the_aspect_is_kept(height, width):
    image = to_mnist(blot(height, width))
    factor = 20 / max(height, width)
    expected = [max(1, side * factor) for side in (height, width)]
    assert max(extent(image)) == 20
    assert extent(image) == pytest.approx(expected, abs=0.5)


def test_a_box_of_20_pixels_is_only_moved():
    ink = np.zeros((50, 50), np.float32)
    drawn = np.linspace(0.2, 1, 200, dtype=np.float32).reshape(20, 10)
    ink[3:23, 38:48] = drawn
    # Centres of mass by hand: rows (1/20) sum of r (0.2 + 0.04 r) is more than half-way down.
    rows = (np.arange(20) * drawn.sum(1)).sum() / drawn.sum()
    columns = (np.arange(10) * drawn.sum(0)).sum() / drawn.sum()
    top, left = round(14 - rows), round(14 - columns)
    expected = np.zeros((28, 28), np.float32)
    expected[top : top + 20, left : left + 10] = drawn
    assert (top, left) == (2, 9)
    np.testing.assert_allclose(to_mnist(ink), expected, atol=1e-6)


def test_box_and_crop_are_those_of_the_ink():
    ink = blot(30, 12)
    steps = normalise(ink)
    assert steps.box == (9, 7, 21, 37)
    np.testing.assert_array_equal(steps.cropped, np.ones((30, 12), np.float32))


def test_faint_fringe_does_not_widen_the_crop():
    ink = blot(40, 40)
    ink[ink == 0] = 0.05
    assert normalise(ink).box == normalise(blot(40, 40)).box


@given(
    st.integers(0, 60),
    st.integers(0, 60),
    hnp.arrays(np.float32, (9, 7), elements=st.floats(0, 1, width=32)),
)
def test_position_changes_nothing(down, right, drawn):
    here = np.zeros((80, 80), np.float32)
    here[:9, :7] = drawn
    there = np.zeros((80, 80), np.float32)
    there[down : down + 9, right : right + 7] = drawn
    np.testing.assert_array_equal(to_mnist(here), to_mnist(there))


@given(st.integers(2, 6), hnp.arrays(np.bool_, (20, 14)))
def test_size_changes_nothing(times, drawn):
    """A digit in which every pixel stands for a square of pixels is the same digit, larger."""
    assume(drawn[0].any() and drawn[-1].any())
    small = drawn.astype(np.float32)
    large = np.kron(small, np.ones((times, times), np.float32))
    # A triangle filter reaches into neighbouring pixels, so sharp noise is smoothed a little.
    assert abs(to_mnist(small) - to_mnist(large)).mean() < 0.12


@given(hnp.arrays(np.float32, (20, 20), elements=st.floats(0.25, 1, width=32)))
def test_centre_of_mass_is_at_14_14_to_within_half_a_pixel(drawn):
    found = centre_of_mass(to_mnist(drawn))
    np.testing.assert_allclose(found, 14, atol=0.501)


def test_lopsided_ink_stops_at_the_rim_instead_of_coming_round():
    """A broad bar with a long thin tail: centred by its mass, the tail would leave the field."""
    ink = np.zeros((200, 40), np.float32)
    ink[:20] = 1
    ink[20:, 19:21] = 1
    rows = np.flatnonzero(to_mnist(ink).any(axis=1))
    np.testing.assert_array_equal(rows, np.arange(8, 28))
    assert (to_mnist(ink)[8] > 0.8).sum() == 4


def test_hair_thin_ink_is_neither_lost_nor_pale():
    ink = np.zeros((2000, 2000), np.float32)
    ink[100:1900, 1000] = 1
    image = to_mnist(ink)
    assert extent(image) == (20, 1)
    assert image.max() == 1


def test_mnist_comes_back_as_it_was(mnist_folder):
    """MNIST's images are already in the form, so that they pass nearly unchanged."""
    images = load_test("mnist").x[:300].astype(np.float32) / 255
    changes = [abs(to_mnist(image) - image).mean() for image in images]
    assert np.median(changes) < 0.001
    assert np.mean(changes) < 0.002


def test_mnist_enlarged_comes_back_nearly_as_it_was(mnist_folder):
    images = load_test("mnist").x[:100].astype(np.float32) / 255
    found = [to_mnist(np.kron(image, np.ones((9, 9), np.float32))) for image in images]
    pairs = zip(found, images, strict=True)
    likeness = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in pairs]
    assert np.median(likeness) > 0.98
    assert np.quantile(likeness, 0.1) > 0.97


def test_mnist_has_its_centres_of_mass_where_ours_are(mnist_folder):
    centres = [centre_of_mass(image) for image in load_test("mnist").x[:2000].astype(float)]
    np.testing.assert_allclose(np.mean(centres, axis=0), 14, atol=0.02)
    np.testing.assert_allclose(centres, 14, atol=0.501)
