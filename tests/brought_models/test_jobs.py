"""`core.brought_models.jobs`: an upload is looked at beside the app, and nothing of it is left."""

import subprocess

import pytest

from core import paths
from core.background import Jobs
from core.brought_models.jobs import start, suggested_name
from tests.waiting import wait_for


@pytest.fixture
def asked(home, monkeypatch):
    """Replace the command line by a refusal; returns what it was asked for."""
    calls = []

    def refuse(command, **_options):
        calls.append(command)
        return subprocess.CompletedProcess(command, 2, "", "This is why it cannot be.\n")

    monkeypatch.setattr("core.background.subprocess.run", refuse)
    return calls


def test_a_refusal_is_said_and_the_upload_removed(asked):
    jobs = Jobs()
    key = start(jobs, "../mine.onnx", b"content", "mine")
    wait_for(lambda: jobs.state(key) == "failed", "the job has ended")
    assert jobs.error(key) == "This is why it cannot be."
    (command,) = asked
    assert command[-4] == "add"
    assert command[-2:] == ["mine", "--json"]
    assert str(paths.uploads_folder()) in command[-3]
    assert ".." not in command[-3]
    assert not list(paths.uploads_folder().iterdir())


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("CNN (2).keras", "cnn-2"),
        ("модель.onnx", "my-model"),
        ("tiny.h5", "tiny-2"),
    ],
)
def test_a_name_is_suggested_that_is_free(home, file, name):
    assert suggested_name(file) == name
