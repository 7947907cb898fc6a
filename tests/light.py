"""The light tests, which ``make check`` runs: neither TensorFlow nor a browser, and no long ones.

A test needs TensorFlow in three cases: its file imports it, directly or not; it asks for a run that
Keras has trained; or it is marked, because it or a process that it starts imports TensorFlow.
``--check`` proves that none is missed: with it any import of TensorFlow fails, in all processes.

A test is long if it asks for workers or a database, or is marked: it computes for seconds.
"""

import ast
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
BROWSER = PROJECT / "tests" / "browser"
FRAMEWORKS = {"tensorflow", "keras"}
TRAINED = {"sample_run"}  # fixtures for which TensorFlow trains
# Fixtures of tests that start workers, toys or not, or PostgreSQL.
LONG = {"no_worker_survives", "postgres_programs", "toys"}
LEFT_OUT = ("tensorflow", "long")
_NO_TENSORFLOW = str(PROJECT / "tests" / "without_tensorflow")


class Light:
    """The plugin: marks tests by what they need, and leaves those out where asked."""

    def __init__(self, config: pytest.Config) -> None:
        self._check = config.option.check
        if self._check:
            sys.path.insert(0, _NO_TENSORFLOW)
            known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
            others = [folder for folder in known if folder not in ("", _NO_TENSORFLOW)]
            os.environ["PYTHONPATH"] = os.pathsep.join([_NO_TENSORFLOW, *others])

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        # By its file, for what a file imports it imports when it is collected.
        return True if self._check and _needs(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        if not self._check and not config.option.markexpr:
            return  # To read all sources takes each process a second, and nobody asks.
        for item in items:
            need, fixtures = _needs(item.path), set(getattr(item, "fixturenames", ()))
            if need or TRAINED & fixtures:
                item.add_marker(need or "tensorflow")
            if LONG & fixtures:
                item.add_marker("long")
        if self._check:
            heavy = [item for item in items if any(map(item.get_closest_marker, LEFT_OUT))]
            items[:] = [item for item in items if item not in set(heavy)]
            config.hook.pytest_deselected(items=heavy)


@functools.cache
def _needs(path: Path) -> str | None:
    """Return what all tests of a file or a folder need, if anything."""
    if path == BROWSER or BROWSER in path.parents:
        return "browser"
    return "tensorflow" if path.suffix == ".py" and imports_tensorflow(path) else None


def imports_tensorflow(path: Path) -> bool:
    """Return whether a source imports TensorFlow or Keras when it is imported itself."""
    seen, ahead = set(), [path.resolve()]
    while ahead:
        source = ahead.pop()
        seen.add(source)
        names = _imported(source)
        if FRAMEWORKS & {name.partition(".")[0] for name in names}:
            return True
        ahead += {file for name in names for file in _files(name)} - seen
    return False


@functools.cache
def _imported(source: Path) -> frozenset[str]:
    """Return the dotted names that a source imports at once, not inside of functions."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return frozenset(name for statement in _at_once(tree.body) for name in _names(statement))


def _at_once(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        yield statement
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _at_once(getattr(statement, part, []))


def _names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom) and statement.module:
        yield statement.module
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


@functools.cache
def _files(name: str) -> tuple[Path, ...]:
    """Return the sources of this project that the import of a module runs."""
    parts = name.split(".")
    packages = [PROJECT.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    module = PROJECT.joinpath(*parts).with_suffix(".py")
    return tuple(file for file in (*packages, module) if file.is_file())
