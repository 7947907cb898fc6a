"""`core.people.label_decisions`: decisions are kept, taken back, and never lost to damage."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import paths
from core.errors import DigitLabError
from core.people import label_decisions

DIGEST = "ab" * 32


@pytest.fixture
def file(home):
    return home / "verdicts" / f"{DIGEST}.json"


def test_what_is_decided_is_kept_and_can_be_taken_back(file):
    assert label_decisions.read(DIGEST) == {}
    label_decisions.record(DIGEST, 947, 8, 9, "other")
    label_decisions.record(DIGEST, 3, 1, 7, "neither")
    found = label_decisions.read(DIGEST)
    assert [(i, one.says, one.label, one.other) for i, one in found.items()] == [
        (947, "other", 8, 9),
        (3, "neither", 1, 7),
    ]
    label_decisions.record(DIGEST, 947, 8, 9, "right")
    assert label_decisions.read(DIGEST)[947].says == "right"
    label_decisions.record(DIGEST, 947, 8, 9, None)
    label_decisions.record(DIGEST, 947, 8, 9, None)
    assert list(label_decisions.read(DIGEST)) == [3]
    assert label_decisions.read("cd" * 32) == {}


def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(file):
    file.parent.mkdir()
    file.write_bytes(b'{"947": {"says"')
    for attempt in (
        lambda: label_decisions.read(DIGEST),
        lambda: label_decisions.record(DIGEST, 1, 2, 3, "right"),
    ):
        with pytest.raises(DigitLabError, match=r"damaged.*move it away"):
            attempt()
    assert file.read_bytes() == b'{"947": {"says"'
    assert not list(file.parent.glob(".*.json"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"says": "maybe"},
        {"label": 10},
        {"other": -1},
        {"when": "yesterday"},
        {"when": "2026-01-01T00:00:00"},
    ],
)
def test_a_decision_that_is_none_is_damage(file, wrong):
    label_decisions.record(DIGEST, 5, 2, 3, "right")
    content = json.loads(file.read_text())
    content["5"] |= wrong
    file.write_text(json.dumps(content))
    with pytest.raises(DigitLabError, match="damaged"):
        label_decisions.read(DIGEST)


@given(st.binary(max_size=200) | st.from_regex(r'\{"-?[0-9]{1,12}":\{.{0,40}\}\}').map(str.encode))
def test_whatever_a_file_holds_is_decisions_or_one_sentence(content):
    with contextlib.suppress(DigitLabError):
        assert label_decisions.parse(content, paths.PROJECT) is not None


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_a_digest_names_no_path(home, digest):
    with pytest.raises(DigitLabError, match="SHA-256"):
        label_decisions.record(digest, 1, 2, 3, "right")
    assert not list(home.rglob("*.json"))


def test_a_folder_that_cannot_be_written_is_one_sentence(home):
    (home / "verdicts").write_text("a file in its place")
    with pytest.raises(DigitLabError, match="The decision cannot be kept in"):
        label_decisions.record(DIGEST, 1, 2, 3, "right")


def test_the_table_says_what_each_is_held_for(file):
    label_decisions.record(DIGEST, 9, 1, 7, "other")
    label_decisions.record(DIGEST, 4, 5, 3, "neither")
    label_decisions.record(DIGEST, 6, 2, 0, "right")
    rows = label_decisions.table(label_decisions.read(DIGEST))
    assert rows.to_csv(index=False).splitlines()[0] == "index,label,verdict,digit,when"
    assert rows["index"].tolist() == [9, 4, 6]
    assert rows["digit"].fillna(-1).tolist() == [7, -1, 2]
    assert label_decisions.table({}).empty


def test_accuracy_if_the_decisions_stood(file):
    """Five images; 0, 1 and 2 are read wrong by their labels, 3 and 4 right."""
    labels, answers = np.array([1, 2, 3, 4, 5]), np.array([7, 7, 7, 4, 5])
    label_decisions.record(DIGEST, 0, 1, 7, "other")  # the model was right after all
    label_decisions.record(DIGEST, 1, 2, 7, "neither")  # counts for nobody
    label_decisions.record(DIGEST, 3, 4, 9, "other")  # the model only agreed with a wrong label
    label_decisions.record(DIGEST, 99, 4, 9, "other")  # no such image
    assert label_decisions.accuracy(labels, answers, label_decisions.read(DIGEST)) == (2, 4)
    assert labels.tolist() == [1, 2, 3, 4, 5]
