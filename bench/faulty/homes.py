"""Homes for trials: folders of their own, what they begin with, and whether they are whole."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from core import paths, registry
from core.cards import read_card
from core.config import with_changes
from core.errors import DigitLabError
from core.export import passport
from core.launch import process
from core.people import corrections
from core.recipes import own
from core.recipes.shipped import RECIPES
from core.runs import contract, store, summary
from core.runs.contract import State, Status
from core.runs.curves import MetricsWriter
from tests.models import make_model

# A trial says in a word what became of it, and in a sentence what was wrong, if anything.
Trials = Iterator[tuple[str, str]]

_IN_MEMORY = Path("/dev/shm")
RUN = "20260102-030405-678-dense-starter"
QUICK = with_changes(
    RECIPES["dense-starter"].config, {"data": "sample", "epochs": 20, "batch_size": 32}
)


@contextmanager
def home() -> Iterator[Path]:
    """Make a new folder the home while the block runs."""
    where = _IN_MEMORY if _IN_MEMORY.is_dir() else None  # a flush to a disk may take 20 ms
    with (
        tempfile.TemporaryDirectory("", "digit-lab-", where, ignore_cleanup_errors=True) as new,
        mock.patch.dict(os.environ, {"DIGIT_LAB_HOME": new, "DIGIT_LAB_STANDBY": "0"}),
    ):
        yield Path(new)


def toys() -> AbstractContextManager[object]:
    """Let toys train."""
    return mock.patch("core.spawn.WORKER", "tests.toy.worker")


def no_workers() -> AbstractContextManager[object]:
    """Start nothing where a run is created or resumed."""
    return mock.patch.object(process, "start_worker", return_value=None)


@cache
def pattern() -> tuple[dict[str, bytes], bytes]:
    """Return the files of a run that failed after it had a model, by name, and its passport."""
    with home():
        folder = paths.runs_folder() / RUN
        store.create(QUICK).folder.rename(folder)
        make_model(folder, run=RUN)
        writer = MetricsWriter(folder / contract.METRICS)
        writer.append({"kind": "batch", "step": 1, "loss": 2.0, "accuracy": 0.5})
        writer.close()
        store.write_status(folder, Status(state=State.FAILED))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        return files, passport.pack(RUN)


def put_run(name: str = RUN) -> Path:
    """Write the pattern into the home, as a folder of its runs."""
    folder = paths.runs_folder() / name
    folder.mkdir(parents=True)
    for file, content in pattern()[0].items():
        (folder / file).write_bytes(content)
    return folder


def flaw() -> str:
    """Say what in the home is not whole: a run, a model, a correction or a recipe; else empty."""
    runs = store.list_runs()
    summary.summarise_all(runs)
    for run in runs:
        if run.state is State.MALFORMED:
            return f"{run.id} is malformed: {run.reason}"
        if run.has_model:
            registry.of_run(run).card  # noqa: B018
    for model in registry.list_models():
        read_card(model.folder / contract.CARD)
        model.predictions()
    kept = len(list(paths.corrections_folder().glob("[!.]*.json")))
    if kept != len(corrections.everything()):
        return f"{kept} files of corrections, {len(corrections.everything())} read"
    return " ".join(own.read_all().faults)


def attempt(act: Callable[[], object]) -> tuple[bool, str]:
    """Return whether something was done, and what was said in place of a sentence otherwise."""
    try:
        act()
    except DigitLabError:
        return False, ""
    except Exception as fault:
        return False, f"{type(fault).__name__}: {fault}"[:300]
    return True, ""


def emptied(folder: Path) -> None:
    """Delete what is in a folder, but not the folder."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
