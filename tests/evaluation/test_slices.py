"""`core.evaluation.slices`: strokes of known width, slant and size are measured as such."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.evaluation.slices import PROPERTIES, by_property, measure, parts

_FINE = 8  # strokes are drawn so many times larger, and made smaller as a scan would


def stroke(width: float, slant: float = 0, length: float = 18) -> np.ndarray:
    """Draw one straight stroke through the middle, uint8 (28, 28), leaning right by ``slant``."""
    big = Image.new("L", (28 * _FINE, 28 * _FINE))
    along = length / 2 * np.array([np.sin(np.radians(slant)), -np.cos(np.radians(slant))])
    aside = width / 2 * np.array([-along[1], along[0]]) / np.linalg.norm(along)
    corners = [along + aside, along - aside, -along - aside, -along + aside]
    ImageDraw.Draw(big).polygon([tuple(_FINE * (14 + corner) - 0.5) for corner in corners], 255)
    return np.asarray(big.resize((28, 28), Image.Resampling.BOX))


def ring(radius: float, width: float) -> np.ndarray:
    big = Image.new("L", (28 * _FINE, 28 * _FINE))
    outer, inner = radius + width / 2, radius - width / 2
    draw = ImageDraw.Draw(big)
    for reach, colour in ((outer, 255), (inner, 0)):
        draw.ellipse(
            [_FINE * (14 - reach), _FINE * (14 - reach)] + [_FINE * (14 + reach)] * 2, colour
        )
    return np.asarray(big.resize((28, 28), Image.Resampling.BOX))


def measured(*images: np.ndarray) -> dict[str, np.ndarray]:
    return measure(np.stack(images))


@pytest.mark.parametrize("slant", [0, 20, -35])
@pytest.mark.parametrize("width", [2, 3, 4.5])
def test_the_width_of_a_stroke(width, slant):
    assert measured(stroke(width, slant))["thickness"][0] == pytest.approx(width, rel=0.15)


@pytest.mark.parametrize("slant", [0, 20, -35])
def test_a_thinner_stroke_is_measured_thinner(slant):
    widths = [1.6, 2, 2.5, 3, 4, 6]
    found = measured(*[stroke(width, slant) for width in widths])["thickness"]
    assert (np.diff(found) > 0).all()


def test_the_width_of_a_ring_has_no_ends():
    assert measured(ring(8, 3))["thickness"][0] == pytest.approx(3, rel=0.15)


@pytest.mark.parametrize("slant", [-30, -10, 0, 15, 40])
def test_the_slant_of_a_stroke(slant):
    assert measured(stroke(2, slant))["slant"][0] == pytest.approx(slant, abs=1.5)


def test_size_and_shape_of_a_rectangle():
    """6 wide and 12 high: its variances are 36 / 12 and 144 / 12."""
    image = np.zeros((28, 28), np.uint8)
    image[8:20, 3:9] = 255
    found = measured(image, np.roll(image, 5, axis=1))
    np.testing.assert_allclose(found["size"], np.sqrt(3 + 12), rtol=1e-4)
    np.testing.assert_allclose(found["aspect"], 0.5, rtol=1e-4)
    np.testing.assert_allclose(found["ink"], 100 * 72 / 784, rtol=1e-4)
    np.testing.assert_allclose(found["slant"], 0, atol=1e-3)


def test_a_blank_image_and_a_lone_pixel_do_no_harm():
    dot = np.zeros((28, 28), np.uint8)
    dot[3, 4] = 255
    found = measured(np.zeros((28, 28), np.uint8), dot)
    assert found.keys() == PROPERTIES.keys()
    for values in found.values():
        assert np.isnan(values[0])
        assert np.isfinite(values[1])
    assert parts(found["ink"]).tolist() == [0, 1]


def test_batches_change_nothing():
    images = np.random.default_rng(0).integers(0, 256, (2500, 28, 28), np.uint8)
    whole = measure(images)
    for name, values in measure(images[1990:2010]).items():
        np.testing.assert_allclose(whole[name][1990:2010], values, rtol=1e-5)


def test_fifths_and_equal_numbers():
    assert np.bincount(parts(np.arange(50.0)))[1:].tolist() == [10] * 5
    assert len(set(parts(np.array([1, 2, 2, 2, 2, 2, 2, 2, 2, 3.0]))[1:9])) == 1


def test_the_worst_slice_comes_first():
    """Ten images by their width; the two thinnest and one thick one are read wrong."""
    right = np.ones(10, bool)
    right[[0, 1, 6]] = False
    found = by_property({"thickness": np.arange(10.0)}, right)
    assert [one.name for one in found][:2] == ["thickness-1", "thickness-4"]
    assert [one.accuracy for one in found] == [0, 0.5, 1, 1, 1]
    worst = found[0]
    assert (worst.low, worst.high, worst.n, worst.words) == (0, 1, 2, "thinnest")
    assert worst.interval[1] == pytest.approx(0.6576, abs=1e-3)  # Wilson's of 0 of 2
