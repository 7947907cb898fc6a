"""Hostile files: nothing runs, nothing is written, and sizes are known before memory is taken."""

import functools
import gzip
import io
import json
import os
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.brought_data.pictures import png
from core.data import files
from core.data.brought import contents, json_text, table_text
from core.errors import DigitLabError

PICTURE = png(np.eye(28, dtype=np.uint8) * 255)


@contextmanager
def little_memory(most: int = 8_000_000) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True)
def imported() -> None:
    """Import what readers import before memory is measured."""
    for name in ("a.csv", "a.npz"):
        with pytest.raises(DigitLabError):
            files.look([(name, b"PK\x03\x04" if name == "a.npz" else b"1,2\n")])
    with pytest.raises(DigitLabError):
        files.look([("a.csv", (",".join(["1"] * 785) + "\n").encode() * 30)])


def zipped(**entries: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize("name", ["../../out/7/a.png", "/etc/7/a.png", "..\\..\\7\\a.png"])
def test_names_in_an_archive_lead_nowhere(tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    content = zipped(**{name: PICTURE, f"{name}2.png": PICTURE})
    with pytest.raises(DigitLabError):
        files.look([("a.zip", content)])
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("\n".join(",".join(["1"] * 785) for _ in range(40)))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("train.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(secret))
    with pytest.raises(DigitLabError, match="holds no files"):
        files.look([("a.zip", content.getvalue())])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        about = tarfile.TarInfo("train.csv")
        about.type, about.linkname = tarfile.SYMTYPE, str(secret)
        tar.addfile(about)
    with pytest.raises(DigitLabError, match="holds no files"):
        files.look([("a.tar", packed.getvalue())])


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("1,2\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "train.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "around").symlink_to(folder)
    with pytest.raises(DigitLabError, match="holds no files"):
        files.look(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DigitLabError, match="neither a file nor a folder"):
        files.look(tmp_path / "pipe.csv")
    with pytest.raises(DigitLabError, match="holds no files"):
        files.look(tmp_path)


def bomb_gz(size: int) -> bytes:
    return gzip.compress(bytes(size))


BOMBS: dict[str, Callable[[int], bytes]] = {
    "a.csv.gz": lambda size: gzip.compress(b"1" * size),
    "lines.csv.gz": lambda size: gzip.compress(b"1,2\n" * (size // 4)),
    "a.zip": lambda size: zipped(**{"train.csv": b"1" * size}),
    "a.idx.gz": lambda size: gzip.compress(b"\0\0\x08\x03" + b"\0\xff\xff\xff" * 3 + bytes(size)),
    "a.tar.gz": lambda size: tarred("train.csv", bytes(size)),
    "gz in gz": lambda size: gzip.compress(
        gzip.compress(gzip.compress(gzip.compress(bytes(size))))
    ),
}


def tarred(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        about = tarfile.TarInfo(name)
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    return gzip.compress(packed.getvalue())


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_no_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (contents, table_text):
        monkeypatch.setattr(module, "MAX_BYTES", 4_000_000)
    content = BOMBS[name](60_000_000)
    with little_memory(), pytest.raises(DigitLabError):
        files.look([(name, content)])


TABLES = {
    "a.csv": lambda rows: "\n".join(",".join(map(str, row)) for row in rows),
    "a.svm": lambda rows: "".join(
        f"{row[0] % 10} {' '.join(f'{k + 1}:{v}' for k, v in enumerate(row))}\n" for row in rows
    ),
    "a.json": lambda rows: json.dumps(rows.tolist()),
}
PACKED = {
    "{}.gz": lambda name, content: gzip.compress(content),
    "a.zip": lambda name, content: zipped(**{name: content}),
    "a.tar.gz": tarred,
}


@functools.cache
def _packed(name: str, packing: str) -> bytes:
    rows = np.random.default_rng(0).integers(0, 256, (40, 785))
    return PACKED[packing](name, TABLES[name](rows).encode())


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=12)
@example(place=0.5, other=b"\0\1\0" * 9)
@given(place=st.floats(0.1, 0.9), other=st.sampled_from([b"\0\1\0" * 9, b"\xff" * 9, b"digits"]))
def test_a_packed_table_that_is_damaged_is_refused_in_a_sentence(
    name: str, packing: str, place: float, other: bytes
) -> None:
    """One in a .gz or .zip raised what `zlib` and `zipfile` do, as soon as pandas read so far."""
    packed = _packed(name, packing)
    at = int(place * len(packed))
    damaged = packed[:at] + other + packed[at + len(other) :]
    with pytest.raises(DigitLabError, match="download it again"):
        files.look([(packing.format(name), damaged)])


def test_a_million_files_are_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_FILES", 50)
    many = zipped(**{f"{k % 10}/{'x' * 150}{k}.png": b"" for k in range(120)})
    listed = []
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda self: listed.append(self) or [])
    with pytest.raises(DigitLabError, match="more than 50 files"):
        files.look([("a.zip", many)])
    assert listed == []
    for k in range(60):
        (tmp_path / f"{k}.txt").touch()
    with pytest.raises(DigitLabError, match="more than 50 files"):
        files.look(tmp_path)


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_text, "MAX_LINE", 10_000)
    rows = ",".join(["1"] * 785).encode() + b"\n"
    with pytest.raises(DigitLabError, match="has a line of more than"):
        files.look([("a.csv", rows * 30 + b"7" * 100_000)])


def test_a_table_of_too_many_columns_is_refused() -> None:
    row = b",".join([b"1"] * 20_000)
    with little_memory(), pytest.raises(DigitLabError, match="20,000 columns and at most"):
        files.look([("a.csv", row + b"\n" + row)])


def test_a_huge_header_of_an_array_is_refused() -> None:
    header = b"{" + b"'descr': '|u1', " * 100_000 + b"}"
    content = b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header
    with little_memory(20_000_000), pytest.raises(DigitLabError, match="cannot be read"):
        files.look([("a.npz", zipped(**{"x.npy": content}))])


def test_numbers_in_other_files_are_not_read(tmp_path: Path) -> None:
    """HDF5 may point to any file on the disk: by a link, or for a data set's own bytes."""
    h5py = pytest.importorskip("h5py")
    secret = tmp_path / "secret.raw"
    secret.write_bytes(bytes(60 * 784))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["images"] = np.zeros((60, 28, 28), np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (60, 784), "u1", external=[(str(secret), 0, 60 * 784)])
        file["images"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "images")
        file["y"] = np.arange(60) % 10
    with pytest.raises(DigitLabError, match="lacks images"):
        files.look(tmp_path / "a.h5")


def test_a_packed_matlab_file_is_measured_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from scipy.io import savemat

    from core.data.brought import containers

    monkeypatch.setattr(containers, "MAX_BYTES", 1_000_000)
    content = io.BytesIO()
    savemat(content, {"X": np.zeros((3000, 784), np.uint8)}, do_compression=True)
    with pytest.raises(DigitLabError, match="unpacks to more than"):
        files.look([("a.mat", content.getvalue())])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["5 1:3 2:4 999999999999999999999:1"], "not a whole LIBSVM file"),
        (["5 1:3 2:4 2000000000:1"], "unpacks to more than"),
        (["5 1:3 2:4 90000:1"], "at most 12,304|12,304 are read"),
        (["5 1:3 2:4 784:1", "6 7:"], "not a whole LIBSVM file"),
    ],
    ids=["beyond numbers", "too wide", "wide", "torn"],
)
def test_a_sparse_table_is_not_unfolded_before_its_width_is_known(
    lines: list[str], reason: str
) -> None:
    with pytest.raises(DigitLabError, match=reason):
        files.look([("digits.txt", "\n".join(lines).encode() + b"\n")])


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 2_000_000,
        b'{"a":' * 300_000 + b"1" + b"}" * 300_000,
        b'{"images": [[' + b"9" * 100_000 + b"]]}",
        b'{"images": [[1e999, 1]], "labels": [1]}',
        b'{"images": [[' + b"9" * 400 + b"]]}",
        b'[{"image": [1, 2',
        b'{"image": 1]',
        b"[1, 2]]",
        b'["' + b"a" * 100_000,
        b'{"a"}',
        b"{1: 2}",
        b"[NaN]",
        b'{"x": [[null, 1]], "y": ["\\ud800"]}',
    ],
    ids=lambda content: content[:20].decode(),
)
def test_json_that_is_torn_or_nested_or_huge_is_refused(content: bytes) -> None:
    with little_memory(40_000_000), pytest.raises(DigitLabError, match=r"a\.json .*: \w+"):
        files.look([("a.json", content)])


def test_json_of_too_many_parts_is_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_text, "_MOST_PARTS", 1_000)
    monkeypatch.setattr(json_text, "_MOST_WORDS", 1_000)
    monkeypatch.setattr(json_text, "_MOST_NUMBERS", 5_000)
    monkeypatch.setattr(json_text, "_LONGEST", 9_000)
    for content, words in (
        (b"[" + b"[0]," * 2_000 + b"[0]]", "1,000 lists"),
        (b'["' + b'a","' * 2_000 + b'a"]', "1,000 names and words"),
        (b'[{"a": "b"}' + b',{"a": "b"}' * 2_000 + b"]", "1,000"),
        (b"[" + b"0," * 6_000 + b"0]", "5,000 numbers"),
        (b"[" + b"12345678," * 1_500 + b"0]", "a list of more than"),
    ):
        with pytest.raises(DigitLabError, match=words):
            files.look([("a.json", content)])


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    ),
    st.data(),
)
def test_any_json_is_read_or_refused_in_a_sentence(value: object, data: st.DataObject) -> None:
    """Also cut off anywhere."""
    content = json.dumps(value).encode()
    content = content[: data.draw(st.integers(0, len(content)))]
    entry = contents.Entry("a.json", len(content), lambda: io.BytesIO(content))
    with suppress(DigitLabError):
        json_text.arrays(entry, "a.json")
    if json.dumps(value).encode() == content and isinstance(value, list | dict):
        parser = json_text._Parser("a.json")
        with suppress(DigitLabError, OverflowError):
            assert len(list(parser.values(content))) == 1
