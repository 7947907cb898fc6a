"""`python -m core`: what every command promises.

In real processes where exit codes, streams and signals are what is tested, else without their cost.
"""

import os
import runpy
import subprocess
import sys

import pytest

from core import paths
from core.runs import store
from core.runs.contract import State, Status
from tests.cli.calls import Outcome, in_a_process, no_worker


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "spring"], ["'spring'", "sprint"]),
        (["recipes", "--jsn"], ["--jsn", "did you mean '--json'?"]),
        (["read", "--model", "../no/model", "y.png"], ["There is no model '../no/model'"]),
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
