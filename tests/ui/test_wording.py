"""`ui.wording`: figures in words."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.evaluation.scores import evaluate
from ui import wording


@pytest.mark.parametrize(
    ("share", "words"), [(0.9914, "99.14 %"), (1.0, "100.00 %"), (0.0, "0.00 %")]
)
def test_percent(share, words):
    assert wording.percent(share) == words


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.5, "50.0 % sure"),
        (0.9984, "99.8 % sure"),
        (0.9985, "as good as certain"),
        (1.0, "as good as certain"),
    ],
)
def test_sure(probability, words):
    assert wording.sure(probability) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0.1 kB"),
        (4_080, "4.1 kB"),
        (9_949, "9.9 kB"),
        (112_720, "113 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678, "12 MB"),
        (999_499_999, "999 MB"),
        (2_040_000_000, "2.0 GB"),
    ],
)
def test_size(count, words):
    assert wording.size(count) == words


@pytest.mark.parametrize(
    ("largest", "words"),
    [
        (0.0, "by less than 0.00001"),
        (1e-6, "by less than 0.00001"),
        (3e-5, "by at most 0.00003"),
        (0.0495, "by at most 0.05"),
        (0.253, "by at most 0.25"),
    ],
)
def test_difference(largest, words):
    assert wording.difference(largest) == words


@given(some.floats(0, 1))
def test_nothing_is_certain(probability):
    assert "100" not in wording.sure(probability)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-0.2, "0 s"),
        (0, "0 s"),
        (6.6, "7 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3599.9, "1 h"),
        (7500, "2 h 5 min"),
        (7200, "2 h"),
        (90000, "25 h"),
    ],
)
def test_duration(seconds, words):
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2, "a few seconds"),
        (12, "about 10 s"),
        (58, "about 1 min"),
        (100, "about 2 min"),
        (1000, "about 15 min"),
        (3500, "about 1 h"),
        (8204, "about 2 h 20 min"),
    ],
)
def test_an_estimated_time_is_round(seconds, words):
    assert wording.about(seconds) == words


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=55), "just now"),
        (timedelta(minutes=1, seconds=30), "1 min ago"),
        (timedelta(minutes=59, seconds=30), "59 min ago"),
        (timedelta(hours=1, minutes=30), "1 h ago"),
        (timedelta(hours=23, minutes=30), "23 h ago"),
    ],
)
def test_ago(age, words):
    assert wording.ago(datetime.now(UTC) - age) == words


def test_what_is_older_than_a_day_has_a_date():
    assert wording.ago(datetime(2026, 1, 2, 23, 59, tzinfo=UTC)) == "02 Jan 2026"


def test_a_result_is_said_with_its_interval():
    labels = np.arange(2000) % 10
    answers = labels.copy()
    answers[:100] = (answers[:100] + 1) % 10
    words = wording.result(evaluate(labels, np.eye(10)[answers]))
    assert "**1,900 of 2,000**" in words
    # Wilson's interval of 1900 in 2000, by hand with z = 1.959964: 0.93955 to 0.95873.
    assert "Expect 94.0 to 95.9 %" in words


def test_only_figures_that_are_not_of_mnists_test_set_carry_a_note():
    def card(source, scored_on="test"):
        data = SimpleNamespace(source=source, title="offline sample")
        return SimpleNamespace(data=data, scored_on=scored_on)

    assert wording.data_note(card("mnist")) == ""
    assert wording.data_note(card("sample")) == "Measured on the offline sample, not on MNIST."
    validated = "Measured on validation digits. The test digits were left alone."
    assert wording.data_note(card("mnist", "validation")) == validated
    validated = "Measured on validation digits of the offline sample, not of MNIST. The test digits"
    assert wording.data_note(card("sample", "validation")).startswith(validated)
    assert wording.measured_on("mnist", "test") == "MNIST"
    assert wording.measured_on("mnist", "validation") == "MNIST, validation"


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_parts_are_joined_as_in_a_sentence(parts, sentence):
    assert wording.enumeration(parts) == sentence


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain words", "plain words"),
        ("a [b](c:d) *e* 3.", r"a \[b\]\(c\:d\) \*e\* 3\."),
        ("**b** $x$ :red[x]", r"\*\*b\*\* \$x\$ \:red\[x\]"),
        ("<img src=x> &amp;", r"\<img src\=x\> \&amp\;"),
        ("_so_", r"\_so\_"),
        ("5 – 6 😀", "5 – 6 😀"),  # Markdown would show a backslash before these
    ],
)
def test_words_from_elsewhere_are_no_markdown(words, shown):
    assert wording.verbatim(words) == shown


def test_what_is_right_is_blue_and_what_is_wrong_orange():
    assert wording.judged("**3**", True) == ":blue[**3**]"
    assert wording.judged("**3**", False) == ":orange[**3**]"
    assert wording.judged("**3**", True, in_words=True) == ":blue[**3**, right]"
    assert wording.judged("**3**", False, in_words=True) == ":orange[**3**, wrong]"
