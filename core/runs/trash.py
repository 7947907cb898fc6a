"""The trash: deleted runs, models and sweeps that can still be restored.

Deleting moves a run's folder to a hidden name, which `undo` reverses. `core.registry` and
`core.sweeps.trash` do the same with the folders of models and sweeps. The folder is destroyed on
request, or an hour later, when somebody deletes the next run or opens the list of runs. So a slip
can be undone from any page, and deleted runs do not fill the disk for ever.
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from core import paths
from core.disk import tidy
from core.disk.atomic import OccupiedError, replace
from core.errors import DigitLabError
from core.runs import contract, notes, removal, store

KEPT_S = 3600.0
_sweeping = threading.Lock()
_swept_at: float | None = None  # monotonic


def remove(run_id: str) -> None:
    """Take an ended run out of the list; `undo` brings it back.

    Raises
    ------
    DigitLabError
        There is no such run, it is still active, or its folder cannot be moved.
    """
    clear_old()
    removal.take_away(run_id)


def removed() -> list[str]:
    """Return the ids of the runs that can be restored, the last deleted first."""
    return removed_from(paths.runs_folder())


def removed_from(parent: Path) -> list[str]:
    """Return the names of deleted folders that can be restored, the last deleted first."""
    graves = [(_deleted_at(grave), grave.name) for grave in _hidden(contract.REMOVED, parent)]
    return [name.removeprefix(contract.REMOVED) for _, name in sorted(graves, reverse=True)]


def title_of(run_id: str) -> str:
    """Return the title of a deleted run, as `core.runs.notes.title`."""
    run = store.read_folder(paths.runs_folder() / (contract.REMOVED + run_id))
    return notes.title(run).removeprefix(contract.REMOVED)


def undo(run_id: str) -> contract.Run:
    """Restore a deleted run as it was.

    Raises
    ------
    DigitLabError
        It no longer exists, or another run has its place.
    """
    bring_back(paths.runs_folder() / run_id, f"Run '{run_id}'", "run has its id")
    return store.read(run_id)


def bring_back(place: Path, what: str, other: str) -> None:
    """Restore a deleted folder; the words are for the sentence that says why it cannot be.

    Raises
    ------
    DigitLabError
        It no longer exists, or another one has its place.
    """
    try:
        with store.changing(f"The restored {what.split()[0].lower()}"):
            if place.name not in removed_from(place.parent):
                raise DigitLabError(f"{what} cannot be restored: it was deleted for good.")
            if os.path.lexists(place):
                raise OccupiedError
            replace(place.with_name(contract.REMOVED + place.name), place)
    except OccupiedError:
        raise DigitLabError(
            f"{what} cannot be restored while another {other}: delete that first."
        ) from None


def undo_all(run_ids: Iterable[str]) -> list[contract.Run]:
    """Restore several deleted runs; one that cannot be restored does not hinder the others.

    Raises
    ------
    DigitLabError
        Of the first that could not be restored, after all were tried.
    """
    restored, faults = [], []
    for run_id in run_ids:
        try:
            restored.append(undo(run_id))
        except DigitLabError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return restored


def clear() -> None:
    """Destroy all deleted runs; raises DigitLabError where nothing can be written."""
    _destroy_older_than(0, paths.runs_folder())


def clear_old() -> None:
    """Destroy what was deleted an hour ago or earlier, and the remains of crashes."""
    for parent in (paths.runs_folder(), paths.models_folder(), paths.sweeps_folder()):
        with suppress(DigitLabError):  # Where nothing can be written, nothing can be destroyed.
            _destroy_older_than(KEPT_S, parent)
    _sweep_at_times()


def _sweep_at_times() -> None:
    """Delete what killed writers have left, beside the caller, once an hour."""
    global _swept_at
    with _sweeping:
        if _swept_at is not None and time.monotonic() - _swept_at < KEPT_S:
            return
        _swept_at = time.monotonic()
    threading.Thread(target=sweep, name="sweep", daemon=True).start()


def sweep() -> None:
    """Delete the temporary files of killed writers, in all folders of what people make."""
    for folder in (
        paths.runs_folder(),
        paths.sweeps_folder(),
        paths.models_folder(),
        paths.corrections_folder(),
        paths.recipes_folder(),
        paths.spaces_folder(),
        paths.decisions_folder(),
        paths.exports_folder(),
        paths.studies_folder(),
    ):
        tidy.sweep(folder)
    # Other things may lie in there, deeper than anything of ours.
    for folder in (paths.data_folder(), paths.own_data_folder()):
        tidy.sweep(folder, deep=False)


def _destroy_older_than(seconds: float, parent: Path) -> None:
    if any(_too_old(seconds, parent)):
        with store.changing("The deletion"):  # Somebody may be restoring them.
            for folder in _too_old(seconds, parent):
                with suppress(OSError):  # Its files are in use: the next time.
                    removal.give_up(folder)
    for remains in _hidden(contract.DESTROYED, parent):
        removal.destroy(remains)


def _too_old(seconds: float, parent: Path) -> Iterator[Path]:
    now = time.time()
    for prefix, kept in ((contract.REMOVED, seconds), (contract.ARRIVING, KEPT_S)):
        for folder in _hidden(prefix, parent):
            if now - _deleted_at(folder) >= kept:
                yield folder


def _hidden(prefix: str, parent: Path) -> list[Path]:
    try:
        return [path for path in parent.iterdir() if path.name.startswith(prefix)]
    except OSError:
        return []


def _deleted_at(grave: Path) -> float:
    try:
        return grave.lstat().st_mtime
    except OSError:
        return time.time()
