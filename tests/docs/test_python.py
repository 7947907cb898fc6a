"""The documents' Python runs, each document as one program, and what it calls has an example."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.paths import PROJECT
from tests.docs.documents import DOCS, README, blocks

PROGRAMS = [README, DOCS / "python.md"]
# The tries of a sweep are toys: a run before it is trained in earnest, and other tests do the same
# with sweeps.
TOYS = "from core.sweeps import launch\nlaunch.CONDUCTOR = ('tests.sweeps.toy_conductor',)"
# What their examples would train, start or export: the documents' programs show it instead.
SHOWN_BY_DOCUMENTS = {"follow", "launch", "deliver", "start", "follow_sweep"}


@pytest.mark.tensorflow
@pytest.mark.parametrize("document", PROGRAMS, ids=lambda path: path.name)
def test_the_python_of_a_document_runs(
    document: Path,
    seven: np.ndarray,
    home: Path,
    no_mnist: Path,
    no_worker_survives: None,
    tmp_path: Path,
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    Image.fromarray(seven).save(here / "seven.png")
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-"],
        input="\n".join([TOYS, *blocks(document, "python")]),
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("7 digit\n")


def called() -> list[tuple[str, str]]:
    """Return module and name of each function of ours that the documents import."""
    found = set()
    for document in PROGRAMS:
        for node in ast.walk(ast.parse("\n".join(blocks(document, "python")))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("core."):
                found |= {(node.module, alias.name) for alias in node.names}
    return sorted(found)


@pytest.mark.parametrize(("module", "name"), called())
def test_what_documents_call_has_an_example(module: str, name: str) -> None:
    thing = getattr(importlib.import_module(module), name, None)
    if callable(thing) and not isinstance(thing, type) and name not in SHOWN_BY_DOCUMENTS:
        assert ">>>" in thing.__doc__


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_no_other_document_has_python_that_nobody_runs(document: Path) -> None:
    assert document in PROGRAMS or blocks(document, "python") == []
