"""Pictures of paper are the same for the same seed, and upright once decoded."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bench.papers import ANY, KINDS, ORIENTATION, Kind, picture
from core.reading.pictures import decode

SMALL = (200, 240)
SEVEN = [np.array([[0, 0.05], [0.6, 0], [0.25, 1]])]


def taken(kind: Kind, seed: int, strokes: list[np.ndarray] | None = SEVEN) -> bytes:
    return picture(strokes, replace(kind, longest=SMALL), np.random.default_rng(seed))


@pytest.mark.parametrize("name", KINDS)
def test_a_seed_gives_one_picture_of_the_size_that_was_asked_for(name):
    file = taken(KINDS[name], 3)
    assert file == taken(KINDS[name], 3)
    assert file != taken(KINDS[name], 4)
    assert SMALL[0] <= max(decode(file).shape) <= SMALL[1]


def test_a_digit_darkens_the_sheet():
    for seed in range(5):
        blank, written = (decode(taken(Kind(), seed, strokes)) for strokes in (None, SEVEN))
        assert np.quantile(written, 0.005) < np.quantile(blank, 0.005) - 30


def test_every_orientation_occurs_and_is_undone():
    """A seven's bar is above: its upper half is the wider one."""
    seen = set()
    for seed in range(40):
        file = taken(Kind(), seed)
        seen.add(Image.open(io.BytesIO(file)).getexif()[ORIENTATION])
        grey = decode(file).mean(axis=2)
        rows, columns = np.nonzero(grey < 0.8 * np.median(grey))
        middle = (rows.min() + rows.max()) / 2
        assert np.ptp(columns[rows < middle]) > np.ptp(columns[rows > middle])
    assert seen == set(range(1, 9))


def test_any_is_settled_differently_each_time():
    files = {len(taken(Kind(ANY, ANY, ANY, ANY), seed)) for seed in range(6)}
    assert len(files) == 6
