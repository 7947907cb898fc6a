"""Zip archives nobody vouches for: what they list is what they declare."""

import io
import zipfile
from pathlib import Path

import pytest

from core.disk import zip_entries

_COMMENT_LENGTH = 32  # its place in an entry of the list, two bytes


def packed(names: list[str], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.comment = comment
        for name in names:
            archive.writestr(name, name)
    return buffer.getvalue()


@pytest.mark.parametrize("entry", range(3))
def test_entries_hidden_by_damage_are_noticed(entry: int) -> None:
    """A longer comment swallows the entries behind it, and `zipfile` says nothing."""
    content = bytearray(packed(["a", "b", "c", "d"]))
    place = content.find(b"PK\x01\x02")
    for _ in range(entry):
        place = content.find(b"PK\x01\x02", place + 1)
    content[place + _COMMENT_LENGTH + 1] = 1  # 256 bytes
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == entry + 1
    with pytest.raises(zipfile.BadZipFile):
        zip_entries.archive(bytes(content))


@pytest.mark.parametrize("comment", [b"", b"of two", b"x" * 65_535])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
def test_whole_archives_are_opened(tmp_path: Path, before: bytes, comment: bytes) -> None:
    content = before + packed(["a", "b"], comment)
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    for source in (content, path, str(path), io.BytesIO(content)):
        with zip_entries.archive(source) as archive:
            assert [zip_entries.read(archive, entry) for entry in archive.infolist()] == [
                b"a",
                b"b",
            ]


@pytest.mark.long
def test_more_entries_than_sixteen_bits_count_are_opened() -> None:
    names = [str(number) for number in range(70_000)]
    large = packed(names)
    assert zip_entries.archive(large).namelist() == names
    # As programs write it that know nothing of larger numbers.
    end = large.rfind(b"PK\x05\x06")
    size = zip_entries.directory_bytes(io.BytesIO(large)).to_bytes(4, "little")
    start = large.find(b"PK\x01\x02").to_bytes(4, "little")
    count = (70_000 % 65_536).to_bytes(2, "little")
    old = large[: large.rfind(b"PK\x06\x06")] + large[end : end + 8] + count * 2 + size + start
    assert zip_entries.archive(old + b"\0\0").namelist() == names
