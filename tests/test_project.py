"""pyproject.toml says of the project what the rest of it says."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

from tools.make_venv import NEWEST, OLDEST

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
PROJECT = tomllib.loads(PYPROJECT.read_text())["project"]


def test_pythons_are_those_that_an_environment_is_made_for():
    (_, oldest), (major, newest) = OLDEST, NEWEST
    assert PROJECT["requires-python"] == f">={major}.{oldest},<{major}.{newest + 1}"


def test_command_is_the_one_that_core_runs():
    from core.cli.main import main

    [(name, target)] = PROJECT["scripts"].items()
    assert EntryPoint(name, target, "console_scripts").load() is main
