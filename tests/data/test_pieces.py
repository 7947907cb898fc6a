"""The segmenter's examples: what is one whole digit, and that it is said of which."""

import numpy as np

from core.data import pieces, sample
from core.data.pieces import NOT_ONE


def test_digits_have_their_labels_and_everything_has_ink():
    data = sample.load()
    images, labels = pieces.draw(data.x_train, data.y_train, 40, seed=1)
    assert images.shape == (len(labels), 28, 28)
    assert images.dtype == np.uint8
    assert images.any(axis=(1, 2)).all()
    assert set(labels) <= set(range(NOT_ONE + 1))
    assert 0.05 < (labels != NOT_ONE).mean() < 0.6


def test_the_same_seed_gives_the_same_candidates():
    data = sample.load()
    first, second = (pieces.draw(data.x_train, data.y_train, 5, seed=2) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_digit_alone_is_whole_with_its_label(monkeypatch):
    monkeypatch.setattr(pieces, "_LENGTHS", (1.0,))
    sevens = np.zeros((1, 28, 28), np.uint8)
    sevens[0, 5:8, 6:20] = sevens[0, 5:24, 17:20] = 255
    monkeypatch.setattr(pieces.digits, "write", lambda digit, rng: [np.array([[0, 0], [0, 1.0]])])
    _, labels = pieces.draw(sevens, np.array([7]), 30, seed=3)
    assert (labels == 7).sum() > 8  # half of the numbers, but for what nobody can say
