"""`core.runs.notes`: what people say of a run, whatever is in the file."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import notes, removal, store
from core.runs.notes import Notes
from tests.together import meet_after, together


def test_nothing_is_said_at_first(run):
    assert notes.read(run.folder) == Notes()


def test_what_is_said_is_kept_and_the_rest_stays(run):
    notes.change(run.id, name="  Our\n first ", tags=["b", " a  c ", "b", " "])
    notes.change(run.id, favourite=True)
    said = notes.read(run.folder)
    assert (said.name, said.tags, said.favourite) == ("Our first", ("a c", "b"), True)


def test_of_two_changes_at_once_neither_is_lost(run, monkeypatch):
    """A favourite was none any more when somebody else had given it tags in that moment."""
    meet_after(monkeypatch, notes, "read")
    together(
        lambda: notes.change(run.id, favourite=True),
        lambda: notes.change(run.id, tags=["a"]),
    )
    assert notes.read(run.folder) == Notes(favourite=True, tags=("a",))


def test_a_run_that_is_deleted_meanwhile_does_not_come_back(run, monkeypatch):
    read = notes.read

    def read_and_delete(folder):
        said = read(folder)
        removal.destroy(folder)
        return said

    monkeypatch.setattr(notes, "read", read_and_delete)
    with pytest.raises(DigitLabError, match="The change cannot be kept in"):
        notes.change(run.id, favourite=True)
    assert store.run_ids() == []
    assert not run.folder.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "x" * 61}, "60 characters"),
        ({"note": "x" * 4001}, "4,000 characters"),
        ({"tags": ["x" * 25]}, "24 characters"),
        ({"tags": ["a,b"]}, "without commas"),
        ({"tags": [str(n) for n in range(13)]}, "12 tags"),
    ],
)
def test_too_much_is_refused_and_changes_nothing(run, changes, words):
    notes.change(run.id, name="before")
    with pytest.raises(DigitLabError, match=words):
        notes.change(run.id, **changes)
    assert notes.read(run.folder) == Notes(name="before")


@pytest.mark.parametrize("changes", [{"name": "\udcff"}, {"note": "\udcff"}, {"tags": ["\udcff"]}])
def test_what_is_no_text_is_not_called_too_long(run, changes):
    """Of a single byte that is no UTF-8 it said: at most 60 characters."""
    with pytest.raises(DigitLabError, match="cannot be kept as text") as refused:
        notes.change(run.id, **changes)
    assert "at most" not in str(refused.value)


def test_a_run_that_is_gone_is_a_sentence(home):
    with pytest.raises(DigitLabError, match="no run"):
        notes.change("nothing", name="x")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"name": 3}',
        b'{"name": "' + b"x" * 100 + b'"}',
        b'{"tags": "abc"}',
        b'{"tags": ["' + b"x" * 30 + b'"]}',
        b" " * 70_000 + b"{}",
        b"[" * 20_000,
    ],
)
def test_a_damaged_file_reads_as_empty(run, content):
    (run.folder / notes.FILE).write_bytes(content)
    assert notes.read(run.folder) == Notes()
    notes.change(run.id, name="again")
    assert notes.read(run.folder).name == "again"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary()
    | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_whatever_is_in_the_file_reading_never_fails(run, content):
    (run.folder / notes.FILE).write_bytes(content)
    assert isinstance(notes.read(run.folder), Notes)


def test_a_fine_tuned_run_is_called_what_it_is(home):
    """It read "flagship, running", as if somebody trained the flagship."""
    config = RECIPES["flagship"].config.model_copy(
        update={"start_from": "flagship", "own_digits": 30}
    )
    run = store.create(config)
    assert notes.title(run) == "flagship, fine-tuned on your digits"
    notes.change(run.id, name="Mine")
    assert notes.title(run) == "Mine"
