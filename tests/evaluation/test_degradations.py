"""`core.evaluation.degradations`: each degrades images in the way that it says, and only so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.evaluation.corruptions import SEVERITIES
from tests.evaluation.spoilt import blank, centres, dot, spoil


def test_shot_noise_counts_photons():
    """Poisson: the mean stays, the variance is the mean, of 12 photons at white."""
    spoilt = spoil("shot_noise", blank(50, 64), severity=3) / 255 * 12
    assert spoilt.mean() == pytest.approx(12 * 64 / 255, rel=0.02)
    assert spoilt.var() == pytest.approx(12 * 64 / 255, rel=0.05)
    assert not spoil("shot_noise", blank()).any()


def test_impulse_noise_is_salt_and_pepper():
    spoilt = spoil("impulse_noise", blank(50, 100))
    shares = [np.mean(spoilt == value) for value in (0, 100, 255)]
    assert shares == pytest.approx([0.085, 0.83, 0.085], abs=0.01)


def test_glass_blur_moves_ink_but_keeps_it():
    spoilt = spoil("glass_blur", dot(14, 14))
    assert spoilt.sum(axis=(1, 2)) == pytest.approx(np.full(40, 9 * 255), rel=0.05)
    assert abs(centres(spoilt) - 14).max() < 2
    assert len({image.tobytes() for image in spoilt}) > 30


def test_motion_blur_smears_to_the_left_and_keeps_the_ink():
    spoilt = spoil("motion_blur", dot(14, 16))
    assert spoilt.sum(axis=(1, 2)) == pytest.approx(np.full(40, 9 * 255), rel=0.05)
    down, right = (centres(spoilt) - (14, 16)).T
    assert (right < -1).all()
    assert (abs(down) <= abs(right) + 0.2).all()
    assert down.min() < -0.5
    assert down.max() > 0.5


def test_shear_moves_what_is_above_and_below_the_middle_apart():
    """A dot 8 above the middle moves by tan(0.4) of its height, which grows by 1 / cos(0.4)."""
    down, right = (centres(spoil("shear", dot(6, 14))) - 13.5).T
    assert down == pytest.approx(np.full(40, -7.5 / np.cos(0.4)), abs=0.1)
    assert sorted(set(np.sign(right))) == [-1, 1]
    assert abs(right - 0.5) == pytest.approx(np.full(40, 7.5 * np.tan(0.4)), abs=0.1)


def test_scale_shrinks_around_the_middle():
    down, right = (centres(spoil("scale", dot(4, 20))) - 13.5).T
    assert (down[0], right[0]) == pytest.approx((-9.5 * 0.7, 6.5 * 0.7), abs=0.1)
    bar = blank()
    bar[:, 4:24, 4:24] = 255
    assert spoil("scale", bar).sum() == pytest.approx(bar.sum() * 0.7**2, rel=0.02)


def test_rotate_turns_by_two_fifths_of_a_radian_either_way():
    down, right = (centres(spoil("rotate", dot(6, 14))) - 13.5).T
    angles = np.arctan2(right, -down) - np.arctan2(0.5, 7.5)
    assert abs(angles) == pytest.approx(np.full(40, 0.4), abs=0.02)
    assert sorted(set(np.sign(angles))) == [-1, 1]
    assert np.hypot(down, right) == pytest.approx(np.full(40, np.hypot(7.5, 0.5)), abs=0.1)


def test_brightness_adds_half():
    spoilt = spoil("brightness", np.stack([blank()[0], blank(1, 100)[0], blank(1, 200)[0]]))
    assert spoilt[:, 0, 0].tolist() == [128, 228, 255]


def test_translate_shifts_by_three_towards_each_corner():
    moves = (centres(spoil("translate", dot(14, 12))) - (14, 12)).round(6)
    assert sorted(set(map(tuple, moves.tolist()))) == [(-3, -3), (-3, 3), (3, -3), (3, 3)]


def test_stripe_inverts_seven_columns_at_either_side(digits):
    spoilt = spoil("stripe", digits)
    np.testing.assert_array_equal(spoilt[:, :, 7:21], digits[:, :, 7:21])
    np.testing.assert_array_equal(spoilt[:, :, :7], 255 - digits[:, :, :7])
    np.testing.assert_array_equal(spoilt[:, :, 21:], 255 - digits[:, :, 21:])


def test_fog_lightens_paper_and_pales_ink(digits):
    """White w and cloud c in [0, 3] become (w + c) / 4: what was lighter by 1 is so by 1/4."""
    both = np.stack([digits[0], np.full((28, 28), 255, np.uint8)])
    spoilt = spoil("fog", np.repeat(both, 3, axis=0)).astype(float)
    paper, ink = spoilt[:3][:, digits[0] == 0], spoilt[3:]
    assert paper.mean() > 30
    assert paper.max() <= 192  # 3/4 of white
    assert ink.min() >= 63  # 1/4 of white
    assert all(image.std() > 1 for image in spoilt)


def test_a_cloud_is_smooth_and_another_for_each_image():
    """It is told from a uniform grey and from noise by its steps from pixel to pixel."""
    clouds = spoil("fog", blank(6, 255)).astype(float)
    steps = abs(np.diff(clouds, axis=2)).mean(axis=(1, 2))
    assert (steps < 0.5 * clouds.std(axis=(1, 2)) + 2).all()
    assert len({cloud.tobytes() for cloud in clouds}) == 6


def test_spatter_covers_with_grey_mud():
    spoilt = spoil("spatter", blank(20, 255))
    covered = spoilt < 255
    assert 0.05 < covered.mean() < 0.6
    assert spoilt.min() == pytest.approx(63, abs=3)
    assert spoil("spatter", blank(20)).max() <= 63


def test_a_dotted_line_leaves_every_other_pair_of_columns():
    spoilt = spoil("dotted_line", blank(20))
    inked = spoilt.any(axis=1)
    assert [column for column in range(28) if inked[:, column].all()] == [
        2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26,
    ]  # fmt: skip
    assert inked.all(axis=0).sum() == inked.any(axis=0).sum()


def test_a_zigzag_goes_up_and_down():
    images = spoil("zigzag", blank(20))
    inside = images[(images[:, [0, 27]] == 0).all(axis=(1, 2))]  # not cut off by the rim
    assert len(inside) > 3
    assert not images[:, :, [0, 1, 26, 27]].any()
    for image in inside:
        mass = image[:, 2:26].astype(float)
        heights = np.arange(28) @ mass / mass.sum(axis=0)
        turns = np.flatnonzero(np.diff(np.sign(np.diff(heights))))
        assert np.diff(turns).tolist() == [4] * (len(turns) - 1)


@pytest.mark.parametrize("name", ["dotted_line", "zigzag"])
@given(severity=some.sampled_from(SEVERITIES), seed=some.integers(0, 2**32 - 1))
def test_lines_add_ink_and_take_none(name, severity, seed):
    images = blank(3, 90)
    assert (spoil(name, images, severity, seed) >= images).all()


def test_canny_edges_are_the_outline_and_nothing_else():
    """Of a square with a grey rim, in whose middle it is steepest."""
    square = blank()
    square[:, 7:21, 7:21] = 128
    square[:, 8:20, 8:20] = 255
    (edges,) = spoil("canny_edges", square)
    assert set(np.unique(edges)) == {0, 255}
    assert np.flatnonzero(edges[14]).tolist() == [7, 20]
    out_of_middle = np.max(np.abs(np.nonzero(edges) - np.array(13.5)), axis=0)
    assert ((out_of_middle > 5) & (out_of_middle < 7)).all()
    assert 40 <= len(out_of_middle) <= 52
    np.testing.assert_array_equal(edges, edges.T)


def test_faint_edges_count_only_beside_strong_ones():
    """Steps of 1/40 of white are below the upper threshold, steps of white far above it."""
    step = blank(1, 0)
    step[:, :, 14:] = 6
    assert not spoil("canny_edges", step).any()
    step[:, 20:, 14:] = 255
    assert spoil("canny_edges", step)[0, 20:-2, 12:16].any()
