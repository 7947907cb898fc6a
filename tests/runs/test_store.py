"""`core.runs.store`: runs are created, listed and read, however foreign or damaged."""

import json
import os

import pytest

from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import contract, store
from core.runs.contract import State, Status
from tests.models import make_model

CONFIG = RECIPES["sprint"].config


def test_runs_are_listed_newest_first(home):
    ids = [store.create(CONFIG).id for _ in range(5)]
    assert [run.id for run in store.list_runs()] == ids[::-1]


def test_without_a_folder_there_are_no_runs(home):
    assert store.list_runs() == []


def test_a_run_that_starts_again_has_no_card_of_the_model_to_be_replaced(run):
    make_model(run.folder, run=run.id)
    store.write_status(run.folder, Status(state=State.FAILED, reason="The disk is full"))
    store.start_again(run.folder)
    assert not store.read(run.id).has_model


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"epochs": 3}', b'{"layers": 3}', b"[" * 9999],
)
def test_a_folder_without_a_readable_configuration_breaks_nothing(run, content):
    path = run.folder / contract.CONFIG
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    good = store.create(CONFIG)
    assert [found.state for found in store.list_runs()] == [State.STARTING, State.MALFORMED]
    assert store.list_runs()[0].id == good.id
    assert contract.CONFIG in store.read(run.id).reason


def test_foreign_names_are_listed_and_have_no_date(home, run):
    """Digits that are no date stopped the whole list."""
    (run.folder.parent / "my notes").mkdir()
    (run.folder.parent / "20269999-000000-000-sprint").mkdir()
    assert {found.created is None for found in store.list_runs()} == {True, False}


@pytest.mark.parametrize("name", ["", ".", "..", "../models", "nothing", "a/b", "/etc", "x" * 5000])
def test_only_the_name_of_a_run_is_a_run(home, run, name):
    with pytest.raises(DigitLabError, match="There is no run"):
        store.read(name)


def test_a_folder_that_cannot_be_written_is_a_sentence(home):
    (home / "runs").write_text("a file where the folder should be")
    with pytest.raises(DigitLabError, match="DIGIT_LAB_HOME"):
        store.create(CONFIG)


def test_the_configuration_on_disk_is_plain_json(run):
    assert json.loads((run.folder / contract.CONFIG).read_text())["recipe"] == "sprint"


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
@pytest.mark.timeout(10)
def test_a_link_to_a_disk_that_is_not_there_is_said(home):
    (home / "runs").symlink_to(home / "unplugged")
    with pytest.raises(DigitLabError, match="The run cannot be kept in"):
        store.create(CONFIG)


def test_one_run_is_read_without_a_look_at_the_others(run, monkeypatch):
    """The whole folder was listed to check a name, once a second while a run was watched."""

    def listed(*_):
        raise AssertionError("the folder of runs was listed")

    monkeypatch.setattr(os, "scandir", listed)
    monkeypatch.setattr(os, "listdir", listed)
    assert store.read(run.id).id == run.id
    with pytest.raises(DigitLabError, match="There is no run"):
        store.read("20200101-000000-000-sprint")


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "nobody", "a\0b", "x" * 5000])
def test_a_name_that_is_no_runs_leads_nowhere(run, name):
    with pytest.raises(DigitLabError, match="There is no run"):
        store.read(name)


def test_a_folder_made_by_hand_is_found_by_its_name(run):
    run.folder.with_name("By hand").mkdir()
    assert store.read("By hand").state is State.MALFORMED
