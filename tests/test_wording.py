"""`core.wording`: digits and counts in words."""

import pytest

from core import wording


@pytest.mark.parametrize(
    ("digit", "words"), [(0, "a 0"), (1, "a 1"), (7, "a 7"), (8, "an 8"), (9, "a 9")]
)
def test_a_digit_has_its_article(digit, words):
    """Home said "A 8, read as 9"."""
    assert wording.a_digit(digit) == words


def test_an_article_begins_a_sentence_and_a_digit_can_be_bold():
    assert wording.a_digit(8).capitalize() == "An 8"
    assert wording.a_digit(8, "**") == "an **8**"


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 digits"), (1, "1 digit"), (2, "2 digits"), (1797, "1,797 digits")]
)
def test_one_is_singular(n, words):
    assert wording.counted(n, "digit") == words


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "0 runs are"), (1, "1 run is"), (2, "2 runs are"), (1797, "1,797 runs are")],
)
def test_a_count_has_its_verb(n, words):
    assert wording.counted_are(n, "run") == words
