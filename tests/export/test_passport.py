"""`core.export.passport`: a run arrives elsewhere as it was, and nothing wrong arrives."""

import io
import json
import os
import stat
import threading
import tracemalloc
import zipfile
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import registry
from core.data import load_test
from core.errors import DigitLabError
from core.export import passport, passport_check
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, removal, store
from core.runs.contract import State, Status
from core.runs.curves import Curves, MetricsWriter
from tests.models import make_model, write_keras

CONFIG = RECIPES["sprint"].config.model_copy(update={"data": "sample"})


def make_run(seed=0):
    run = store.create(CONFIG)
    make_model(run.folder, run=run.id)
    writer = MetricsWriter(run.folder / contract.METRICS)
    writer.append({"kind": "batch", "step": 1, "loss": 2.0, "accuracy": 0.5})
    epoch = {"epoch": 1, "loss": 1.0, "accuracy": 0.6, "val_loss": 1.1, "val_accuracy": 0.7}
    writer.append({"kind": "epoch", "step": 2, **epoch})
    writer.close()
    store.write_status(run.folder, Status(state=State.FINISHED, accuracy=0.8))
    notes.change(run.id, name="Mine", tags=["b", "a"], note="<b>hm</b>", group="g")
    return run


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Return a run's id, its passport and its folder, in a home of its own."""
    home = tmp_path_factory.mktemp("elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGIT_LAB_HOME", str(home))
        run = make_run()
        yield run, passport.pack(run.id)


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts, attributes=0):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = attributes << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


def changed(content, part, /, **fields):
    parts = parts_of(content)
    parts[part] = json.dumps({**json.loads(parts[part]), **fields}).encode()
    return zipped(parts)


def refused(content, *words):
    with pytest.raises(DigitLabError) as caught:
        passport.unpack(content, "x.zip")
    sentence = str(caught.value)
    assert "x.zip" in sentence
    for word in words:
        assert word in sentence
    assert nothing_left()


def nothing_left():
    folder = store.paths.runs_folder()
    return not folder.exists() or {path.suffix for path in folder.iterdir()} <= {".lock"}


def test_a_run_arrives_as_it_was(packed, home):
    run, content = packed
    found = passport.unpack(content, "x.zip")
    assert (found.id, found.state, found.config) == (run.id, State.FINISHED, CONFIG)
    model = registry.of_run(found)
    assert model.card.test.n == len(load_test("sample").y)
    np.testing.assert_array_equal(model.predictions()[0], load_test("sample").y)
    assert found.status.accuracy == model.card.test.accuracy
    assert [r["val_loss"] for r in Curves(found.folder / contract.METRICS).refresh().epochs] == [
        1.1
    ]
    said = notes.read(found.folder)
    assert (said.name, said.tags, said.note) == ("Mine", ("a", "b"), "<b>hm</b>")
    assert said.imported
    assert said.group == ""
    assert (
        parts_of(passport.pack(found.id))[contract.METRICS] == parts_of(content)[contract.METRICS]
    )


def test_a_run_that_is_here_already_is_not_imported_twice(packed, home):
    passport.unpack(packed[1], "x.zip")
    with pytest.raises(DigitLabError, match="already exists"):
        passport.unpack(packed[1], "x.zip")
    assert len(list(store.paths.runs_folder().iterdir())) == 1


def test_imported_runs_have_a_most(packed, home, monkeypatch):
    monkeypatch.setattr(passport, "MOST", 1)
    passport.unpack(packed[1], "x.zip")
    assert passport.imported() == 1
    removal.remove(packed[0].id)
    passport.unpack(packed[1], "x.zip")
    monkeypatch.setattr(passport, "MOST", 0)
    with pytest.raises(DigitLabError, match="imported runs are kept already"):
        passport.unpack(packed[1], "x.zip")


def test_nobodys_paths_travel(home):
    run = make_run()
    path = run.folder / contract.CARD
    card = json.loads(path.read_text())
    card["config"]["data"] = card["data"]["source"] = "/home/somebody/secret/My-Digits.npz"
    path.write_text(json.dumps(card))
    content = passport.pack(run.id)
    assert all(b"somebody" not in part for part in parts_of(content).values())
    removal.remove(run.id)
    assert passport.unpack(content, "x.zip").config.data == "My-Digits"


def test_the_model_in_a_passport_is_bounded_before_it_is_loaded(packed, home, tmp_path):
    """An archive in the archive was trusted: 780 kB became 5.5 GB when it was exported."""
    inner = tmp_path / "model.keras"
    write_keras(inner, [{"class_name": "Dense", "config": {"units": 1_000_000}}])
    parts = parts_of(packed[1]) | {contract.KERAS_MODEL: inner.read_bytes()}
    refused(zipped(parts), "in its model.keras", "1,000,000 units")
    refused(zipped(parts | {contract.KERAS_MODEL: b"no archive"}), "in its model.keras", "damaged")


@pytest.mark.parametrize(
    "stem",
    [
        "digits (2)",
        "my+digits",
        "a&b",
        "Ziffern, blau",
        "-x",
        "x" * 101,
        "a:b",
        "two\nlines",
        "~somebody",
        "..",
        "![x](y)<b>",
    ],
)
def test_whatever_a_file_is_called_its_run_arrives(home, stem):
    """What export had written was refused by import."""
    run = make_run()
    for name, where in (
        (contract.CONFIG, []),
        (contract.CARD, ["config"]),
        (contract.CARD, ["data"]),
    ):
        path = run.folder / name
        content = part = json.loads(path.read_text())
        for key in where:
            part = part[key]
        part["source" if where == ["data"] else "data"] = f"/home/u/{stem}.npz"
        path.write_text(json.dumps(content))
    content = passport.pack(run.id)
    removal.remove(run.id)
    arrived = passport.unpack(content, "x.zip").config.data
    assert not set(arrived) & set("/\\:~\n[]<>")
    assert 0 < len(arrived) <= 100
    assert arrived.strip(".")


def test_a_file_dated_before_1980_is_packed(home):
    run = make_run()
    os.utime(run.folder / contract.METRICS, (0, 0))
    content = passport.pack(run.id)
    removal.remove(run.id)
    assert passport.unpack(content, "x.zip").id == run.id


def test_a_run_without_a_model_has_no_passport(home):
    with pytest.raises(DigitLabError, match="has no model"):
        passport.pack(store.create(CONFIG).id)


def test_a_run_whose_files_were_taken_away_has_no_passport(home):
    run = make_run()
    assert passport.missing_files(run) == []
    (run.folder / contract.KERAS_MODEL).unlink()
    with pytest.raises(DigitLabError, match=contract.KERAS_MODEL):
        passport.pack(run.id)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/etc/passwd",
        "a/b",
        "C:\\x",
        "config.json/",
        "checkpoint/x",
        "CON",
        "x" * 999,
    ],
)
def test_other_files_are_refused(packed, home, name):
    refused(zipped({**parts_of(packed[1]), name: b""}), "does not belong")


@pytest.mark.parametrize("name", sorted(passport_check.NEEDED))
def test_every_part_is_needed(packed, home, name):
    parts = parts_of(packed[1])
    del parts[name]
    refused(zipped(parts), name, "missing")


def test_a_part_that_stands_twice_is_refused(packed, home):
    file = io.BytesIO(packed[1])
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(contract.CONFIG, b"{}")
    refused(file.getvalue(), "twice")


def test_links_are_refused(packed, home):
    refused(zipped(parts_of(packed[1]), attributes=stat.S_IFLNK | 0o777), "link")


def test_a_bomb_is_refused_before_it_is_unpacked(packed, home, monkeypatch):
    def unpack(*_):
        raise AssertionError("it was unpacked")

    bomb = zipped({**parts_of(packed[1]), contract.METRICS: b" " * 11_000_000})
    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    refused(bomb, contract.METRICS, "too large")


def test_a_part_unpacks_to_no_more_than_it_declares(packed, home):
    """A part that declared 48 bytes took 1.8 GB."""
    parts, file = parts_of(packed[1]), io.BytesIO()
    few = parts[contract.METRICS][:20]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts.keys() - {contract.METRICS}:
            archive.writestr(name, parts[name])
        archive.writestr(contract.METRICS, few + b" " * 50_000_000)
        entry = archive.getinfo(contract.METRICS)
        entry.file_size, entry.CRC = len(few), zlib.crc32(few)
    tracemalloc.start()
    try:
        refused(file.getvalue(), contract.METRICS)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"x" * 100])
def test_what_is_no_passport_is_refused(home, content):
    refused(content)


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("passport.json", {"version": 2}, "another version"),
        ("passport.json", {"run": "../../x"}, "name"),
        ("passport.json", {"run": "20269999-000000-000-x"}, "name"),
        ("config.json", {"epochs": 10**9}, "epochs"),
        ("config.json", {"seed": 5}, "another run"),
        ("card.json", {"run": "20260101-000000-000-x"}, "another run"),
        ("card.json", {"parameters": 10**30}, "figures"),
        ("notes.json", {"name": "x" * 61}, "notes.json"),
    ],
)
def test_parts_that_do_not_fit_are_refused(packed, home, name, fields, words):
    refused(changed(packed[1], name, **fields), words)


def test_a_better_result_than_its_answers_is_refused(packed, home):
    card = json.loads(parts_of(packed[1])[contract.CARD])
    claimed = {**card["test"], "accuracy": 0.999}
    refused(changed(packed[1], contract.CARD, test=claimed), "another result")


def test_scores_are_those_of_its_answers(packed, home):
    """Only how many are right was counted again: another recall was believed."""
    test = json.loads(parts_of(packed[1])[contract.CARD])["test"]
    odd = {**test["classes"][0], "recall": 0.123}
    claimed = {**test, "loss": -5, "classes": [odd] * 10, "confusion": [[1] * 10] * 10}
    found = passport.unpack(changed(packed[1], contract.CARD, test=claimed), "x.zip")
    assert registry.of_run(found).card.test == registry.of_run(packed[0]).card.test


@pytest.mark.parametrize(
    "odd", [{"parameters": -1}, {"training": {"epochs_done": -1}}, {"export": {"onnx_bytes": -1}}]
)
def test_fewer_than_none_of_anything_is_refused(packed, home, odd):
    card = json.loads(parts_of(packed[1])[contract.CARD])
    fields = {
        name: {**card[name], **value} if isinstance(value, dict) else value
        for name, value in odd.items()
    }
    refused(changed(packed[1], contract.CARD, **fields), "impossible figures")


@pytest.mark.parametrize(
    "source", ["//server/share", "C:\\x", "..", "~root", "a\nb", "x" * 101, " ", "![x](y)"]
)
def test_data_elsewhere_on_this_machine_are_refused(packed, home, source):
    parts = parts_of(packed[1])
    for name, place in ((contract.CONFIG, ()), (contract.CARD, ("config",))):
        value = json.loads(parts[name])
        part = value[place[0]] if place else value
        part["data"] = source
        if place:
            value["data"]["source"] = source
        parts[name] = json.dumps(value).encode()
    refused(zipped(parts), "data set has an invalid name")


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'{"kind": "batch", "step": 1}',
        b'{"kind": "epoch", "step": 1, "epoch": 1, "loss": 1, "accuracy": 1, "val_loss": "x"}',
        b'{"kind": "batch", "step": 1.5, "loss": 1, "accuracy": 1}',
        b'{"kind": "batch", "step": 1' + b"0" * 4000 + b', "loss": 1, "accuracy": 1}',
        b'{"kind": ["batch"], "step": 1}',
        b"[" * 5000,
    ],
)
def test_damaged_curves_are_refused(packed, home, line):
    refused(zipped({**parts_of(packed[1]), contract.METRICS: line}), contract.METRICS)


def test_a_pickle_is_never_read(packed, home):
    file = io.BytesIO()
    np.savez(file, labels=np.array([{}], object), probabilities=np.zeros((1, 10)))
    refused(zipped({**parts_of(packed[1]), contract.PREDICTIONS: file.getvalue()}), "only numbers")


def test_a_network_that_is_none_is_refused(packed, home):
    refused(zipped({**parts_of(packed[1]), contract.ONNX_MODEL: b"nonsense"}), "network is damaged")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_passport_is_refused_or_whole(packed, home, data):
    content = bytearray(packed[1])
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        # Where the parts' names and sizes stand is hit as often as all the rest.
        end = len(content)
        place = data.draw(st.integers(0, end - 1) | st.integers(end - 900, end - 1))
        content[place] = data.draw(st.integers(0, 255))
    with suppress(DigitLabError):
        removal.remove(passport.unpack(bytes(content), "x.zip").id)
    assert nothing_left()


def test_of_two_who_import_a_run_at_once_one_succeeds(home, packed, monkeypatch):
    run, content = packed
    refusals = []

    def import_it():
        try:
            passport.unpack(content, "second.zip")
        except DigitLabError as fault:
            refusals.append(str(fault))

    def meanwhile(path):
        monkeypatch.setattr(passport, "Predictor", lambda path: None)
        second = threading.Thread(target=import_it)
        second.start()
        second.join()

    monkeypatch.setattr(passport, "Predictor", meanwhile)
    with suppress(DigitLabError):
        passport.unpack(content, "first.zip")
    assert refusals == []
    assert store.run_ids() == [run.id]
    assert store.read(run.id).has_model
