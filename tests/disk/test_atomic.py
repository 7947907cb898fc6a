"""`core.disk.atomic`: a file or folder is there whole, or as it was."""

import errno
import os
import re
import stat
import threading
from contextlib import suppress

import pytest
from filelock import FileLock

from core.disk import atomic
from core.disk.atomic import appearing, as_json, keeping, locked, replace, replacing, write_record
from core.errors import DigitLabError
from core.paths import PROJECT
from tests.together import together


@pytest.fixture
def busy(monkeypatch):
    """Refuse to move anything a few times, as Windows does while a file inside is open."""
    left = [3]
    move = os.replace

    def refuse_first(source, target):
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "in use")
        move(source, target)

    monkeypatch.setattr(atomic, "_REPLACE_PAUSE_S", 0)
    monkeypatch.setattr(atomic.os, "replace", refuse_first)
    return left


def test_the_new_content_replaces_the_old(tmp_path):
    path = tmp_path / "a.json"
    write_record(path, as_json({"x": 1}), "The record")
    write_record(path, as_json({"x": 2}), "The record")
    assert path.read_text() == '{\n "x": 2\n}'
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def break_off():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_name_keeps_the_suffix(tmp_path):
    with replacing(tmp_path / "model.keras") as temporary:
        assert temporary.suffix == ".keras"
        temporary.touch()


def test_a_folder_appears_with_all_that_is_in_it(tmp_path):
    with appearing(tmp_path / "model") as arriving:
        (arriving / "a.txt").write_text("whole")
        assert not (tmp_path / "model").exists()
    assert (tmp_path / "model" / "a.txt").read_text() == "whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]


def test_a_folder_that_could_not_be_filled_leaves_nothing(tmp_path):
    def break_off():
        with appearing(tmp_path / "model") as arriving:
            (arriving / "a.txt").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_one_sentence_with_the_reason(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(DigitLabError, match=r"The digit cannot be kept in '.*file' \(File exists\)"),
        keeping("The digit", tmp_path / "file"),
    ):
        pytest.fail("there is no folder to write in")


@pytest.mark.parametrize(
    ("fault", "why", "advice"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device", "make room"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied", "allow yourself"),
    ],
)
def test_a_record_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch, fault, why, advice):
    path = tmp_path / "a.json"
    write_record(path, "old", "The record")

    def fail(*_):
        raise fault

    monkeypatch.setattr(atomic.os, "fsync", fail)
    said = rf"The record cannot be kept in '.*' \({why}\): {advice}"
    with pytest.raises(DigitLabError, match=said):
        write_record(path, "new", "The record")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_in_a_folder_that_is_gone_does_not_bring_it_back(tmp_path):
    with pytest.raises(DigitLabError, match="The record cannot be kept"):
        write_record(tmp_path / "run" / "a.json", "1", "The record", make=False)
    assert not (tmp_path / "run").exists()


def test_text_is_written_as_utf_8_and_with_its_line_ends(tmp_path):
    write_record(tmp_path / "a", "été\n", "The record")
    assert (tmp_path / "a").read_bytes() == "été\n".encode()


@pytest.fixture
def steps(monkeypatch):
    """Note in which order files are flushed and moved."""
    done = []
    flush, move = os.fsync, os.replace

    def fsync(descriptor):
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        flush(descriptor)

    def replace(source, target):
        done.append("move")
        move(source, target)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    monkeypatch.setattr(atomic.os, "replace", replace)
    return done


def test_content_reaches_the_disk_before_its_name_does(tmp_path, steps):
    """After a power cut a run's card could be there and empty."""
    write_record(tmp_path / "a", "1", "The record")
    assert steps[:2] == ["file", "move"]
    steps.clear()
    with appearing(tmp_path / "model") as arriving:
        (arriving / "a").write_text("1")
        (arriving / "b").write_text("2")
    flushed = steps[: steps.index("move")]
    assert flushed.count("file") == 2
    assert flushed.count("folder") == (0 if os.name == "nt" else 1)  # the names in it


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to flush a folder")
def test_the_name_reaches_the_disk_too(tmp_path, steps):
    write_record(tmp_path / "a", "1", "The record")
    assert steps == ["file", "move", "folder"]


def test_what_is_written_every_second_waits_for_no_disk(tmp_path, steps):
    write_record(tmp_path / "a", "1", "The record", durable=False)
    assert steps == ["move"]


def test_small_records_are_written_in_one_way():
    """There were 24 hand-made ways, each with a sentence of its own."""
    by_hand = [
        source.name
        for source in (PROJECT / "core").rglob("*.py")
        if re.search(r"temporary\.write_(text|bytes)", source.read_text(encoding="utf-8"))
    ]
    assert sorted(by_hand) == ["atomic.py", "output.py"]  # the latter where a person says


def test_a_file_that_is_just_being_read_is_replaced_a_moment_later(tmp_path, busy):
    write_record(tmp_path / "a.json", as_json(1), "The record")
    assert (tmp_path / "a.json").read_text() == "1"
    assert busy == [0]


def test_a_folder_of_which_a_file_is_just_being_read_appears_a_moment_later(tmp_path, busy):
    """Only files were tried again: on Windows an open file holds its folder, too."""
    with appearing(tmp_path / "model") as arriving:
        (arriving / "a.txt").write_text("whole")
    assert (tmp_path / "model" / "a.txt").read_text() == "whole"
    assert busy == [0]


def test_what_stays_in_use_is_an_error_in_the_end(tmp_path, busy):
    (tmp_path / "a").mkdir()
    busy[0] = 10_000
    with pytest.raises(PermissionError, match="in use"):
        replace(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").is_dir()


def test_one_at_a_time_is_let_in(tmp_path):
    both_inside = threading.Barrier(2)

    def enter():
        with locked(tmp_path / ".lock"), suppress(threading.BrokenBarrierError):
            both_inside.wait(0.3)

    together(enter, enter)
    assert both_inside.broken


def test_a_lock_that_is_held_for_long_is_told_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_LOCK_WAIT_S", 0)
    path = tmp_path / ".lock"
    with (
        FileLock(path),
        pytest.raises(DigitLabError, match=r"The digit cannot be kept .*another program holds it"),
        keeping("The digit", tmp_path),
        locked(path),
    ):
        pytest.fail("somebody else holds the lock")
    with locked(path):
        pass  # it is free again
