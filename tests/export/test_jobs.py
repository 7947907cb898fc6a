"""Exports beside the app: one at a time, kept, and every failure a sentence.

The process is replaced here; `tests/cli/test_main.py` and `tests/browser` run the real one.
"""

import json
import subprocess
import threading
from pathlib import Path

import pytest

from core import background
from core.background import Jobs
from core.export.formats import FORMATS
from core.export.jobs import Exporter, digest_of, finished, folder_of
from tests.waiting import wait_for

WANTED = FORMATS["litert"]
FACTS = {
    "bytes": 5,
    "largest_difference": 0.25,
    "agreement": 0.5,
    "check_images": 8,
    "checked_on": "sample",
}


class CommandLine:
    """What stands in for ``subprocess.run``: writes a model, or fails as it is told to."""

    def __init__(self):
        self.commands = []
        self.code, self.errors = 0, ""
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, command, **options):
        self.commands.append(command)
        assert self.may_end.wait(60)
        out = Path(command[command.index("export") + 3])
        out.parent.mkdir(parents=True, exist_ok=True)
        if self.code == 0:
            out.write_bytes(b"model")
        return subprocess.CompletedProcess(command, self.code, json.dumps(FACTS), self.errors)


@pytest.fixture
def command_line(monkeypatch):
    stand_in = CommandLine()
    monkeypatch.setattr(background.subprocess, "run", stand_in)
    yield stand_in
    stand_in.may_end.set()


@pytest.fixture
def source(home):
    path = home / "model.keras"
    path.write_bytes(b"a network")
    return path


@pytest.fixture
def digest(source):
    return digest_of(source)


def end_of(exporter, digest, wanted=WANTED):
    def state():
        now = exporter.state(digest, wanted)
        return None if now == "running" else now

    return wait_for(state, "the export is over")


def test_an_export_is_made_once_and_kept(source, digest, command_line):
    exporter = Exporter(Jobs())
    assert exporter.state(digest, WANTED) == "idle"
    assert finished(digest, WANTED) is None
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "done"
    exported = finished(digest, WANTED)
    assert exported.path.read_bytes() == b"model"
    assert (exported.bytes, exported.largest_difference) == (5, 0.25)
    assert (exported.agreement, exported.n, exported.checked_on) == (0.5, 8, "sample")
    assert Exporter(Jobs()).state(digest, WANTED) == "done"  # as after a restart


def test_another_model_is_another_export(source, digest, command_line):
    exporter = Exporter(Jobs())
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "done"
    source.write_bytes(b"another network")
    assert exporter.state(digest_of(source), WANTED) == "idle"
    assert exporter.state(digest, FORMATS["litert-int8"]) == "idle"


def test_a_click_while_it_runs_starts_nothing(source, digest, command_line):
    command_line.may_end.clear()
    exporter = Exporter(Jobs())
    for _ in range(3):
        exporter.start(source, digest, WANTED)
    assert exporter.state(digest, WANTED) == "running"
    assert exporter.seconds(digest, WANTED) >= 0
    command_line.may_end.set()
    assert end_of(exporter, digest) == "done"
    assert len(command_line.commands) == 1


def test_exports_wait_for_one_another(source, digest, command_line):
    command_line.may_end.clear()
    exporter = Exporter(Jobs())
    exporter.start(source, digest, WANTED)
    wait_for(lambda: command_line.commands, "the first has begun")
    exporter.start(source, digest, FORMATS["weights"])
    assert exporter.state(digest, FORMATS["weights"]) == "running"
    assert len(command_line.commands) == 1
    command_line.may_end.set()
    assert end_of(exporter, digest) == "done"
    wait_for(lambda: len(command_line.commands) == 2, "the second has begun")


def test_a_refusal_is_told_in_its_own_sentence_and_can_be_tried_again(source, digest, command_line):
    exporter = Exporter(Jobs())
    command_line.code, command_line.errors = 2, "noise of a library\nThis is why.\n"
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "failed"
    assert exporter.error(digest, WANTED) == "This is why."
    command_line.code = 0
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "done"
    assert exporter.error(digest, WANTED) == ""


@pytest.mark.parametrize("code", [1, -9])
def test_a_crash_is_told_without_its_trace(source, digest, command_line, code):
    exporter = Exporter(Jobs())
    command_line.code, command_line.errors = code, "Traceback: MemoryError"
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "failed"
    assert "nothing was lost" in exporter.error(digest, WANTED)
    assert "Traceback" not in exporter.error(digest, WANTED)


def test_an_export_that_takes_too_long_is_ended(source, digest, monkeypatch):
    def never_ends(command, timeout, **options):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(background.subprocess, "run", never_ends)
    exporter = Exporter(Jobs())
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "failed"
    assert "took longer than 10 minutes" in exporter.error(digest, WANTED)


@pytest.mark.parametrize("damage", ["torn", "gone", "half"])
def test_what_is_not_whole_is_made_again(source, digest, command_line, damage):
    exporter = Exporter(Jobs())
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "done"
    folder = folder_of(digest, WANTED)
    if damage == "torn":
        (folder / "export.json").write_text('{"bytes": 5,')
    elif damage == "gone":
        (folder / "model.tflite").unlink()
    else:
        (folder / "export.json").write_text('{"bytes": 5}')
    assert exporter.state(digest, WANTED) == "idle"
    exporter.start(source, digest, WANTED)
    assert end_of(exporter, digest) == "done"
