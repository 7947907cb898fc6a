"""The run store: runs are created, listed and read; `contract` says what is in their folders."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from core import paths
from core.config import TrainConfig, parse
from core.disk.atomic import appearing, as_json, keeping, locked, write_record
from core.errors import DigitLabError
from core.runs import requests, states
from core.runs.contract import (
    ARRIVING,
    CARD,
    CONFIG,
    ROOM,
    ROOM_BYTES,
    STATUS,
    WORKER_LOCK,
    Run,
    State,
    Status,
    is_id,
)

# One lock for all runs, beside their folders: inside one it would block moving it on Windows.
_LOCK = ".changes.lock"
# Random, so that no disk can store it in less.
_ROOM = os.urandom(ROOM_BYTES)


class TakenError(DigitLabError):
    """The id that a run was to have is another run's."""


@contextmanager
def changing(what: str, *, make: bool = False) -> Iterator[None]:
    """Admit one thread or process at a time to a block that looks at runs and changes them.

    Whoever creates, removes, restores, resumes or copies a run, or changes its notes, looks and
    acts in here: what it has seen still holds when it acts. Not to be nested.

    Parameters
    ----------
    what : str
        What is changed, as the start of a sentence.
    make : bool
        Whether to create the folder of all runs; without it there is nothing to look at.

    Raises
    ------
    DigitLabError
        The operating system refuses, as in `core.disk.atomic.keeping`.
    """
    runs = paths.runs_folder()
    if not make and not runs.exists():
        yield
        return
    with keeping(what, runs), locked(runs / _LOCK):
        yield


def start_again(folder: Path) -> None:
    """Make a run that was lost or has failed read ``starting`` again, for a new worker.

    Raises
    ------
    DigitLabError
        There is no room on the disk, not even for its last status.
    """
    write_record(folder / ROOM, _ROOM, "The run", make=False)
    requests.clear(folder)
    (folder / CARD).unlink(missing_ok=True)  # of a model that will be replaced
    (folder / STATUS).unlink(missing_ok=True)
    # `states.STARTING_GRACE_S` counts from now. At last, since who remembers an ended run by this
    # time must not read that it has ended after it.
    (folder / CONFIG).touch()


def create(
    config: TrainConfig, fill: Callable[[Path], None] | None = None, run_id: str = ""
) -> Run:
    """Create the folder of a new run, which appears with all that it begins with.

    Parameters
    ----------
    config : TrainConfig
    fill : callable, optional
        Writes what else the run begins with, into the folder that it is called with.
    run_id : str, optional
        One of `free_id` that was noted down first; default: one of this moment.

    Raises
    ------
    DigitLabError
        The folder cannot be written, or ``fill`` raises it.
    TakenError
        Another run has the id by now.
    """
    with changing("The run", make=True):
        folder = paths.runs_folder() / (run_id or free_id(config.recipe))
        if os.path.lexists(folder):
            raise TakenError(f"Run '{run_id}' already exists: nothing was started.")
        with appearing(folder, ARRIVING) as arriving:
            content = as_json(config.model_dump(mode="json"))
            (arriving / CONFIG).write_text(content, encoding="utf-8")
            (arriving / ROOM).write_bytes(_ROOM)
            if fill is not None:
                fill(arriving)
    return read(folder.name)


def free_id(recipe: str) -> str:
    """Return the id of a run that is created now; another run may take it before this one does."""
    while True:
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03d}-{recipe}"
        if not os.path.lexists(paths.runs_folder() / name):  # else one took this millisecond
            return name


def run_ids(folder: Path | None = None) -> list[str]:
    """Return the names of all run folders, newest first: of a folder, default the home's runs."""
    try:
        with os.scandir(folder or paths.runs_folder()) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    except FileNotFoundError:
        return []
    return sorted((name for name in names if not name.startswith(".")), reverse=True)


def list_runs() -> list[Run]:
    """Return every run, newest first, even if some are damaged."""
    folder = paths.runs_folder()
    return [read_folder(folder / name) for name in run_ids()]


def exists(run_id: str) -> bool:
    """Return whether there is such a run, without listing all runs if the name is an id."""
    if is_id(run_id):
        return (paths.runs_folder() / run_id).is_dir()
    # A folder that somebody made by hand. The name comes from a command line or an address and may
    # lead elsewhere, so only a listed name is a run's.
    return run_id in run_ids()


def read(run_id: str) -> Run:
    """Return one run in its current state.

    Raises
    ------
    DigitLabError
        There is no such run.
    """
    if not exists(run_id):
        raise DigitLabError(
            f"There is no run '{run_id}': see `python -m core runs list` or the Runs page for all "
            "runs."
        )
    return read_folder(paths.runs_folder() / run_id)


def worker_lock(folder: Path) -> FileLock:
    """Return the lock that a worker holds for as long as it lives."""
    return FileLock(folder / WORKER_LOCK)


def write_status(folder: Path, status: Status) -> None:
    """Replace ``status.json``; only the worker of the run does this."""
    over = not status.state.active  # Later reports than the last word would be missed.
    content = status.model_dump_json()
    write_record(folder / STATUS, content, "The status", make=False, durable=over)


def read_folder(folder: Path) -> Run:
    """Return the current state of the run in a folder that `run_ids` names; never raises."""
    try:
        file = f"{folder}/{CONFIG}"  # Building a pathlib.Path takes ten times as long.
        config = _config_of(file, paths.version(file))
    except (OSError, ValueError, RecursionError, DigitLabError) as fault:
        what = str(fault) if isinstance(fault, DigitLabError) else "it is missing or no JSON"
        reason = f"This folder's {CONFIG} cannot be used ({what}): it can be removed."
        return Run(folder.name, folder, State.MALFORMED, reason=reason)
    status = states.read_status(folder)
    state, reason = states.derive(folder, status)
    silent = 0.0
    if status is not None and state.active:
        silent = max(0.0, time.time() - status.next_heartbeat)
    return Run(folder.name, folder, state, config, status, reason, silent)


# Checking configurations is most of the work of listing a thousand runs, and none ever changes.
@lru_cache(maxsize=states.KEPT)
def _config_of(file: str, version: paths.Version) -> TrainConfig:
    return parse(json.loads(Path(file).read_text(encoding="utf-8")))
