"""`core.data.augment`: images change as the amounts say, and no further."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.data.augment import NO_CHANGES, Augmentation, augment

AMOUNTS = {
    "rotation": 15,
    "shift": 2,
    "scale": 0.2,
    "shear": 0.3,
    "elastic": 1,
    "thickness": 1,
    "noise": 0.3,
    "damage": 1,
}


def bars(n=50):
    """Return n images of one upright bar, 4 pixels wide and 16 high, in the middle."""
    images = np.zeros((n, 28, 28), np.float32)
    images[:, 6:22, 12:16] = 1
    return images


def centres(images):
    """Return the centre of mass of each image, x and y."""
    mass = images.sum(axis=(1, 2))
    along = np.arange(28)
    return np.stack(
        [(images.sum(axis=1) @ along) / mass, (images.sum(axis=2) @ along) / mass], axis=1
    )


@given(
    amounts=some.fixed_dictionaries({name: some.floats(0, top) for name, top in AMOUNTS.items()}),
    seed=some.integers(0, 2**32 - 1),
)
def test_images_stay_images(amounts, seed):
    changed = augment(bars(8), Augmentation(**amounts), np.random.default_rng(seed))
    assert (changed.shape, changed.dtype) == ((8, 28, 28), np.float32)
    assert np.isfinite(changed).all()
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_without_amounts_nothing_changes():
    np.testing.assert_array_equal(augment(bars(), NO_CHANGES, np.random.default_rng(0)), bars())


@pytest.mark.parametrize("name", AMOUNTS)
def test_each_amount_changes_images_each_differently(name):
    how = Augmentation(**{name: AMOUNTS[name]})
    before = bars()
    changed = augment(before, how, np.random.default_rng(0))
    np.testing.assert_array_equal(before, bars(), "the images that were given were changed")
    different = {image.tobytes() for image in changed}
    assert len(different) > 25
    np.testing.assert_array_equal(changed, augment(bars(), how, np.random.default_rng(0)))


def test_a_shift_moves_all_ink_by_no_more_than_was_said():
    changed = augment(bars(300), Augmentation(shift=2), np.random.default_rng(1))
    moved = centres(changed) - centres(bars(1))
    assert abs(moved).max() <= 2 + 1e-3
    assert abs(moved).max(axis=0) == pytest.approx([2, 2], abs=0.1)
    np.testing.assert_allclose(changed.sum(axis=(1, 2)), 64, rtol=1e-4)


def test_scaling_changes_the_area_and_not_the_place():
    changed = augment(bars(300), Augmentation(scale=0.2), np.random.default_rng(1))
    np.testing.assert_allclose(centres(changed), np.tile(centres(bars(1)), (300, 1)), atol=0.3)
    area = changed.sum(axis=(1, 2)) / 64
    assert 0.6 < area.min() < 0.75
    assert 1.3 < area.max() < 1.5


def test_rotation_turns_the_bar_to_both_sides():
    changed = augment(bars(300), Augmentation(rotation=30), np.random.default_rng(1))
    y, x = np.mgrid[:28, :28] - 13.5
    lean = 0.5 * np.degrees(
        np.arctan2(-2 * (changed * x * y).sum((1, 2)), (changed * (y**2 - x**2)).sum((1, 2)))
    )
    assert lean.min() == pytest.approx(-30, abs=2)
    assert lean.max() == pytest.approx(30, abs=2)


def test_the_pen_grows_and_shrinks_by_its_amount_on_each_side():
    changed = augment(bars(300), Augmentation(thickness=1), np.random.default_rng(1))
    width = changed[:, 14].sum(axis=1)
    assert width.max() == pytest.approx(6, abs=0.1)
    # Half of what a thinner pen would lose stays, so that no stroke vanishes.
    assert width.min() == pytest.approx(3, abs=0.1)
    assert 0.2 < (width == 4).mean() < 0.4


def test_noise_spreads_each_image_by_up_to_its_amount():
    grey = np.full((400, 28, 28), 0.5, np.float32)
    changed = augment(grey, Augmentation(noise=0.1), np.random.default_rng(1))
    spread = changed.std(axis=(1, 2))
    assert spread.max() == pytest.approx(0.1, rel=0.05)
    assert np.median(spread) == pytest.approx(0.05, rel=0.2)
    assert changed.mean() == pytest.approx(0.5, abs=1e-3)


def test_damage_hits_the_share_that_was_said():
    changed = augment(bars(1000), Augmentation(damage=0.3), np.random.default_rng(1))
    hit = (changed != bars(1)).any(axis=(1, 2)).mean()
    assert hit == pytest.approx(0.3, abs=0.05)


def test_some_damage_turns_a_band_negative_and_leaves_the_rest():
    grey = 0.7 * bars(1400)
    changed = augment(grey, Augmentation(damage=1), np.random.default_rng(1))
    turned, as_was = np.isclose(changed, 1 - grey), np.isclose(changed, grey)
    of_this_kind = (turned | as_was).all(axis=(1, 2)) & turned.any(axis=(1, 2))
    assert of_this_kind.mean() == pytest.approx(1 / 7, abs=0.02)
    assert as_was[of_this_kind].any(axis=(1, 2)).all()


def test_some_outlines_are_lines_one_pixel_wide():
    changed = augment(0.7 * bars(1400), Augmentation(damage=1), np.random.default_rng(1))
    rim = bars(1)
    rim[:, 7:21, 13:15] = 0
    assert 0.03 < (changed == rim).all(axis=(1, 2)).mean() < 0.12
