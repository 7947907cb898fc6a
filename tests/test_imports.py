"""Imports point one way, router -> pages -> ui -> core, and the app needs no TensorFlow."""

import ast
import functools
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
LAYERS = (
    "core",
    "ui",
    "pages",
    "router",
    "streamlit_app",
)  # each may import itself and what stands before
# Where TensorFlow and Keras may be named: what trains, builds, converts or differentiates.
TRAINING_ROOMS = (
    "core/bare_keras.py",
    "core/training/",
    "core/model.py",
    "core/brought_models/keras_network.py",
    "core/export/convert.py",
    "core/studies/gradients.py",
)
NAMED_BY_STRING = re.compile(r"((?:core|ui|pages)(?:\.\w+)+)(?::\w+)?")
FRAMEWORKS = {"tensorflow", "keras", "core.bare_keras"}
NAME_OPTUNA = {"core/sweeps/study.py", "ui/sweep/figures.py"}
# Loaded by whoever conducts a sweep, or looks at one.
LOAD_OPTUNA = ("core/sweeps/study.py", "ui/sweep/")
# The optional extra `cluster`: only its room names it, and nothing loads it unasked.
CLUSTER = {"psycopg", "procrastinate"}
# Loaded where runs are sent or taken.
LOAD_CLUSTER = tuple(
    f"core/cluster/{name}.py"
    for name in (
        "connection",
        "ledger",
        "line",
        "machine",
        "mirror",
        "parcels",
        "sent",
        "trainer",
    )
)
# Prints "MODULE FORBIDDEN" for each module whose import brings in what it may not.
IMPORT_EACH = """
import importlib, sys
forbidden = sys.argv[1].split(",")
for name in sys.argv[2:]:
    importlib.import_module(name)
    for found in [f for f in forbidden if f in sys.modules]:
        print(name, found)
        forbidden.remove(found)
"""


def sources(layer: str) -> list[Path]:
    single = PROJECT / f"{layer}.py"
    return [single] if single.is_file() else sorted((PROJECT / layer).rglob("*.py"))


def module_name(source: Path) -> str:
    parts = source.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def imported(source: str) -> frozenset[str]:
    """Return the dotted names that a source imports.

    At the top, inside a function, under ``TYPE_CHECKING``, or named by a string that is imported
    later: ``"package.module"`` or ``"package.module:function"``.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and (
            found := NAMED_BY_STRING.fullmatch(str(node.value))
        ):
            names.add(found[1])
    return frozenset(names)


def imports_within(layer: str) -> dict[str, set[str]]:
    """Return the modules of a layer, each with those of them that it imports."""
    modules = {module_name(source): source for source in sources(layer)}
    found = {}
    for name, source in modules.items():
        names = imported(source.read_text(encoding="utf-8")) & modules.keys()
        # "from core.data import idx" names the package only to find the module in it.
        packages = {one for one in names if any(other.startswith(f"{one}.") for other in names)}
        found[name] = names - packages - {name}
    return found


def room(module: str) -> str:
    """Return the folder of a layer that a module lies in, or the module that lies in none."""
    return ".".join(module.split(".")[:2])


def imports_between_rooms(layer: str) -> dict[str, set[str]]:
    """Return the rooms of a layer, each with the others that its modules import from."""
    found: dict[str, set[str]] = {}
    for module, names in imports_within(layer).items():
        others = {room(name) for name in names - {layer}} - {room(module)}
        found.setdefault(room(module), set()).update(others)
    return found


def may_train(source: Path) -> bool:
    return source.relative_to(PROJECT).as_posix().startswith(TRAINING_ROOMS)


def imported_packages(source: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(source.read_text(encoding="utf-8"))}


ALL = [
    pytest.param(layer, source, id=str(source.relative_to(PROJECT)))
    for layer in LAYERS
    for source in sources(layer)
]


def test_hidden_imports_count() -> None:
    source = (
        "import a.b\ndef f():\n    from c import d\n"
        "if TYPE_CHECKING:\n    from e.f import G\n"
        "LATER = 'core.h:i'\nWORDS = 'not core.j, a sentence'\n"
    )
    assert imported(source) == {"a.b", "c", "c.d", "e.f", "e.f.G", "core.h"}


@pytest.mark.parametrize(("layer", "source"), ALL)
def test_imports_point_one_way(layer: str, source: Path) -> None:
    later = set(LAYERS[LAYERS.index(layer) + 1 :])
    assert not imported_packages(source) & later


@pytest.mark.parametrize("layer", ["core", "ui"])
def test_no_module_needs_itself(layer: str) -> None:
    """Recipes went in a circle inside functions, explanations of Draw one under TYPE_CHECKING."""
    tuple(TopologicalSorter(imports_within(layer)).static_order())  # raises CycleError


@pytest.mark.parametrize("layer", ["core", "ui"])
def test_no_room_needs_itself(layer: str) -> None:
    """Whoever moves a module can do so without two folders importing from each other."""
    tuple(TopologicalSorter(imports_between_rooms(layer)).static_order())


@pytest.mark.parametrize(("layer", "source"), ALL)
def test_only_what_needs_streamlit_or_keras_names_it(layer: str, source: Path) -> None:
    forbidden = {"streamlit", "streamlit_drawable_canvas"} if layer == "core" else set()
    names = imported(source.read_text(encoding="utf-8"))
    if not may_train(source):
        forbidden |= FRAMEWORKS
    if source.relative_to(PROJECT).as_posix() not in NAME_OPTUNA:
        forbidden |= {"optuna"}
    if not source.is_relative_to(PROJECT / "core" / "cluster"):
        forbidden |= CLUSTER
    assert not (names | imported_packages(source)) & forbidden


@pytest.mark.parametrize("source", [pytest.param(s, id=s.stem) for s in sources("pages")])
def test_pages_never_import_each_other(source: Path) -> None:
    assert "pages" not in imported_packages(source)


@pytest.mark.parametrize(
    ("layer", "forbidden"),
    [
        ("core", FRAMEWORKS | {"streamlit", "sklearn", "scipy.stats", "optuna"} | CLUSTER),
        ("ui", FRAMEWORKS | {"sklearn", "scipy.stats", "optuna"} | CLUSTER),
    ],
)
def test_a_fresh_interpreter_stays_light(layer: str, forbidden: set[str]) -> None:
    names = [
        module_name(source)
        for source in sources(layer)
        if source.stem != "__main__"
        and not may_train(source)
        and not source.relative_to(PROJECT).as_posix().startswith((*LOAD_OPTUNA, *LOAD_CLUSTER))
    ]
    assert found_by(names, forbidden) == []


@pytest.mark.tensorflow
def test_keras_is_loaded_without_what_nobody_gives_it() -> None:
    """A third of the time until a training begins went into scikit-learn, pandas and SciPy."""
    names = [module_name(source) for source in sources("core") if may_train(source)]
    assert "core.training.train" in names
    assert found_by(names, {"sklearn", "scipy", "pandas", "streamlit"}) == []


def found_by(names: list[str], forbidden: set[str]) -> list[str]:
    """Return what a fresh interpreter that imports these modules loads and may not."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, ",".join(sorted(forbidden)), *sorted(names)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
