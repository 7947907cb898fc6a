"""`python -m core`: what scripts rely on.

In real processes where exit codes, streams and signals are what is tested, else without their cost.
"""

import json
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from core import paths, registry
from core.cli import follow, main
from core.data import files, load, sample
from core.errors import DigitLabError
from core.launch import finetune
from core.people import corrections
from core.recipes.shipped import RECIPES
from core.runs import requests, store
from core.runs.store import State, Status
from tests.models import make_model
from tests.working import copied

QUICK = ["--data", "sample", "--set", "epochs=1", "--set", "train_images=200"]
WITH_TOYS = ("tests.toy.start", "core")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        assert self.code == 0, self.err
        assert self.err == ""
        return json.loads(self.out)

    def refused(self, *words):
        """Assert the contract of a refusal: exit code 2 and one sentence that says these words."""
        assert (self.code, self.out) == (2, "")
        assert self.err.count("\n") == 1
        assert not re.search(r"[.?!]\s+[A-Z]", self.err), "more than one sentence"
        for word in words:
            assert word in self.err


def in_a_process(*arguments, stdin=None, program=("core",), **environment):
    done = subprocess.run(
        [sys.executable, "-m", *program, *arguments],
        stdin=stdin,
        cwd=paths.PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def core(home, no_mnist, monkeypatch, capsys):
    """Call as ``core("runs", "list")``: the command line, without the start of a process."""
    monkeypatch.setattr(paths, "SHIPPED_MODELS", home / "models")

    def run(*arguments):
        code = 0
        try:
            main.main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a home with one finished run of a toy, and what its command printed."""
    home = tmp_path_factory.mktemp("trained")
    arguments = ["train", "dense-starter", *QUICK, "--seed", "3", "--json"]
    return home, in_a_process(*arguments, program=WITH_TOYS, DIGIT_LAB_HOME=str(home))


@pytest.fixture
def finished(trained, home):
    """Return the id of a finished run in the test's own home."""
    shutil.copytree(trained[0], home, dirs_exist_ok=True)
    return trained[1].json["id"]


@pytest.fixture
def by_keras(sample_run, home):
    """Return the id of a run in the test's own home that Keras has trained."""
    return copied(sample_run)


@pytest.fixture
def run(home):
    return store.create(RECIPES["sprint"].config)


@pytest.fixture
def linear(home):
    """Return the name of a model that was trained on the offline sample."""
    make_model(home / "models" / "linear")
    return "linear"


@pytest.fixture
def digits(tmp_path):
    """Return pictures of ten digits, 112 pixels a side with a margin, and what they are."""
    sample = load("sample")
    first = [int(np.flatnonzero(sample.y_test == digit)[0]) for digit in range(10)]
    pictures = sample.x_test[first].repeat(4, axis=1).repeat(4, axis=2)
    return np.pad(pictures, ((0, 0), (20, 20), (20, 20)))


# What every command promises.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "spring"], ["'spring'", "sprint"]),
        (["recipes", "--jsn"], ["--jsn", "did you mean '--json'?"]),
        (["read", "--model", "../x", "y.png"], ["There is no model '../x'"]),
    ],
)
def test_a_refusal_is_exit_code_2_and_one_sentence(home, arguments, words):
    in_a_process(*arguments).refused(*words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], ["did you mean 'train'?"]),
        (["nonsense"], ["'nonsense'", "see `python -m core --help`."]),
        (["runs", "nonsense"], ["see `python -m core runs --help`."]),
        (["recipes", "--nonsense"], ["see `python -m core recipes --help`."]),
        (["recipes", "too\nmuch"], ["too much"]),
        (["train"], ["RECIPE"]),
        (["read"], ["FILE"]),
        (["promote", "only-one"], ["NAME"]),
        (["export", "sprint", "onnx"], ["OUT"]),
        (["train", "sprint", "--seed", "three"], ["--seed", "'three'"]),
        (["train", "sprint", "--seed", "-1"], ["seed must be", "-1"]),
        (["train", "sprint", "--set", "epochs"], ["KEY=VALUE"]),
        (["train", "sprint", "--set", "epochs=many"], ["epochs must be", "'many'"]),
        (["train", "sprint", "--set", "speed=9"], ["speed is not a setting", "epochs"]),
        (["train", "sprint", "--data", "no.npz"], ["'no.npz'", "sample"]),
        (["train", "sprint", "--data", ""], ["data must be"]),
        (["train", "sprint", "--seeds", "0"], ["1<=x<=20"]),
        (["train", "sprint", "--seeds", "1000000000000"], ["1<=x<=20"]),
        (["train", "sprint", "--data", "sample", "--set", "start_from=you"], ["no model 'you'"]),
        (["train", "sprint", "--data", "mnist"], ["MNIST is not on this machine", "--fetch"]),
        (["runs", "show", "nothing"], ["There is no run 'nothing'"]),
        (["runs", "stop", "nothing"], ["There is no run 'nothing'"]),
        (["runs", "remove", "../home"], ["There is no run '../home'"]),
        (["evaluate", "nothing"], ["There is no model 'nothing'"]),
        (["evaluate", ""], ["There is no model ''"]),
        (["evaluate", "x" * 5000], ["There is no model 'xxx"]),
        (["evaluate", "~nobody-of-that-name/x"], ["There is no model '~nobody"]),
        (["evaluate", "nothing.keras"], ["There is no model 'nothing.keras'"]),
        (["promote", "nothing", "name"], ["There is no run 'nothing'"]),
        (["read", "x.png"], ["There is no model yet", "train"]),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(core, home, arguments, words):
    core(*arguments).refused(*words)
    assert not (home / "runs").exists()


@pytest.mark.parametrize(
    "arguments", [[], ["runs"], ["--help"], ["-h"], ["train", "--help"], ["runs", "list", "-h"]]
)
def test_help_is_no_fault(core, arguments):
    """`runs` alone left with code 2 and its whole help on standard error."""
    outcome = core(*arguments)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: python -m core")


@pytest.mark.parametrize("group", [[], ["runs"], ["corrections"]])
def test_no_summary_is_cut_short_at_80_columns(core, monkeypatch, group):
    """Half of them ended in dots, and with them what tells one command from another."""
    monkeypatch.setenv("COLUMNS", "80")
    assert "..." not in core(*group).out.partition("Commands:")[2]


def test_a_home_that_is_no_folder_is_one_sentence(core, tmp_path, monkeypatch):
    """Whatever the system refused and no command had foreseen ended in a trace."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIGIT_LAB_HOME", str(tmp_path / "file"))
    core("runs", "list").refused(str(tmp_path / "file"), "DIGIT_LAB_HOME")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is full")  # noqa: PTH110
@pytest.mark.parametrize("command", ["recipes", "data"])
def test_a_full_disk_is_one_sentence(home, command):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "core", command],
            cwd=paths.PROJECT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    Outcome(done.returncode, "", done.stderr).refused("The output could not be written")


@pytest.mark.skipif(os.name == "nt", reason="a pipe that is closed is POSIX's here")
def test_whoever_stops_listening_is_told_nothing_more(home):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "core", "recipes"],
        cwd=paths.PROJECT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_stream_is_no_fault(core, monkeypatch, stream):
    no_worker(lambda folder: store.write_status(folder, Status(state=State.FAILED)), monkeypatch)
    monkeypatch.setattr(sys, stream, None)
    assert core("recipes").code == 0
    assert core("train", "sprint", "--data", "sample").code == 2


def test_ctrl_c_before_the_commands_are_there_is_one_sentence(monkeypatch, capsys):
    """It fell into the imports and ended in their trace."""

    class Interrupted:
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "core.cli.main", Interrupted())
    with pytest.raises(SystemExit) as left:
        runpy.run_module("core", run_name="__main__")
    Outcome(left.value.code, *capsys.readouterr()).refused("Interrupted")


# data, recipes and models


def test_data_without_mnist_is_the_sample(core):
    facts = core("data", "--json").json
    assert (facts["mnist"], facts["source"]) == (None, "sample")
    assert facts["train"] + facts["test"] == 1797
    assert "--fetch" in core("data").out


def test_data_with_mnist_is_mnist(core, mnist_folder, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_DATA", str(mnist_folder))
    facts = core("data", "--json").json
    assert (facts["source"], facts["train"], facts["test"]) == ("mnist", 60000, 10000)
    assert str(mnist_folder.resolve()) in facts["mnist"]


def test_fetching_downloads_what_is_missing(core, monkeypatch):
    def fetch(progress):
        progress(1, 3)
        fetched.append("mnist")

    fetched = []
    monkeypatch.setattr("core.data.mnist.fetch", fetch)
    core("data", "--json").json  # noqa: B018  (asserts success)
    assert fetched == []
    assert core("data", "--fetch").code == 0
    assert fetched == ["mnist"]


def test_a_download_that_fails_is_a_sentence(core, monkeypatch):
    def fail(progress):
        raise DigitLabError("There is no network.")

    monkeypatch.setattr("core.data.mnist.fetch", fail)
    core("data", "--fetch", "--json").refused("There is no network.")


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


def test_models_are_listed_and_one_is_chosen(core, linear, home):
    """What `read` reads with could neither be seen nor changed from a shell."""
    make_model(home / "models" / "other")
    facts = core("models", "--json").json
    assert {fact["name"]: fact["in_use"] for fact in facts} == {"linear": True, "other": False}
    card = registry.find("linear").card
    assert (facts[0]["accuracy"], facts[0]["parameters"]) == (card.test.accuracy, card.parameters)
    facts = core("models", "--use", "other", "--json").json
    assert [fact["in_use"] for fact in facts] == [False, True]
    assert registry.active().name == "other"
    header, first, second = core("models").out.splitlines()
    assert first.split() == [
        "linear",
        f"{card.test.accuracy:.2%}",
        f"{card.parameters:,}",
        "sample",
    ]
    assert second.split()[:2] == ["other", "yes"]
    assert header.index("in use") == second.index("yes")
    core("models", "--use", "nobody").refused("'nobody'", "promote")


def test_without_models_the_list_says_how_to_make_one(core):
    assert core("models", "--json").json == []
    assert "train sprint" in core("models").out


# train


def test_train_prints_the_card_of_what_it_trained(trained):
    facts = trained[1].json
    assert facts["state"] == "finished"
    assert facts["run"] == facts["id"]
    config = facts["config"]
    assert (config["recipe"], config["data"], config["seed"]) == ("dense-starter", "sample", 3)
    assert facts["training"]["epochs_done"] == config["epochs"] == 1
    assert facts["data"]["train"] + facts["data"]["validation"] == config["train_images"] == 200
    assert facts["test"]["n"] == facts["data"]["test"] > 300


def no_worker(folder_of, monkeypatch):
    """Replace the start of a worker; ``folder_of`` is told the folder of the run."""

    def launch(config, drawing=None):
        run = store.create(config)
        folder_of(run.folder)
        return run

    monkeypatch.setattr("core.launch.process.launch", launch)


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


@pytest.fixture
def lying(tmp_path):
    """Return a CSV file of digits that are black on white."""
    digits = sample.load_test()
    rows = np.hstack([digits.y[:, None], 255 - digits.x.reshape(len(digits.x), -1)])
    np.savetxt(tmp_path / "lying.csv", rows, "%d", ",")
    return tmp_path / "lying.csv"


def test_what_a_file_holds_is_said(core, lying):
    told = core("data", lying).out
    assert "CSV, label in the first column; values 0 to 255; black on white" in told
    assert "black on white: they were set right. --as-is keeps them" in told
    facts = json.loads(core("data", lying, "--json").out)
    assert sum(facts["labels"]) == facts["train"] + facts["test"] == 382
    assert facts["set_right"] == ["The digits are black on white: they were set right."]


def test_what_is_kept_or_built_in_is_shown_as_it_is(core, lying, no_mnist):
    """It was said that `train` would set right what had been kept as it was on purpose."""
    facts = json.loads(core("data", "sample", "--json").out)
    assert (facts["source"], facts["train"]) == ("sample", 1415)
    kept = files.keep(files.look(lying), "lying.csv", as_is=True)
    facts = json.loads(core("data", kept.stem, "--json").out)
    assert facts["set_right"] == []
    assert "black on white" in facts["recognised"]


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


# runs


def test_a_finished_run_is_listed_and_shown_with_its_card(core, finished, trained):
    card = {key: value for key, value in trained[1].json.items() if key not in ("id", "state")}
    (listed,) = core("runs", "list", "--json").json
    shown = core("runs", "show", finished, "--json").json
    assert shown.pop("card") == card
    assert shown == listed
    assert (listed["id"], listed["state"]) == (finished, "finished")
    assert listed["accuracy"] == card["test"]["accuracy"]
    assert listed["config"] == card["config"]
    assert listed["duration_s"] > 0
    assert finished in core("runs", "list").out
    assert f"{listed['accuracy']:.2%}" in core("runs", "show", finished).out


def test_a_malformed_run_is_listed_as_such(core, run):
    (run.folder / store.CONFIG).write_text("{")
    (listed,) = core("runs", "list", "--json").json
    assert (listed["state"], listed["config"]) == ("malformed", None)
    assert "malformed" in core("runs", "list").out
    assert core("runs", "show", run.id, "--json").json == listed


def test_without_runs_the_list_says_how_to_start_one(core):
    assert core("runs", "list", "--json").json == []
    assert "train sprint" in core("runs", "list").out


def test_a_run_is_stopped(core, run):
    assert core("runs", "stop", run.id, "--json").json["state"] == "stopping"
    assert requests.stop_requested(run.folder)


def test_a_run_is_paused_resumed_and_stopped_with_its_best_epoch(core):
    run = store.create(RECIPES["sprint"].config)
    with store.worker_lock(run.folder):
        store.write_status(run.folder, Status(state=State.RUNNING, next_heartbeat=9e9))
        assert core("runs", "pause", run.id, "--json").json["state"] == "pausing"
        assert core("runs", "resume", run.id, "--json").json["state"] == "running"
        assert core("runs", "stop", run.id, "--keep-best", "--json").json["state"] == "stopping"
        assert requests.best_requested(run.folder)


def test_a_lost_run_is_resumed(core, monkeypatch):
    run = store.create(RECIPES["sprint"].config)
    store.write_status(run.folder, Status(state=State.RUNNING))
    started = []
    monkeypatch.setattr("core.launch.process.start_worker", started.append)
    core("runs", "pause", run.id).refused("is lost, not training")
    assert core("runs", "resume", run.id, "--json").json["state"] == "starting"
    assert [again.id for again in started] == [run.id]


def test_a_run_that_is_over_cannot_be_stopped_but_removed(core, finished):
    core("runs", "stop", finished).refused("there is nothing to stop")
    assert core("runs", "remove", finished, "--json").json == {"removed": finished}
    assert store.list_runs() == []


def test_an_active_run_cannot_be_removed(core, run):
    core("runs", "remove", run.id).refused("stop it first")
    assert run.folder.is_dir()


def test_a_run_is_renamed(core, finished):
    said = core("runs", "rename", finished, " Our  first ", "--json").json["notes"]
    assert said["name"] == "Our first"
    assert "Our first" in core("runs", "list").out
    core("runs", "rename", finished, "x" * 61).refused("60 characters")
    assert core("runs", "rename", finished, "", "--json").json["notes"]["name"] == ""


def test_a_run_is_exported_and_imported(core, finished, tmp_path):
    before = core("runs", "show", finished, "--json").json
    path = tmp_path / "run.zip"
    facts = core("runs", "export", finished, path, "--json").json
    assert facts == {"id": finished, "path": str(path), "bytes": path.stat().st_size}
    core("runs", "export", finished, path).refused("--overwrite")
    core("runs", "import", path).refused("already exists")
    core("runs", "remove", finished)
    after = core("runs", "import", path, "--json").json
    assert after["notes"]["imported"]
    assert core("runs", "show", finished, "--json").json["card"] == before["card"]
    for same in ("id", "state", "accuracy", "config"):
        assert after[same] == before[same]


def test_what_is_no_passport_is_refused(core, home, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK")
    core("runs", "import", tmp_path / "x.zip").refused("'x.zip' cannot be imported")
    core("runs", "import", tmp_path / "nothing.zip").refused("nothing.zip", "cannot be read")
    core("runs", "export", "nothing").refused("There is no run")
    assert not (home / "runs").exists()


def test_runs_are_compared(core, finished, home):
    other = store.create(RECIPES["dense-dropout"].config_for("sample"))
    make_model(other.folder, run=other.id)
    facts = core("runs", "compare", finished, other.id, "--json").json
    assert [run["id"] for run in facts["runs"]] == [finished, other.id]
    first, second = (load_answers(run) for run in (finished, other.id))
    labels = load("sample").y_test
    (pair,) = facts["pairs"]
    assert pair["only_first"] == int(((first == labels) & (second != labels)).sum())
    assert pair["only_second"] == int(((second == labels) & (first != labels)).sum())
    assert facts["disagreements"] == np.flatnonzero(first != second).tolist()
    assert facts["differences"]["recipe"] == ["dense-starter", "sprint"]
    out = core("runs", "compare", finished, other.id).out
    assert pair["means"] in out
    core("runs", "compare", finished).refused("Give 2 to 8")
    core("runs", "compare", finished, finished).refused("different runs")


def load_answers(run_id):
    with np.load(store.read(run_id).folder / store.PREDICTIONS) as found:
        return found["probabilities"].argmax(axis=1)


@pytest.mark.parametrize("place", [".", "", "{folder}"])
@pytest.mark.parametrize("command", ["runs", "corrections", "report"])
def test_a_folder_is_no_place_for_a_file(core, finished, corrected, tmp_path, command, place):
    """A name of nothing but a folder ended in a trace."""
    folder = tmp_path / "a.npz"
    folder.mkdir()
    where = place.format(folder=folder)
    what = {"runs": ("export", finished), "corrections": ("export",), "report": (finished,)}
    said = core(command, *what[command], where, "--overwrite")
    said.refused(".npz" if command == "corrections" and place != "{folder}" else "is a folder")
    assert folder.is_dir()


@pytest.mark.parametrize("command", ["corrections", "report"])
def test_a_file_that_is_there_is_replaced_only_if_asked(
    core, finished, corrected, tmp_path, command
):
    """`runs export` and `export` asked; these two took whatever lay there."""
    file = tmp_path / "mine.npz"
    file.write_text("of great worth")
    what = {"corrections": ("export",), "report": (finished,)}[command]
    core(command, *what, file).refused(str(file), "--overwrite")
    assert file.read_text() == "of great worth"
    assert core(command, *what, file, "--overwrite").code == 0
    assert file.read_bytes()[:5] != b"of gr"


# evaluate


@pytest.mark.parametrize("form", ["{run}", "{home}/runs/{run}", "{home}/runs/{run}/model.onnx"])
def test_evaluate_finds_what_the_card_says(core, finished, trained, home, form):
    card = trained[1].json
    scores = core("evaluate", form.format(run=finished, home=home), "--json").json
    assert scores["data"] == "sample"
    for key in ("n", "accuracy", "interval", "confusion"):
        assert scores[key] == card["test"][key]
    assert scores["loss"] == pytest.approx(card["test"]["loss"], abs=1e-4)


def test_a_keras_file_can_be_evaluated_and_read_with(core, by_keras, sample_run, tmp_path, digits):
    alone = shutil.copy(sample_run.folder / store.KERAS_MODEL, tmp_path / "mine.keras")
    scores = core("evaluate", alone, "--json").json
    assert scores["confusion"] == registry.of_run(sample_run).card.test.confusion
    Image.fromarray(digits[3]).save(tmp_path / "3.png")
    with_keras = core("read", "--model", alone, tmp_path / "3.png", "--json").json
    with_onnx = core("read", "--model", by_keras, tmp_path / "3.png", "--json").json
    assert with_keras[0]["text"] == with_onnx[0]["text"]
    one, other = (reading[0]["digits"][0]["probabilities"] for reading in (with_keras, with_onnx))
    assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.tensorflow
def test_a_broken_keras_file_is_one_sentence(home, tmp_path):
    """TensorFlow's own greetings stay out of it."""
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    in_a_process("evaluate", str(tmp_path / "broken.keras")).refused("'broken.keras'")


def test_a_model_is_scored_on_what_it_was_trained_on(core, linear, monkeypatch):
    """A model of the sample was scored on MNIST as soon as that was on the machine."""
    monkeypatch.setattr("core.data.default_source", lambda: "mnist")
    scores = core("evaluate", linear, "--json").json
    assert scores["data"] == "sample"


def test_a_data_set_can_be_named(core, linear, tmp_path):
    sample = load("sample")
    file = tmp_path / "ones.npz"
    ones = sample.y_test == 1
    names = ("x_train", "y_train", "x_test", "y_test")
    arrays = (sample.x_train, sample.y_train, sample.x_test[ones], sample.y_test[ones])
    np.savez(file, **dict(zip(names, arrays, strict=True)))
    scores = core("evaluate", linear, "--data", file, "--json").json
    assert scores["data"] == str(file)
    assert scores["n"] == ones.sum() == sum(scores["confusion"][1])
    said = core("evaluate", linear, "--data", file).out
    assert f"{scores['accuracy']:.2%}" in said
    error = scores["reliability"]["calibration_error"]
    assert f"expected calibration error {error:.2%} (15 bins)" in said


# read


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


# export


def test_an_export_is_checked_and_explained(by_keras, home, tmp_path):
    """In a process of its own: TensorFlow's greetings stay out of it."""
    out = tmp_path / "out" / "run.tflite"
    arguments = ["export", by_keras, "litert", str(out), "--json"]
    facts = in_a_process(*arguments, DIGIT_LAB_HOME=str(home), DIGIT_LAB_DATA=str(tmp_path)).json
    assert facts["path"] == str(out)
    assert facts["bytes"] == out.stat().st_size
    assert facts["largest_difference"] <= 1e-4
    assert (facts["agreement"], facts["check_images"], facts["checked_on"]) == (1, 382, "sample")
    assert {"run.tflite", *facts["beside"]} == {file.name for file in out.parent.iterdir()}
    card = json.loads((out.parent / "card.json").read_text(encoding="utf-8"))
    assert card["run"] == by_keras


def test_an_export_in_words(core, by_keras, tmp_path):
    said = core("export", by_keras, "keras", tmp_path / "out" / "run.keras").out
    assert f"{by_keras} as Keras: " in said
    assert "382 of 382 test digits (sample)" in said
    assert "card.json" in said


@pytest.mark.tensorflow
def test_an_export_that_cannot_be_is_one_sentence(core, linear, home, tmp_path):
    out = tmp_path / "model.onnx"
    core("export", linear, "tflite", out).refused("'tflite'", "litert, litert-int8")
    core("export", "nobody", "onnx", out).refused("'nobody'")
    core("export", linear, "onnx", tmp_path / "model.pb").refused("should end in .onnx")
    core("export", linear, "onnx", out, "--json").refused("'model.keras' cannot be loaded")
    bare = home / "models" / "linear" / "model.onnx"
    bare.with_name("model.keras").unlink()
    tflite = tmp_path / "model.tflite"
    core("export", bare, "litert", tflite).refused("an ONNX file without the 'model.keras'")
    assert not out.exists()


# promote


def test_a_promoted_model_is_found_by_its_name(core, finished, home):
    facts = core("promote", finished, "first", "--json").json
    assert facts == {"name": "first", "folder": str(home / "models" / "first")}
    assert core("runs", "remove", finished).code == 0
    assert core("evaluate", "first", "--json").json["n"] > 300


def test_a_name_is_given_once(core, finished, linear):
    core("promote", finished, "linear").refused("'linear' already")
    core("promote", finished, "../linear").refused("'../linear' cannot be")


# corrections and finetune


@pytest.fixture
def corrected(home):
    """Keep two digits that were read wrongly, and return their ids, the newest first."""
    blank = np.zeros((28, 28), np.float32)
    kept = [corrections.keep(blank, label, 9, 0.5, "linear") for label in (4, 7)]
    return [one.id for one in reversed(kept)]


def test_corrections_are_listed_exported_and_removed(core, corrected, tmp_path):
    facts = core("corrections", "list", "--json").json
    assert [(one["id"], one["label"]) for one in facts] == list(zip(corrected, (7, 4), strict=True))
    assert "7, read as 9 by linear" in core("corrections", "list").out
    out = tmp_path / "mine.npz"
    assert core("corrections", "export", out, "--json").json == {"path": str(out), "n": 2}
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["labels"].tolist() == [7, 4]
    assert core("corrections", "remove", corrected[0], "--json").json["label"] == 7
    alone = tmp_path / "alone.npz"
    assert core("corrections", "export", alone).out == f"1 digit is in {alone}.\n"
    core("corrections", "remove", corrected[0]).refused("no longer among your corrections")
    core("corrections", "export", tmp_path / "no" / "mine.npz").refused("cannot be written")
    core("corrections", "export", tmp_path / "mine.txt").refused("must end in .npz")


def test_a_copy_is_fine_tuned_and_what_it_is_worth_is_printed(core, by_keras, corrected):
    facts = core("finetune", by_keras, "--json").json
    assert facts["trained_on"]["n"] == 2
    assert facts["held_back"]["n"] == 0
    change = (facts["after"]["accuracy"] - facts["before"]["accuracy"]) * facts["after"]["n"]
    assert facts["gained"] - facts["lost"] == pytest.approx(change)
    assert core("promote", facts["id"], "mine").code == 0


@pytest.mark.parametrize(("p_value", "shown"), [(1e-7, "p < 0.001"), (0.2, "p = 0.200")])
def test_no_p_value_is_0(core, linear, corrected, monkeypatch, p_value, shown):
    """The copy's was shown as 0.000."""
    comparison = finetune.Comparison(
        (0, 2, 2), (0, 0, 0), None, registry.find(linear).card.test, 14, 51, p_value
    )

    def finish(folder):
        make_model(folder, run=folder.name)
        store.write_status(folder, store.Status(state=State.FINISHED))

    no_worker(finish, monkeypatch)
    monkeypatch.setattr(finetune, "compare", lambda run, before: comparison)
    assert f"51 gained, {shown})" in core("finetune", linear).out


def test_without_corrections_nothing_is_fine_tuned(core, linear, tmp_path):
    """An empty file was written, which no training takes."""
    assert "There are no corrected digits" in core("corrections", "list").out
    core("finetune", linear).refused("There are no corrected digits yet", "Draw page")
    core("corrections", "export", tmp_path / "none.npz").refused(
        "There are no corrected digits yet"
    )
    assert not (tmp_path / "none.npz").exists()
    core("finetune", "nobody").refused("'nobody'")


# study


def test_a_study_of_one_image_is_told_which(core, linear):
    """The place was asked for after ten seconds of start-up, or kept where it means nothing."""
    core("study", linear, "gradients").refused("--item")
    core("study", linear, "known", "--item", 3).refused("leave --item out")


def test_a_study_of_one_image_says_what_it_has_to_say(by_keras, home):
    """In a process of its own: TensorFlow's greetings stay out of it."""
    arguments = ["study", by_keras, "gradients", "--item"]
    done = in_a_process(*arguments, "0", DIGIT_LAB_HOME=str(home))
    assert done == (
        0,
        f"The gradient maps of {by_keras}: done. The Inspect page shows it.\n",
        "",
    )
    in_a_process(*arguments, "9999", DIGIT_LAB_HOME=str(home)).refused("0 to 381")
