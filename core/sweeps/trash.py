"""The trash of sweeps: a deleted sweep, with its runs, can be restored for an hour.

As `core.runs.trash`, which keeps the runs: deleting gives the folder a hidden name.
"""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from core import paths
from core.disk import refusals
from core.disk.atomic import OccupiedError, replace
from core.errors import DigitLabError
from core.runs import notes
from core.runs import store as run_store
from core.runs import trash as run_trash
from core.sweeps import store


def remove(name: str) -> None:
    """Take a sweep and its runs out of the lists; `undo` brings them back.

    Raises
    ------
    DigitLabError
        There is no such sweep, it or one of its runs is still active, or it cannot be moved.
    """
    clear_old()
    sweep = store.read(name)
    runs = [run_store.read(run_id) for run_id in runs_of(name)]
    active = [run.id for run in runs if run.state.active]
    if sweep.state.active or active:
        what = f"Sweep '{name}'" if sweep.state.active else f"Run '{active[0]}' of it"
        raise DigitLabError(f"{what} is still active: stop it first, then delete the sweep.")
    grave = sweep.folder.with_name(store.REMOVED + name)
    try:
        if os.path.lexists(grave):  # an earlier sweep of this name
            destroy(grave)
        os.utime(sweep.folder)  # the time of the deletion, set before it
        replace(sweep.folder, grave)
    except (OSError, OccupiedError) as fault:
        reason = refusals.reason(fault) if isinstance(fault, OSError) else "it is in use"
        raise DigitLabError(
            f"Sweep '{name}' could not be deleted ({reason}): close what uses its files, and try "
            "again."
        ) from fault
    for run in runs:
        with suppress(DigitLabError):  # Somebody else has deleted it.
            run_trash.remove(run.id)


def removed() -> list[str]:
    """Return the names of the sweeps that can be restored, the last deleted first."""
    graves = sorted(_graves(), key=_deleted_at, reverse=True)
    return [grave.name.removeprefix(store.REMOVED) for grave in graves]


def undo(name: str) -> store.Sweep:
    """Restore a deleted sweep as it was, with those of its runs that are still in the trash.

    Raises
    ------
    DigitLabError
        It no longer exists, or another sweep has its name.
    """
    grave = paths.sweeps_folder() / (store.REMOVED + name)
    if name not in removed():
        raise DigitLabError(f"Sweep '{name}' cannot be restored: it was deleted for good.")
    try:
        replace(grave, grave.with_name(name))
    except OccupiedError:
        raise DigitLabError(
            f"Sweep '{name}' cannot be restored while another one has its name: delete that first."
        ) from None
    for run_id in run_trash.removed():
        hidden = paths.runs_folder() / (run_store.REMOVED + run_id)
        if notes.read(hidden).sweep == name:
            with suppress(DigitLabError):
                run_trash.undo(run_id)
    return store.read(name)


def runs_of(name: str) -> list[str]:
    """Return the ids of the runs whose notes name a sweep, newest first."""
    folder = paths.runs_folder()
    return [run_id for run_id in run_store.run_ids() if notes.read(folder / run_id).sweep == name]


def clear_old() -> None:
    """Destroy sweeps that were deleted an hour ago or earlier."""
    for grave in _graves():
        if time.time() - _deleted_at(grave) >= run_trash.KEPT_S:
            destroy(grave)


def destroy(folder: Path) -> None:
    """Delete the folder of a sweep for good."""
    shutil.rmtree(folder, ignore_errors=True)


def _graves() -> list[Path]:
    try:
        entries = list(paths.sweeps_folder().iterdir())
    except OSError:
        return []
    return [path for path in entries if path.name.startswith(store.REMOVED)]


def _deleted_at(grave: Path) -> float:
    try:
        return grave.stat().st_mtime
    except OSError:
        return time.time()
