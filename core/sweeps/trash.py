"""The trash of sweeps: a deleted sweep, with its runs, can be restored for an hour.

It lies in the trash of runs, as they do: `core.runs.trash` destroys it when its hour is over.
"""

from contextlib import suppress

from core import paths
from core.errors import DigitLabError
from core.runs import contract, notes, removal
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
    run_trash.clear_old()
    with run_store.changing("The deletion", make=True):
        sweep = store.read(name)
        runs = [run_store.read(run_id) for run_id in runs_of(name)]
        active = [run.id for run in runs if run.state.active]
        if sweep.state.active or active:
            what = f"Sweep '{name}'" if sweep.state.active else f"Run '{active[0]}' of it"
            raise DigitLabError(f"{what} is still active: stop it first, then delete the sweep.")
        removal.hide(sweep.folder, f"Sweep '{name}'")
    for run in runs:
        with suppress(DigitLabError):  # Somebody else has deleted it.
            run_trash.remove(run.id)


def removed() -> list[str]:
    """Return the names of the sweeps that can be restored, the last deleted first."""
    return run_trash.removed_from(paths.sweeps_folder())


def undo(name: str) -> store.Sweep:
    """Restore a deleted sweep as it was, with those of its runs that are still in the trash.

    Raises
    ------
    DigitLabError
        It no longer exists, or another sweep has its name.
    """
    place = paths.sweeps_folder() / name
    run_trash.bring_back(place, f"Sweep '{name}'", "one has its name")
    for run_id in run_trash.removed():
        hidden = paths.runs_folder() / (contract.REMOVED + run_id)
        if notes.read(hidden).sweep == name:
            with suppress(DigitLabError):
                run_trash.undo(run_id)
    return store.read(name)


def runs_of(name: str) -> list[str]:
    """Return the ids of the runs whose notes name a sweep, newest first."""
    folder = paths.runs_folder()
    return [run_id for run_id in run_store.run_ids() if notes.read(folder / run_id).sweep == name]
