"""The rooms of core/: `core.__doc__` names all of them, and habits that all of them keep."""

import ast
import re

import pytest

import core
from core.paths import PROJECT
from tests.test_imports import FRAMEWORKS, TRAINING_ROOMS, imported_packages, sources

# What begins with an underscore and is public all the same.
PUBLIC = {"_exit", "_fields", "_replace"}  # of os, and of named tuples
OWN = {"self", "cls", "other"}


def told() -> dict[str, str]:
    """Return the names in the docstring, each with the heading that it stands under."""
    found, heading = {}, ""
    for line in core.__doc__.splitlines():
        if line.endswith("::"):
            heading = line
        elif named := re.match(r" {4}(\w+) {2,}\S", line):
            assert named[1] not in found
            found[named[1]] = heading
    return found


def test_every_room_and_loose_module_is_named() -> None:
    there = {
        path.stem
        for path in (PROJECT / "core").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert set(told()) == there - {"__init__"}


def test_it_says_truly_where_tensorflow_is() -> None:
    wholly = {room.split("/")[1].removesuffix(".py") for room in TRAINING_ROOMS[:3]}
    said = told()
    for name, heading in said.items():
        lines = [line for line in core.__doc__.splitlines() if line.startswith(f"    {name} ")]
        assert ("with TensorFlow" in heading + lines[0]) == (name in wholly), name
    partly = [room.removeprefix("core/").removesuffix(".py") for room in TRAINING_ROOMS[3:]]
    assert all(f"``{name.replace('/', '.')}``" in core.__doc__ for name in partly)
    in_the_app = [name for name, heading in said.items() if heading.startswith("In all of them")]
    for source in sources("core"):
        if source.relative_to(PROJECT / "core").parts[0].removesuffix(".py") in in_the_app:
            assert not imported_packages(source) & FRAMEWORKS


# Keras tells each use of a layer in no other way; `test_model` loads a layer that is used twice.
# Optuna takes up a trial that another process asked for in no other way; `sweeps.test_kills` does.
NO_PUBLIC_WAY = {"layer._inbound_nodes", "self._trials()[number]._trial_id"}


@pytest.mark.parametrize("source", [pytest.param(s, id=s.stem) for s in sources("core")])
def test_nothing_private_of_others_is_asked_for(source) -> None:
    """Keras's schedule was, by `optimizer._learning_rate`."""
    asked = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and re.match(r"_[a-z]", node.attr)
        and node.attr not in PUBLIC
        and ast.unparse(node) not in NO_PUBLIC_WAY
        and ast.unparse(node.value) not in OWN
    ]
    assert asked == []
