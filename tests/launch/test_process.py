"""`core.launch.process`: a worker of its own, wherever it is started from, or a sentence.

The runs here are stopped before TensorFlow is loaded; `test_worker` lets them train.
"""

import os
import shutil
import sys

import psutil
import pytest

from core import paths
from core.errors import DigitLabError
from core.launch.process import launch, resume
from core.recipes.shipped import RECIPES
from core.runs import contract, control, store
from core.runs.contract import State, Status
from core.worker import work
from tests.waiting import wait_for

CONFIG = RECIPES["sprint"].config.model_copy(update={"data": "sample"})


def launch_and_stop():
    run = launch(CONFIG)
    control.stop(run.id)
    return run


def ends(run):
    wait_for(lambda: not store.read(run.id).state.active, f"{run.id} is over")
    return store.read(run.id)


def log(run):
    return (run.folder / contract.LOG).read_text(encoding="utf-8", errors="replace")


def test_a_model_to_begin_with_that_is_not_here_leaves_no_run(home):
    with pytest.raises(DigitLabError, match="There is no model 'gone'"):
        launch(CONFIG.model_copy(update={"start_from": "gone"}))
    assert store.list_runs() == []


def test_it_returns_a_run_that_is_starting(home):
    run = launch_and_stop()
    assert (run.state, run.config) == (State.STARTING, CONFIG)
    assert run.folder.parent == home / "runs"
    assert (run.folder / contract.LOG).is_file()
    assert ends(run).state is State.STOPPED


def test_relative_folders_mean_the_same_to_the_worker(tmp_path, monkeypatch):
    """The worker starts in the project: it looked for its run under a home that was not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGIT_LAB_HOME", "my-home")
    monkeypatch.setenv("DIGIT_LAB_DATA", "my-data")
    run = launch_and_stop()
    assert run.folder.parent == tmp_path / "my-home" / "runs"
    assert ends(run).state is State.STOPPED, log(run)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no finished children")
def test_a_worker_that_ended_leaves_the_process_table(home):
    run = launch_and_stop()
    ends(run)
    wait_for(lambda: not zombies(), "the worker was waited for")


def zombies():
    return [
        child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE
    ]


def test_a_process_that_cannot_be_started_leaves_nothing_behind(home, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(home / "no-python"))
    with pytest.raises(DigitLabError, match=r"could not be started .*nothing was changed"):
        launch(CONFIG)
    assert store.list_runs() == []
    assert {path.suffix for path in paths.runs_folder().iterdir()} == {".lock"}


def test_a_run_that_cannot_be_resumed_still_says_why_it_had_failed(home, monkeypatch):
    """It read "starting" and then "lost", and the true reason was gone."""
    run = store.create(CONFIG)
    store.write_status(run.folder, Status(state=State.FAILED, reason="The disk is full."))
    monkeypatch.setattr(sys, "executable", str(home / "no-python"))
    with pytest.raises(DigitLabError, match=r"could not be started .*nothing was changed"):
        resume(run.id)
    after = store.read(run.id)
    assert (after.state, after.reason) == (State.FAILED, "The disk is full.")


def test_a_worker_that_comes_too_late_does_not_bring_a_removed_run_back(home):
    run = store.create(CONFIG)
    shutil.rmtree(run.folder)
    assert work(run.folder) is State.MALFORMED
    assert store.list_runs() == []


def test_a_folder_that_cannot_be_written_is_a_sentence(home):
    (home / "runs").write_text("a file where the folder should be")
    with pytest.raises(DigitLabError, match="DIGIT_LAB_HOME"):
        launch(CONFIG)
