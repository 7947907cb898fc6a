"""pyproject.toml says of the project what the rest of it says."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

from tools.make_venv import NEWEST, OLDEST

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
SETTINGS = tomllib.loads(PYPROJECT.read_text())
PROJECT = SETTINGS["project"]


def test_pythons_are_those_that_an_environment_is_made_for():
    (_, oldest), (major, newest) = OLDEST, NEWEST
    assert PROJECT["requires-python"] == f">={major}.{oldest},<{major}.{newest + 1}"


def test_command_is_the_one_that_core_runs():
    from core.cli.main import main

    [(name, target)] = PROJECT["scripts"].items()
    assert EntryPoint(name, target, "console_scripts").load() is main


def test_extras_are_those_that_an_environment_can_be_made_with():
    made = SETTINGS["tool"]["setuptools"]["dynamic"]["optional-dependencies"]
    cluster, server = "requirements-cluster.txt", "requirements-server.txt"
    assert made == {"cluster": {"file": cluster}, "server": {"file": [cluster, server]}}
    # setuptools reads lines of requirements alone.
    for name in (cluster, server):
        lines = (PYPROJECT.parent / name).read_text().splitlines()
        assert not any(line.startswith("-") for line in lines)
