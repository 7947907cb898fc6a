"""The generator of non-digits: each kind has the properties that define it, for any seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.strokes import glyphs, others

ALL = (*others.KINDS, *others.LOOK_ALIKE_KINDS)
TABLES = (
    glyphs.LATIN,
    glyphs.CYRILLIC,
    glyphs.GREEK,
    glyphs.HAN,
    glyphs.KANA,
    glyphs.HEBREW,
    glyphs.SHAPES,
)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in ALL])
def test_a_kind_makes_pictures_that_its_seed_decides(kind):
    first, again = (kind.make(np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    if kind.grey:
        assert (first.dtype, first.shape) == (np.uint8, (others.SIDE, others.SIDE))
    else:
        assert first.dtype == np.float32
        assert first.min() >= 0
        assert first.max() == 1
    assert not np.array_equal(first, kind.make(np.random.default_rng(4)))


def test_kinds_are_told_apart_and_enough_are_held_back():
    names = [kind.name for kind in ALL]
    assert len(set(names)) == len(names)
    assert sum(not kind.trained for kind in others.KINDS) >= 10


def test_no_letter_and_no_shape_is_both_trained_on_and_held_back():
    """A small letter often looks like its capital: they are on the same side."""
    parts = (others.TRAINED_LETTERS, others.HELD_BACK_LETTERS, others.LOOK_ALIKES)
    assert sorted("".join(parts)) == sorted(glyphs.LATIN)
    trained, held_back = ({*letters.lower()} for letters in parts[:2])
    assert not trained & held_back
    assert not {*others.TRAINED_SHAPES} & {*others.HELD_BACK_SHAPES}
    assert {*others.TRAINED_SHAPES} | {*others.HELD_BACK_SHAPES} == {*glyphs.SHAPES}


@pytest.mark.parametrize("letters", TABLES)
def test_every_glyph_can_be_read_and_has_its_longer_side_in_full(letters):
    for name, text in letters.items():
        for strokes in glyphs.parse(text):
            points = np.concatenate([path for _, path in strokes])
            assert ((points >= 0) & (points <= 1)).all(), name
            assert np.ptp(points, axis=0).max() >= 0.5, name


def test_a_glyph_is_its_ways_to_be_written():
    two_strokes, dot = glyphs.parse("~90 09 / 00 99 09 | 90")
    (smooth, curve), (straight, line) = two_strokes
    assert (smooth, straight) == (True, False)
    assert curve.tolist() == [[1, 0], [0, 1]]
    assert line.tolist() == [[0, 0], [1, 1], [0, 1]]
    assert dot[0][1].tolist() == [[1, 0]]


@given(seed=some.integers(0, 2**32 - 1))
def test_ink_fits_the_picture(seed):
    rng = np.random.default_rng(seed)
    scale, shift = rng.uniform(0.01, 1000), rng.uniform(-1e4, 1e4, 2)
    picture = others.ink([rng.random((5, 2)) * scale + shift], rng)
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert picture.max() == 1
    assert not rim.any()


def quarters(picture):
    rows, columns = (side // 2 for side in picture.shape)
    return [
        picture[y : y + rows, x : x + columns].tolist() for y in (0, rows) for x in (0, columns)
    ]


@given(seed=some.integers(0, 2**32 - 1))
def test_no_quarter_stays_and_none_is_lost(seed):
    picture = np.kron([[1, 2], [3, 4]], np.ones((6, 4))).astype(np.float32)
    cut = quarters(others.quartered(picture, np.random.default_rng(seed)))
    whole = quarters(picture)
    assert sorted(cut) == sorted(whole)
    assert all(piece != place for piece, place in zip(cut, whole, strict=True))


@given(seed=some.integers(0, 2**32 - 1))
def test_halves_keep_their_ink_and_do_not_fit(seed):
    ramp = np.arange(1, 101, dtype=np.float32).reshape(10, 10)
    halves = others.halved(ramp, np.random.default_rng(seed))
    assert sorted(halves[halves > 0]) == list(range(1, 101))
    assert halves.shape != (10, 10) or not np.array_equal(halves, ramp)
