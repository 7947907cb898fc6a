"""`core.disk.refusals`: what a refusal asks for is what helps against its cause."""

import errno
import os

import pytest

from core.disk import refusals
from core.disk.atomic import keeping, write_record
from core.errors import DigitLabError

ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
OTHERS = [
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR,
    errno.EISDIR, errno.ENOENT, errno.EIO, errno.ETIMEDOUT, errno.ENAMETOOLONG, errno.ELOOP, None,
]  # fmt: skip


def sentence(number, folder):
    words = (number, os.strerror(number)) if number else ("odd",)
    with pytest.raises(DigitLabError) as caught, keeping("The run", folder):
        raise OSError(*words)
    return str(caught.value)


@pytest.mark.parametrize("number", ROOM)
def test_only_a_full_disk_asks_for_room(number, tmp_path):
    assert "make room" in sentence(number, tmp_path)
    assert refusals.is_full(OSError(number, ""))


def test_a_sentence_about_a_full_disk_is_known_for_one(tmp_path):
    def writes(number):
        with pytest.raises(DigitLabError) as caught, keeping("The run", tmp_path):
            raise OSError(number, os.strerror(number))
        return caught.value

    assert refusals.is_full(writes(errno.ENOSPC))
    assert not refusals.is_full(writes(errno.EACCES))
    assert not refusals.is_full(DigitLabError("The disk is full, says somebody."))


@pytest.mark.parametrize("number", OTHERS)
def test_nothing_else_asks_for_room(number, tmp_path):
    """It was "Directory not empty: make room there", and so for a disk that is read-only."""
    said = sentence(number, tmp_path)
    assert "room" not in said
    assert said.endswith(".")
    assert not refusals.is_full(OSError(number, ""))


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "notes.json").mkdir()
    with pytest.raises(DigitLabError, match="move away what has its name"):
        write_record(tmp_path / "notes.json", "{}", "The note")


def test_a_folder_that_is_gone_was_deleted_meanwhile(tmp_path):
    with pytest.raises(DigitLabError, match="deleted or moved meanwhile"):
        write_record(tmp_path / "gone" / "notes.json", "{}", "The note", make=False)
