"""Runs that were deleted and can still be had back.

Deleting moves a run's folder to a hidden name, which `undo` reverses. It is destroyed when somebody
says so, or an hour later: whoever deletes the next run, or opens the list of runs, clears away what
is older. So a slip can be mended from any page, and nothing fills the disk for ever.
"""

import time
from pathlib import Path

from core import paths
from core.disk.atomic import replace
from core.errors import DigitLabError
from core.runs import notes, store

KEPT_S = 3600.0


def remove(run_id: str) -> None:
    """Take a run that is over out of the list, so that `undo` brings it back.

    Raises
    ------
    DigitLabError
        There is no such run, it is still active, or its folder cannot be moved.
    """
    clear_old()
    store.take_away(run_id)


def removed() -> list[str]:
    """Return the ids of the runs that can be had back, the one deleted last first."""
    graves = [(_deleted_at(grave), grave.name) for grave in _hidden(store.REMOVED)]
    return [name.removeprefix(store.REMOVED) for _, name in sorted(graves, reverse=True)]


def name_of(run_id: str) -> str:
    """Return what a deleted run was called: its name, else its id."""
    return notes.read(paths.runs_folder() / (store.REMOVED + run_id)).name or run_id


def undo(run_id: str) -> store.Run:
    """Bring a deleted run back as it was.

    Raises
    ------
    DigitLabError
        It is not there any more, or another run has its place.
    """
    if run_id not in removed():
        raise DigitLabError(f"Run '{run_id}' cannot be restored: it was deleted for good.")
    place = paths.runs_folder() / run_id
    if place.exists():
        raise DigitLabError(
            f"Run '{run_id}' cannot be restored while another run has its id: delete that first."
        )
    try:
        replace(place.with_name(store.REMOVED + run_id), place)
    except OSError as fault:
        raise DigitLabError(
            f"Run '{run_id}' could not be restored ({fault.strerror or fault}): try again."
        ) from fault
    return store.read(run_id)


def clear() -> None:
    """Destroy all deleted runs."""
    _destroy_older_than(0)


def clear_old() -> None:
    """Destroy what was deleted an hour ago or before, and what a crash left half done."""
    _destroy_older_than(KEPT_S)


def _destroy_older_than(seconds: float) -> None:
    now = time.time()
    for grave in _hidden(store.REMOVED):
        if now - _deleted_at(grave) >= seconds:
            store.destroy(grave)
    for remains in _hidden(store.DESTROYED):
        store.destroy(remains)
    for arriving in _hidden(store.ARRIVING):
        if now - _deleted_at(arriving) >= KEPT_S:
            store.destroy(arriving)


def _hidden(prefix: str) -> list[Path]:
    try:
        return [path for path in paths.runs_folder().iterdir() if path.name.startswith(prefix)]
    except OSError:
        return []


def _deleted_at(grave: Path) -> float:
    try:
        return grave.lstat().st_mtime
    except OSError:
        return time.time()
