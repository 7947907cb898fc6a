"""`read`: pictures, numbers and whatever else is given."""

import json
import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from core import paths
from tests.cli.calls import Outcome, in_a_process


def test_pictures_are_read_one_after_the_other(core, linear, tmp_path, digits):
    files = []
    for digit, picture in enumerate(digits):
        files.append(tmp_path / f"{digit}.png")
        Image.fromarray(picture).save(files[-1])
    readings = core("read", *files, "--json").json
    assert [reading["file"] for reading in readings] == [str(file) for file in files]
    right = 0
    for expected, reading in enumerate(readings):
        (digit,) = reading["digits"]
        assert digit["digit"] == np.argmax(digit["probabilities"])
        assert len(digit["probabilities"]) == 10
        assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-3)
        assert reading["text"] == str(digit["digit"])
        left, top, right_side, bottom = digit["box"]
        assert 20 <= left < right_side <= 132
        assert 20 <= top < bottom <= 132
        right += digit["digit"] == expected
    assert right >= 8
    assert core("read", files[0]).out == f"{files[0]}: 0 ({readings[0]['verdict']})\n"


def test_a_number_is_read_and_what_is_no_digit_is_said(core, linear, tmp_path, digits):
    number = np.concatenate([digits[3], digits[0], digits[1]], axis=1)
    Image.fromarray(number).save(tmp_path / "number.png")
    y, x = np.mgrid[:200, :200] - 100
    cross = 255 * ((abs(x) < 12) | (abs(y) < 12) | (abs(x - y) < 17) | (abs(x + y) < 17))
    Image.fromarray(cross.astype(np.uint8)).save(tmp_path / "cross.png")
    files = (tmp_path / "number.png", tmp_path / "cross.png")
    found, refused = core("read", "--model", linear, *files, "--json").json
    assert found["text"] == "".join(str(digit["digit"]) for digit in found["digits"])
    assert [digit["box"][0] // 152 for digit in found["digits"]] == [0, 1, 2]
    for digit in found["digits"]:
        assert len(digit["candidates"]) == {"digit": 1, "unsure": 2}[digit["verdict"]]
    (digit,) = refused["digits"]
    assert (refused["text"], refused["verdict"], digit["candidates"]) == ("?", "not-a-digit", [])
    lines = core("read", "--model", linear, *files).out.splitlines()
    nearest = f"{files[1]}: ? (not-a-digit, nearest is {digit['digit']})"
    assert lines == [f"{files[0]}: {found['text']} ({found['verdict']})", nearest]


@pytest.mark.parametrize("channels", [0, 3, 4])
def test_canvases_in_an_npz_are_read(core, linear, tmp_path, digits, channels):
    blank = np.zeros_like(digits[:1])
    grey = np.concatenate([digits[:2], blank])
    canvases = np.array([grey] * channels).transpose(1, 2, 3, 0) if channels else grey
    if channels == 4:
        canvases[..., 3] = 255
    file = tmp_path / "canvases.NPZ"
    with file.open("wb") as stream:
        np.savez(stream, canvases=canvases)
    zero, one, nothing = core("read", "--model", "linear", file, "--json").json
    assert (zero["text"], one["text"]) == ("0", "1")
    assert [reading["index"] for reading in (zero, one, nothing)] == [0, 1, 2]
    assert {key: nothing[key] for key in ("verdict", "text", "digits")} == {
        "verdict": "blank",
        "text": "",
        "digits": [],
    }
    assert core("read", file).out.splitlines()[2] == f"{file}[2]: - (blank)"


def test_no_canvases_are_no_readings(core, linear, tmp_path):
    np.savez(tmp_path / "none.npz", canvases=np.zeros((0, 28, 28), np.uint8))
    assert core("read", tmp_path / "none.npz", "--json").json == []
    assert core("read", tmp_path / "none.npz").out == ""


def test_a_file_that_cannot_be_read_does_not_cost_the_answers_to_the_others(
    core, linear, tmp_path, digits
):
    """One broken file among a hundred, and nothing was printed."""
    good, broken, gone = (tmp_path / name for name in ("good.png", "broken.png", "gone.png"))
    Image.fromarray(digits[0]).save(good)
    broken.write_bytes(b"\x89PNG and then nothing")
    said = core("read", broken, good, gone)
    assert said.code == 2
    assert said.out.startswith(f"{good}: 0 (")
    assert [line.partition(": ")[0] for line in said.err.splitlines()] == [
        str(broken),
        f"There is no readable file {gone} (No such file or directory)",
    ]
    as_json = core("read", broken, good, gone, "--json")
    assert as_json.code == 2
    first, second, third = json.loads(as_json.out)
    assert (second["file"], second["text"]) == (str(good), "0")
    assert first == {"file": str(broken), "error": said.err.splitlines()[0]}
    assert third["error"].startswith("There is no readable file")


def test_a_single_file_that_cannot_be_read_is_refused(core, linear, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and then nothing")
    for format_ in ([], ["--json"]):
        core("read", tmp_path / "broken.png", *format_).refused("broken.png")


@pytest.mark.skipif(os.name == "nt", reason="a pipe to a process that starts is POSIX's here")
def test_a_picture_is_read_from_a_pipe(home, digits, tmp_path):
    Image.fromarray(digits[3]).save(tmp_path / "3.png")
    with (tmp_path / "3.png").open("rb") as picture:
        assert in_a_process("read", "-", stdin=picture).out == "-: 3 (digit)\n"
    with (tmp_path / "empty").open("w+b") as nothing:
        in_a_process("read", "-", stdin=nothing).refused("Standard input: ", "PNG")


@pytest.mark.tensorflow
@pytest.mark.skipif(os.name == "nt", reason="a shell that closes standard streams is POSIX's here")
def test_closed_standard_streams_are_borne(home, digits, tmp_path):
    def with_closed(stream, *arguments):
        command = shlex.join([sys.executable, "-m", "core", *map(str, arguments)])
        return subprocess.run(
            ["sh", "-c", f"{command} {stream}&-"], cwd=paths.PROJECT, capture_output=True, text=True
        )

    closed = with_closed("<", "read", "-")
    Outcome(closed.returncode, closed.stdout, closed.stderr).refused("Standard input is closed")
    exported = tmp_path / "tiny.keras"
    assert with_closed("2>", "export", "tiny", "keras", exported).returncode == 0
    assert exported.is_file()


@pytest.mark.skipif(os.name == "nt", reason="there ONNX Runtime keeps its identifier elsewhere")
def test_a_reading_leaves_nothing_for_the_makers_of_the_runtime(
    home, digits, tmp_path, monkeypatch
):
    """It kept an identifier of the machine in the person's folder, and reported each session."""
    Image.fromarray(digits[3]).save(tmp_path / "3.png")
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY")  # as this process set it for itself
    monkeypatch.delenv("CI", raising=False)  # there it reports nothing
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    places = {"HOME": str(theirs), "XDG_CACHE_HOME": ""}
    assert in_a_process("read", str(tmp_path / "3.png"), **places).code == 0
    assert list(theirs.rglob("*")) == []


def hostile(kind, path):
    if kind == "pickle":
        np.savez(path, canvases=np.array([{}], dtype=object))
    elif kind == "torn":
        np.savez(path, canvases=np.zeros((9, 28, 28), np.uint8))
        path.write_bytes(path.read_bytes()[:-99])
    elif kind == "floats":
        np.savez(path, canvases=np.zeros((1, 28, 28)))
    elif kind == "shape":
        np.savez(path, canvases=np.zeros((1, 28, 28, 2), np.uint8))
    elif kind == "name":
        np.savez(path, images=np.zeros((1, 28, 28), np.uint8))
    elif kind == "folder":
        path.mkdir()


@pytest.mark.parametrize("kind", ["pickle", "torn", "floats", "shape", "name", "folder", "gone"])
def test_a_hostile_npz_is_refused_by_name(core, linear, tmp_path, kind):
    file = tmp_path / "hostile.npz"
    hostile(kind, file)
    core("read", file, "--json").refused("hostile.npz")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is Unicode")
def test_a_file_whose_name_cannot_be_shown_is_read(core, linear, tmp_path, digits):
    """A name that is no UTF-8 ended in a trace instead of the answer."""
    file = tmp_path / os.fsdecode(b"\xff.png")
    Image.fromarray(digits[0]).save(file)
    assert core("read", file).out.endswith("\\udcff.png: 0 (digit)\n")
