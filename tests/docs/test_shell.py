"""Shell commands in the documents: every one exists, and the quick ones run."""

import importlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image
from streamlit import config as streamlit_config

from core.cli.main import cli, main
from core.data import load_test
from core.export import passport
from core.paths import PROJECT
from core.people import corrections
from core.recipes import link
from core.recipes.shipped import RECIPES
from core.runs import contract, removal
from tests.docs.documents import DOCS, DOCUMENTS, commands, commands_in_text, section
from tests.models import finished_run
from tools import reference

SHELL = DOCS / "shell.md"
EPOCH = '{"kind": "epoch", "step": 10, "epoch": 1, "loss": 0.5, "accuracy": 0.9}\n'
# What takes TensorFlow, a network, minutes, or a run that trains: their words are checked alone.
NOT_RUN = {
    "cluster serve",
    "work",
    "train",
    "export",
    "finetune",
    "study",
    "data --fetch",
    "runs pause",
    "runs resume",
    "runs stop",
    "sweep",
}
# Programs of others, whose options are theirs to check.
OTHERS = {"cd", "chmod", "curl", "docker", "git", "openssl", "optuna-dashboard", "ssh", "uv"}

ALL = [
    pytest.param(command, id=f"{document.name}: {command}")
    for document in DOCUMENTS
    for command in dict.fromkeys(commands(document))
]


def words(command: str) -> list[str]:
    """Return a command's words up to a pipe, without variables that are set before it."""
    found = shlex.split(re.split(r"\s[|>&]", command)[0])
    while re.fullmatch(r"[A-Z_]+=.*", found[0]):
        found.pop(0)
    return found


def parse(command: click.Command, name: str, arguments: list[str]) -> None:
    """Have click read the words of a command and carry out nothing."""
    while isinstance(command, click.Group) and arguments:
        context = click.Context(command, info_name=name)
        name, command, arguments = command.resolve_command(context, arguments)
    command.make_context(name, list(arguments))


def makes(target: str) -> bool:
    rules = (PROJECT / "Makefile").read_text("utf-8")
    return re.search(rf"^{re.escape(target)}:", rules, re.MULTILINE) is not None


@pytest.mark.parametrize("command", ALL)
def test_every_command_is_understood(command: str) -> None:
    understand(command)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_sentence_is_one(document: Path) -> None:
    for command in commands_in_text(document):
        with suppress(click.MissingParameter):  # a sentence may leave out what it is applied to
            understand(command)


def understand(command: str) -> None:
    """Assert that a command is there, and takes what it is given."""
    program, *rest = words(command)
    if program == "make":
        targets = [word for word in rest if "=" not in word]
        assert targets
        assert all(makes(target) for target in targets)
    elif Path(program).stem.startswith("python") or program == "py":
        understand_python(rest)
    else:
        assert program in OTHERS, "say in this test how such a command is checked"


def understand_python(arguments: list[str]) -> None:
    match arguments:
        case ["-m", "core", *rest]:
            parse(cli, "core", rest)
        case ["-m", "streamlit", "run", script, *options]:
            assert (PROJECT / script).is_file()
            known = streamlit_config.get_config_options()
            assert {name[2:] for name in options if name.startswith("--")} <= known.keys()
        case ["-m", name, *rest] if name.startswith(("bench.", "tools.")):
            program = importlib.import_module(name).main
            if isinstance(program, click.Command):
                parse(program, name, rest)
            else:
                assert rest == []
        case ["-m", "pip" | "venv" | "pytest", *rest]:
            named = [word for word in rest if word.endswith((".txt", ".py"))]
            assert all((PROJECT / word).is_file() for word in named)
        case ["-m", "core.worker" | "core.sweeps.conductor" as name, _]:
            assert find_spec(name)
        case ["-m", "core.cluster.mirror" as name]:
            assert find_spec(name)
        case [script, *_] if script.endswith(".py"):
            assert (PROJECT / script).is_file()
        case _:
            pytest.fail("say in this test how such a command is checked")


def quick() -> Iterator[str]:
    for document in DOCUMENTS:
        for command in commands(document):
            with suppress(ValueError):
                start = words(command).index("core") + 1
                said = " ".join(words(command)[start:])
                if not any(said.startswith(slow) for slow in NOT_RUN):
                    yield command


@pytest.fixture(scope="module")
def furnished(seven: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home and a working folder that hold what the documents' commands name."""
    folder = tmp_path_factory.mktemp("documents")
    here, home = folder / "here", folder / "home"
    here.mkdir()
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGIT_LAB_HOME", str(home))
        patch.setenv("DIGIT_LAB_DATA", str(folder / "no-data"))
        patch.setenv("KERAS_HOME", str(folder / "no-keras"))
        for name in ("sprint", "tiny", "dense-starter"):
            run = finished_run(RECIPES[name].config_for("sample"), accuracy=0.9)
            (run.folder / contract.METRICS).write_text(EPOCH, "utf-8")
        (here / "passport.zip").write_bytes(passport.pack(run.id))
        removal.remove(run.id)  # so that it can be imported
        test = load_test("sample")
        for image, label in zip(test.x[:20], test.y[:20], strict=True):
            corrections.keep(image, int(label), answer=0, confidence=0.5, model="tiny")
    Image.fromarray(seven).save(here / "seven.png")
    np.savez(here / "drawings.npz", canvases=np.stack([seven, seven[::-1]]))
    rows = np.hstack([test.y[:, None], test.x.reshape(len(test.x), -1)])
    np.savetxt(here / "train.csv", rows, "%d", ",")
    (here / "mine.json").write_text(link.to_json(RECIPES["tiny"].config), "utf-8")
    return folder


@pytest.fixture
def at_home(
    furnished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], list[str]]:
    """Work in a copy of the furnished home; returns what gives a command's words there."""
    copy = shutil.copytree(furnished, tmp_path / "copy")
    monkeypatch.setenv("DIGIT_LAB_HOME", str(copy / "home"))
    monkeypatch.setenv("DIGIT_LAB_DATA", str(copy / "no-data"))
    monkeypatch.setenv("KERAS_HOME", str(copy / "no-keras"))
    monkeypatch.chdir(copy / "here")
    run, other = sorted(path.name for path in (copy / "home" / "runs").iterdir() if path.is_dir())
    first = next((copy / "home" / "corrections").glob("*.json")).stem
    meant = {"RUN": run, "OTHER": other, "ID": first}

    def arguments(command: str) -> list[str]:
        if "my-model" in command and "promote" not in command:
            main(["promote", run, "my-model"])
            capsys.readouterr()
        start = words(command).index("core") + 1
        return [meant.get(word, word) for word in words(command)[start:]]

    return arguments


@pytest.mark.parametrize("command", list(dict.fromkeys(quick())))
def test_quick_commands_run(
    command: str, at_home: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    main(at_home(command))  # else it exits
    printed = capsys.readouterr()
    assert printed.out
    assert printed.err == ""
    if " | " in command:
        program = shlex.split(command.partition(" | ")[2])
        assert program.pop(0) == "python"
        subprocess.run([sys.executable, *program], input=printed.out, text=True, check=True)


def documented_json() -> dict[str, str]:
    """Return what the table of JSON says of each command."""
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section(SHELL, "JSON"), re.MULTILINE))


@pytest.mark.parametrize("command", list(dict.fromkeys(quick())))
def test_the_json_of_quick_commands_is_as_documented(
    command: str, at_home: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = at_home(command)
    main([*arguments, *({"--json"} - {*arguments})])
    printed = json.loads(capsys.readouterr().out)
    said = documented_json()
    row = max((row for row in said if shlex.join(arguments).startswith(row)), key=len)
    assert isinstance(printed, list) == said[row].startswith("a list of ")
    keys = set(re.findall(r"`(\w+)`", said[row]))
    if re.match(r"a run\b|a list of runs", said[row]):
        keys |= set(re.findall(r"`(\w+)`", section(SHELL, "JSON").partition("|")[0]))
    first = printed[0] if isinstance(printed, list) else printed
    assert first.keys() == keys


def test_the_json_of_every_command_is_documented() -> None:
    paths = {context.command_path for context in reference.commands()}
    assert paths == {f"python -m core {name}" for name in documented_json()}


def test_every_command_and_option_is_in_the_reference() -> None:
    text = SHELL.read_text("utf-8")
    for context in reference.commands():
        path = context.command_path.removeprefix("python -m core ")
        said = text.partition(f"\n### {path}\n")[2].partition("\n### ")[0]
        for parameter in context.command.params:
            if isinstance(parameter, click.Argument):
                assert parameter.make_metavar(context).strip("[].") in said
            elif not parameter.hidden and not reference.EVERYWHERE & {*parameter.opts}:
                assert all(f"`{option}" in said for option in parameter.opts), path


def test_every_command_takes_json() -> None:
    """That is said once, above the reference."""
    for context in reference.commands():
        options = {name for parameter in context.command.params for name in parameter.opts}
        assert options >= reference.EVERYWHERE, context.command_path
