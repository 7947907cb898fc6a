"""`recipes` and `train`: what may be trained, and how it is followed."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from core import paths
from core.cli import follow
from core.data import load, sample
from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import requests, store
from core.runs.contract import State, Status
from tests.cli.calls import QUICK, WITH_TOYS, no_worker
from tests.data import strokes
from tests.models import make_model


def test_recipes_are_listed_with_their_configuration(core):
    facts = core("recipes", "--json").json
    assert [recipe["name"] for recipe in facts] == list(RECIPES)
    for recipe in facts:
        assert recipe["config"] == RECIPES[recipe["name"]].config.model_dump(mode="json")
    lines = core("recipes").out.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)


def test_recipes_are_wrapped_where_a_person_reads_them(core, monkeypatch):
    """Lines of up to 190 characters broke in the middle of words."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    lines = core("recipes").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line[0] != " "] == list(RECIPES)


def test_train_prints_the_card_of_what_it_trained(trained):
    facts = trained[1].json
    assert facts["state"] == "finished"
    assert facts["run"] == facts["id"]
    config = facts["config"]
    assert (config["recipe"], config["data"], config["seed"]) == ("dense-starter", "sample", 3)
    assert facts["training"]["epochs_done"] == config["epochs"] == 1
    assert facts["data"]["train"] + facts["data"]["validation"] == config["train_images"] == 200
    assert facts["test"]["n"] == facts["data"]["test"] > 300


def test_a_training_that_fails_tells_why(core, monkeypatch):
    fails = Status(state=State.FAILED, reason="The loss became infinite: lower the learning rate.")
    no_worker(lambda folder: store.write_status(folder, fails), monkeypatch)
    core("train", "sprint").refused("lower the learning rate")


def test_an_imported_file_can_be_named_without_its_place(core, home, own_file, monkeypatch):
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    core("train", "sprint", "--data", "digits")
    (run,) = store.list_runs()
    assert run.config.data == str(own_file.resolve())


def test_options_win_over_settings(core, monkeypatch):
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    core("train", "sprint", "--set", "seed=1", "--set", "data=mnist", "--seed", 2, *QUICK)
    (run,) = store.list_runs()
    assert (run.config.seed, run.config.data, run.config.train_images) == (2, "sample", 200)


def test_a_worker_is_told_the_full_path_of_a_file(core, tmp_path, monkeypatch):
    """It runs in another folder: a relative name failed there, after the start of a run."""
    digits = sample.load_test()
    np.savez(tmp_path / "mine.npz", images=digits.x, labels=digits.y)
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    monkeypatch.chdir(tmp_path)
    core("train", "sprint", "--data", "mine.npz")
    (run,) = store.list_runs()
    assert run.config.data == str((tmp_path / "mine.npz").resolve())


@pytest.mark.parametrize("as_is", [False, True])
def test_digits_that_lie_wrong_are_trained_on_as_asked(
    core, capsys, lying, no_mnist, monkeypatch, as_is
):
    """They were trained on and scored as they lay, without a word."""
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    told = []
    monkeypatch.setattr("core.cli.configuration.tell", told.append)
    core("train", "sprint", "--data", lying, *(["--as-is"] if as_is else []))
    (run,) = store.list_runs()
    kept = load(run.config.data)
    assert run.config.data == str(no_mnist / "own" / "lying.npz")
    assert (np.median(kept.x_train) == 255) == as_is
    assert any("black on white" in line for line in told) != as_is
    assert any("kept as 'lying'" in line for line in told)


def test_a_training_without_the_strokes_it_names_says_so(core, tmp_path, no_mnist, monkeypatch):
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    told = []
    monkeypatch.setattr("core.cli.configuration.tell", told.append)
    strokes.save(no_mnist / "strokes/unipen.npz")
    core("train", "flagship", "--data", "sample")
    assert [line.count("pendigits is not in") for line in told] == [1]
    told.clear()
    strokes.save(no_mnist / "strokes/pendigits.npz")
    core("train", "flagship", "--data", "sample")
    core("train", "sprint", "--data", "sample")
    assert told == []


def test_strokes_are_given_by_path(core, tmp_path, monkeypatch):
    """A worker runs in another folder, so that it is told the full path."""
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    monkeypatch.chdir(strokes.save(tmp_path / "mine.npz").parent)
    given = ["--set", "drawn_digits=50", "--data", "sample"]
    core("train", "sprint", *given, "--set", 'strokes=["mine.npz"]')
    (run,) = store.list_runs()
    assert run.config.strokes == [str((tmp_path / "mine.npz").resolve())]
    missing = core("train", "sprint", *given, "--set", 'strokes=["gone.npz"]')
    missing.refused("There is no file of strokes 'gone.npz'")
    assert len(store.list_runs()) == 1


def test_a_configuration_in_a_file_is_trained(core, tmp_path, monkeypatch):
    wanted = RECIPES["cnn-deep"].config_for("sample").model_copy(update={"seed": 5})
    (tmp_path / "mine.json").write_text(wanted.model_dump_json())
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    core("train", "--config", tmp_path / "mine.json", "--set", "epochs=2")
    (run,) = store.list_runs()
    assert run.config == wanted.model_copy(update={"epochs": 2})


@pytest.fixture
def asked(monkeypatch):
    """Let every download fail, and workers too; returns a list with an item for each download."""
    calls = []

    def fetch(progress):
        calls.append(1)
        raise DigitLabError("Nobody answers: try again.")

    monkeypatch.delenv("DIGIT_LAB_OFFLINE")
    monkeypatch.setattr("core.data.mnist.fetch", fetch)
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    return calls


def test_the_first_training_fetches_mnist_or_says_in_a_line_what_serves(core, asked):
    """People trained on the sample for want of another command."""
    said = core("train", "sprint").err.splitlines()
    assert said[0] == "Nobody answers: try again. Until then the offline sample serves."
    core("train", "sprint")
    assert [run.config.data for run in store.list_runs()] == ["sample", "sample"]
    assert asked == [1]  # an hour before the next one


def test_the_first_training_is_of_the_mnist_that_has_come(
    core, asked, mnist_folder, no_mnist, monkeypatch
):
    def fetch(progress):
        progress(1, 2)
        (no_mnist / "mnist.npz").symlink_to(mnist_folder / "mnist.npz")

    monkeypatch.setattr("core.data.mnist.fetch", fetch)
    core("train", "sprint")
    (run,) = store.list_runs()
    assert run.config.data == "mnist"


@pytest.mark.parametrize("options", [["--data", "mnist"], ["--set", "data=mnist"]])
def test_a_training_that_needs_mnist_is_refused_if_it_cannot_be_had(core, asked, options):
    core("train", "sprint", *options).refused("Nobody answers")
    core("train", "sprint", *options).refused("MNIST is not on this machine", "--fetch")
    assert (store.list_runs(), asked) == ([], [1])


def test_a_training_that_needs_no_mnist_asks_nobody(core, asked, monkeypatch):
    core("train", "sprint", "--data", "sample")
    core("train", "nonsense")
    monkeypatch.setenv("DIGIT_LAB_OFFLINE", "1")
    core("train", "sprint")
    assert asked == []
    assert [run.config.data for run in store.list_runs()] == ["sample", "sample"]


def test_ctrl_c_during_the_download_loses_nothing(core, asked, no_mnist, monkeypatch):
    def interrupted(progress):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.data.mnist.fetch", interrupted)
    said = core("train", "sprint")
    # click begins with an empty line, for the terminal's own ^C.
    assert (said.code, said.out, said.err) == (2, "", "\nInterrupted: nothing was lost.\n")
    assert (store.list_runs(), list(no_mnist.iterdir())) == ([], [])


@pytest.mark.parametrize(
    ("content", "words"), [("{", "mine.json"), ('{"epochs": 0}', "mine.json"), (None, "read")]
)
def test_a_file_that_is_no_configuration_is_refused(core, home, tmp_path, content, words):
    if content is not None:
        (tmp_path / "mine.json").write_text(content)
    core("train", "--config", tmp_path / "mine.json").refused(words)
    core("train", "sprint", "--config", tmp_path / "mine.json").refused("either RECIPE or --config")
    assert not (home / "runs").exists()


def test_several_seeds_are_one_group(core, monkeypatch):
    def finish(folder):
        make_model(folder, run=folder.name)
        store.write_status(folder, Status(state=State.FINISHED))

    no_worker(finish, monkeypatch)
    facts = core("train", "sprint", "--data", "sample", "--seed", 3, "--seeds", 2, "--json").json
    assert [run["config"]["seed"] for run in facts["runs"]] == [3, 4]
    assert {run["notes"]["group"] for run in facts["runs"]} == {facts["group"]}
    assert (facts["n"], facts["deviation"]) == (2, 0)
    out = core("train", "sprint", "--data", "sample", "--seeds", 2).out
    assert "n = 2 of 2 seeds" in out


@pytest.mark.skipif(os.name == "nt", reason="terminals and signals are POSIX's")
def test_ctrl_c_stops_the_training_and_keeps_what_it_has(home, no_mnist):
    terminal, its_end = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", *WITH_TOYS, "train", "dense-starter"]
        + ["--data", "sample", "--set", "epochs=200", "--set", "batch_size=1"],
        cwd=paths.PROJECT,
        stdout=subprocess.PIPE,
        stderr=its_end,
        text=True,
        start_new_session=True,
        # Tests that run in the background of a shell inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(its_end)
    try:
        shown = read_until("training", terminal)
        process.send_signal(signal.SIGINT)
        shown += read_until("stopping", terminal)
        out, _ = process.communicate()
    finally:
        process.kill()
        os.close(terminal)
    assert process.returncode == 0, shown
    (run,) = store.list_runs()
    assert (run.state, run.has_model) == (State.STOPPED, True)
    assert run.id in out
    assert ", stopped" in out
    assert "accuracy" in out


def read_until(word, terminal):
    shown = ""
    while word not in shown:
        shown += os.read(terminal, 10_000).decode()  # an error once the process has left
    return shown


def test_a_second_ctrl_c_leaves_the_run_to_itself(core, monkeypatch):
    locks = []

    def live(folder):
        locks.append(store.worker_lock(folder))
        locks[0].acquire()

    def interrupt(seconds):
        raise KeyboardInterrupt

    no_worker(live, monkeypatch)
    monkeypatch.setattr(follow, "time", SimpleNamespace(sleep=interrupt))
    outcome = core("train", "sprint")
    (run,) = store.list_runs()
    locks[0].release()
    outcome.refused(f"'{run.id}' is still stopping", "runs show")
    assert requests.stop_requested(run.folder)


def test_ctrl_c_at_the_very_end_changes_nothing(core, monkeypatch):
    """The run had just ended: there was nothing to stop, and that was reported as a fault."""
    folders = []

    def end_and_interrupt(seconds):
        store.write_status(folders[0], Status(state=State.FAILED, reason="Its own reason."))
        raise KeyboardInterrupt

    no_worker(folders.append, monkeypatch)
    monkeypatch.setattr(follow, "time", SimpleNamespace(sleep=end_and_interrupt))
    core("train", "sprint").refused("Its own reason.")
