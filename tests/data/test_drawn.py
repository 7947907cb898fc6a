"""Pictures of people's strokes: whose, how many, and in MNIST's form."""

import numpy as np
import pytest

from core import registry
from core.data import drawn, stroke_files
from core.reading.normalise import as_floats
from tests.data import strokes


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(tmp_path))
    strokes.save(tmp_path / "strokes/ours.npz", writers=16)
    strokes.save(tmp_path / "strokes/theirs.npz", writers=1)
    return drawn.read(["ours", "nobodys", "theirs"])


def test_what_is_missing_by_its_name_is_left_out(people):
    assert [file.name for file in people] == ["ours", "theirs"]


def test_one_writer_in_eight_is_held_back_and_nobody_is_on_both_sides(people):
    for seed in range(5):
        trained_on, held_back = drawn.split(people[0], seed)
        sides = set(trained_on.writers.tolist()), set(held_back.writers.tolist())
        assert [len(side) for side in sides] == [14, 2]
        assert not sides[0] & sides[1]
        assert len(trained_on.drawings) + len(held_back.drawings) == 160
    kept_back = {tuple(drawn.split(people[0], seed)[1].writers) for seed in range(5)}
    assert len(kept_back) > 1


def test_a_single_writer_is_trained_on(people):
    trained_on, held_back = drawn.split(people[1], seed=0)
    assert (len(trained_on.drawings), len(held_back.drawings)) == (10, 0)


def test_pictures_are_drawn_in_turns_as_many_of_each_file(people):
    images, labels = drawn.draw_digits(people, 61, seed=3)
    assert images.shape == (61, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    # 31 of ten drawings: each of them three times, and one once more.
    assert sorted(np.bincount(labels[30:], minlength=10)) == [3] * 9 + [4]
    # Brought to MNIST's form: the longer side has 20 pixels, give or take the edge's softness.
    for image in images:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22


def test_the_same_seed_draws_the_same_and_every_picture_differs(people):
    first, again, other = (drawn.draw_digits(people[1:], 40, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert len(np.unique(first, axis=0)) == 40  # of ten drawings


def test_a_picture_is_read_as_the_digit_that_was_drawn(people):
    """By the model that ships: pens and bends leave lines of a display legible."""
    images, labels = drawn.draw_digits(people[:1], 300, seed=0)
    answers = (
        registry.find("flagship").predictor().predict(as_floats(images)).probabilities.argmax(1)
    )
    legible = ~np.isin(labels, [0, 7])  # a rectangle, and a slanted line without a bar
    assert (answers == labels)[legible].mean() > 0.5  # by chance: 0.1


def test_without_drawings_there_are_no_pictures(people):
    nobody = people[0].of(np.arange(0))
    assert [array.shape for array in drawn.draw_digits([nobody], 5, 0)] == [(0, 28, 28), (0,)]
    assert [array.shape for array in drawn.draw_digits([], 5, 0)] == [(0, 28, 28), (0,)]
    assert stroke_files.missing([]) == []
