"""Runs, models and sweeps leave their list: in two steps, so that half a folder is never listed.

A folder first takes a hidden name, from which `trash` can restore it, and then that of one which is
being destroyed.
"""

import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path

from core.disk import refusals
from core.disk.atomic import OccupiedError, replace
from core.errors import DigitLabError
from core.runs import store
from core.runs.contract import DESTROYED, REMOVED


def remove(run_id: str) -> None:
    """Delete the folder of an ended run for good; `core.runs.trash` can undo.

    Raises
    ------
    DigitLabError
        There is no such run, it is still active, or its folder cannot be moved.
    """
    destroy(take_away(run_id))


def take_away(run_id: str) -> Path:
    """Give the folder of an ended run a hidden name, and return its new path.

    Raises
    ------
    DigitLabError
        There is no such run, it is still active, or its folder cannot be moved.
    """
    with store.changing("The deletion"):
        run = store.read(run_id)
        if run.state.active:
            raise DigitLabError(
                f"Run '{run_id}' is still {run.state}: stop it first, then delete it."
            )
        return hide(run.folder, f"Run '{run_id}'")


def hide(folder: Path, what: str) -> Path:
    """Give a folder the name of a deleted one, and return its new path; see `core.runs.trash`.

    Raises
    ------
    DigitLabError
        The folder, named at the start of the sentence, cannot be moved.
    """
    grave = folder.with_name(REMOVED + folder.name)
    try:
        if os.path.lexists(grave):  # an earlier one of this name, which was brought again
            give_up(grave)
        os.utime(folder)  # The time of the deletion, set before it: see `core.runs.trash`.
        replace(folder, grave)
    except OSError as fault:
        raise DigitLabError(
            f"{what} could not be deleted ({refusals.reason(fault)}): "
            f"{refusals.advice(fault, 'close what uses its files')}, and try again."
        ) from fault
    return grave


def destroy(folder: Path) -> None:
    """Delete a hidden folder; a half-deleted one is never taken for a run."""
    remains = folder
    if not folder.name.startswith(DESTROYED):
        try:
            remains = give_up(folder)
        except OSError:
            return  # Somebody else did it, or uses its files: `trash` comes back to it.
    if remains.is_symlink():
        remains.unlink(missing_ok=True)
    shutil.rmtree(remains, ignore_errors=True)


def give_up(folder: Path) -> Path:
    """Give a hidden folder the name of one that is being destroyed, and return its new path."""
    for number in count():
        remains = folder.with_name(f"{DESTROYED}{folder.name.lstrip('.')}-{number}")
        if not os.path.lexists(remains):
            # By the remains of an earlier one, which appeared just now.
            with suppress(OccupiedError):
                replace(folder, remains)
                return remains
    raise AssertionError  # There is always another number.
