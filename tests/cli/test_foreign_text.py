"""Text of other people in a terminal: it is shown, and moves, colours or hides nothing."""

import ast
import json
import re
from contextlib import suppress

import pytest

from core import paths
from core.cli import main, output
from core.recipes.shipped import RECIPES
from core.runs import contract, notes, store
from core.runs.contract import State, Status
from tests.models import make_model

# Clears the screen, sets the window's title, writes over the line, turns the writing round.
ACTS = "\x1b[2J\x1b]0;x\x07\rok\x9b1m\u202e\n"
SAFE = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*")


@pytest.fixture
def poisoned(home, no_mnist, monkeypatch):
    """Make a home where every text of a run and a model acts on a terminal."""
    monkeypatch.setattr(paths, "SHIPPED_MODELS", home / "models")
    runs = [
        store.create(RECIPES[name].config_for("sample")) for name in ("sprint", "tiny", "cnn-deep")
    ]
    for run in runs[:2]:
        make_model(run.folder, run=run.id)
        poison_card(run.folder / contract.CARD)
        store.write_status(run.folder, Status(state=State.FINISHED, phase=ACTS, accuracy=0.5))
    store.write_status(runs[2].folder, Status(state=State.FAILED, phase=ACTS, reason=ACTS))
    for run in runs:
        written = {"name": ACTS, "note": ACTS, "tags": [ACTS[:9]], "group": ACTS, "imported": ACTS}
        (run.folder / notes.FILE).write_text(json.dumps(written))
    make_model(home / "models" / "linear")
    poison_card(home / "models" / "linear" / contract.CARD)
    (home / "recipes").mkdir()
    (home / "recipes" / "mine.json").write_text(json.dumps({"recipe": ACTS}))
    broken = home / "runs" / f"20260101-000000-000-{ACTS[:3]}"
    broken.mkdir()
    return [run.id for run in runs]


def poison_card(path):
    card = json.loads(path.read_text())
    card["data"] |= {"title": ACTS, "source": ACTS}
    card["machine"] |= {"system": ACTS, "processor": ACTS, "python": ACTS}
    path.write_text(json.dumps(card))


@pytest.mark.parametrize(
    "command",
    [
        "runs list",
        "runs show {0}",
        "runs show {2}",
        "runs compare {0} {1}",
        "runs rename {0} \x1b[31m",
        "models",
        "recipes",
        "data",
        "corrections list",
        "evaluate {0}",
        "evaluate \x1b[31m",
        "runs show \x1b[31m\x9b",
        "\x1b[31m",
        "train \x1b[31m",
        "runs import \x1b[31m",
    ],
)
def test_no_command_lets_text_of_other_people_act(poisoned, capsys, command):
    """A run's name could clear the screen or write a result of its own over the true one."""
    words = [word.format(*poisoned) for word in command.split(" ")]
    for arguments in (words, [*words, "--json"]):
        with suppress(SystemExit):
            main.main(arguments)
        said = capsys.readouterr()
        for text in (said.out, said.err):
            assert SAFE.fullmatch(text), repr(text)
        assert said.out or said.err


def test_nothing_is_written_to_a_terminal_past_the_one_place():
    """`output` makes text harmless; a command that prints for itself would not."""
    past = []
    for file in sorted((paths.PROJECT / "core" / "cli").glob("*.py")):
        if file.name == "output.py":
            continue
        for call in ast.walk(ast.parse(file.read_text())):
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if name in ("print", "click.echo", "click.secho", "sys.stdout.write"):
                past.append(f"{file.name}:{call.lineno}")
    assert past == []


def test_plain_text_in_any_writing_stays_as_it_is():
    words = "Ziffern für Zoë, 数字, أرقام, 🙂 \\x1b"
    assert output.printable(words) == words
