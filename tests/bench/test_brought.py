"""Pictures of every kind can be read, and each answer to them counts as one thing."""

import numpy as np
import pytest

from bench.brought import ANSWERS, answered
from bench.brought_pictures import KINDS, Brought
from core.reading.pictures import decode
from core.reading.reader import BLANK, Reading


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_makes_a_picture_and_again_the_same(name):
    made, again = (KINDS[name](np.random.default_rng(5)) for _ in range(2))
    assert made == again
    assert min(decode(made.content).shape[:2]) >= 20


def reading(text: str, verdict: str, turned: str = "") -> Reading:
    return Reading(verdict, text, [], BLANK.ink, turned=turned)


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        (reading("1 2", "digit"), Brought(b"", "12"), 0),
        (reading("12", "unsure"), Brought(b"", "12"), 1),
        (reading("?", "not-a-digit"), Brought(b"", "12"), 2),
        (reading("13", "digit"), Brought(b"", "12"), 3),
        (reading("1?2", "unsure"), Brought(b"", "1?2"), 0),
        (BLANK, Brought(b"", ""), 0),
        (reading("?", "not-a-digit", "3"), Brought(b"", "3", turned=True), 0),
        (reading("7", "digit"), Brought(b"", "3", turned=True), 3),
    ],
)
def test_an_answer_counts_as_what_it_is(found, wanted, expected):
    assert answered(found, wanted) == ANSWERS[expected]
