"""Images of any shape, type and range come out alike."""

import numpy as np
import pytest

from core.data.brought.images import bring, is_bright, shaped
from core.errors import DigitLabError

SHADES = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)  # each of 0 to 255 at least thrice


def brought(saved: np.ndarray) -> np.ndarray:
    return bring([shaped(saved, len(saved), "images")], ["images"])[0][0]


@pytest.mark.parametrize(
    "saved",
    [
        SHADES,
        SHADES[..., None],
        SHADES.reshape(1, 784),
        SHADES.astype(np.float64),
        SHADES.astype(np.int64),
        SHADES.astype(np.float32) / 255,
        SHADES.astype(np.float64) / 255,
        SHADES.astype(np.float64) / 255 / 255,
        SHADES.astype(np.float16) / np.float16(255),
        SHADES / 127.5 - 1,
        SHADES / 255 - 0.5,
        SHADES.astype(np.uint16) * 257,
        SHADES.astype(np.int8),
        (SHADES.astype(int) - 128).astype(np.int8),
        (SHADES / 255 - 0.1307) / 0.3081,
        np.asfortranarray(SHADES),
    ],
)
def test_images_come_out_alike_however_they_were_saved(saved: np.ndarray) -> None:
    images = brought(saved)
    assert images.dtype == np.uint8
    if saved.dtype == np.int8 and saved.flat[0] == -128:
        np.testing.assert_array_equal(images, SHADES)
    else:
        np.testing.assert_allclose(images.astype(int), SHADES, atol=0)


@pytest.mark.parametrize("saved", [SHADES > 127, (SHADES > 127).astype(np.uint8)])
def test_two_values_become_black_and_white(saved: np.ndarray) -> None:
    np.testing.assert_array_equal(brought(saved), 255 * (SHADES > 127).astype(np.uint8))


def test_counts_of_0_to_16_are_stretched() -> None:
    counts = (np.arange(784) % 17).reshape(1, 28, 28)
    np.testing.assert_array_equal(brought(counts), np.rint(counts * 255 / 16))


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (np.zeros((28, 27), np.uint8), r"shape \(28, 27\) and should have \(n, 28, 28\)"),
        (np.zeros((5, 7, 28), np.uint8), r"shape \(5, 7, 28\)"),
        (np.zeros((5, 2000, 2000), np.bool_), r"shape \(5, 2000, 2000\)"),
        (np.zeros((0, 28, 28), np.uint8), "holds 0 images .*: save more"),
        (np.broadcast_to(np.uint8(9), (300_001, 28, 28)), "holds 300,001 images .*: save fewer"),
        (np.where(SHADES == 4, np.nan, SHADES), "holds values from nan to nan"),
        (np.where(SHADES == 4, np.inf, SHADES), "to inf"),
        (SHADES.astype(complex), "is of type complex128"),
        (np.zeros((5, 28, 28)), "holds no ink"),
    ],
)
def test_other_images_are_refused(saved: np.ndarray, message: str) -> None:
    with pytest.raises(DigitLabError, match=message):
        brought(saved)


@pytest.mark.parametrize(
    "pale",
    [
        (SHADES * 0.2).round().astype(np.uint8),
        100 + (SHADES * 0.4).round().astype(np.int32),
        SHADES / 255 * 0.3,
    ],
)
def test_pale_images_are_stretched(pale: np.ndarray) -> None:
    """Four in five of such digits were misread, for the model had learnt from black and white."""
    images, form = bring([shaped(pale, 1, "images")], ["images"])
    assert (images[0].min(), images[0].max()) == (0, 255)
    np.testing.assert_allclose(images[0].astype(int), SHADES, atol=3)
    assert "stretched" in form.said()


def test_a_part_that_was_scaled_and_one_that_was_not_come_out_alike() -> None:
    images, form = bring([SHADES, SHADES / 255], ["train", "test"])
    np.testing.assert_array_equal(images[0], images[1])
    assert "different ranges" in form.said()


def test_a_border_is_cut_off_and_nothing_scaled() -> None:
    image = np.zeros((1, 32, 32), np.uint8)
    image[0, 5:25, 12:16] = 200
    np.testing.assert_array_equal(brought(image), image[:, 2:30, 2:30])


def test_other_sizes_are_made_as_mnist_was() -> None:
    """The long side has 20 pixels, and the centre of mass is in the middle."""
    image = np.zeros((1, 90, 60), np.uint8)
    image[0, 20:60, 10:18] = 255
    (small,) = brought(image)
    rows, columns = np.flatnonzero(small.any(axis=1)), np.flatnonzero(small.any(axis=0))
    assert (len(rows), len(columns)) == (20, 4)
    assert (rows.mean(), columns.mean()) == (13.5, 13.5)


def test_black_on_white_stays_so_and_is_known() -> None:
    image = np.full((1, 60, 60), 255, np.uint8)
    image[0, 20:40, 28:32] = 0
    small = brought(image)
    assert is_bright(small)
    assert np.flatnonzero((small[0] < 128).any(axis=1)).size == 20


def test_colours_of_planes_and_of_pixels_are_told_apart() -> None:
    grey = np.zeros((3, 32, 32), np.uint8)
    grey[:, 8:24, 12:18] = 255
    grey[:, 8:12, 8:24] = 255
    planes = np.repeat(grey[:, None], 3, axis=1).reshape(3, -1)
    pixels = np.repeat(grey[..., None], 3, axis=3).reshape(3, -1)
    np.testing.assert_array_equal(brought(planes), grey[:, 2:30, 2:30])
    np.testing.assert_array_equal(brought(pixels), grey[:, 2:30, 2:30])
