"""The errand: the mark ``elsewhere.json`` in the folder of a run that another machine trains.

Its presence says that no worker of this machine trains the run: the mirror sends it, and keeps the
folder as the machine that trains it writes it. Needs neither database nor its libraries.
"""

import os
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import paths
from core.cluster import address
from core.disk.atomic import read_record, write_record
from core.runs import contract, notes, store

MIRROR_STAYS_S = 60.0  # without a run
_LOCK = ".mirror.lock"


class Errand(BaseModel):
    """What a run that trains elsewhere is known by there.

    Attributes
    ----------
    owner : str
        Who wants it, among those of this home: a sweep, a visitor; empty for the home itself.
        Machines serve owners in turns.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    owner: str = Field("", max_length=100)


def is_set() -> bool:
    """Return whether an address is set, whatever it is worth."""
    return bool(os.environ.get(address.CLUSTER, "").strip())


def mark(folder: Path, owner: str = "") -> None:
    """Say in the folder of a run that it trains elsewhere."""
    said = Errand(owner=owner).model_dump_json()
    write_record(folder / contract.ELSEWHERE, said, "The run", make=False)


def read(folder: Path) -> Errand | None:
    """Return the mark of the run in this folder; ``None`` if it trains on this machine."""
    try:
        return Errand.model_validate_json(read_record(folder / contract.ELSEWHERE))
    except OSError:
        return None
    except ValidationError:
        return Errand()  # damaged: it still trains elsewhere


def bring_home(folder: Path) -> None:
    """Take the mark away: a worker of this machine continues the run, as far as it has come."""
    (folder / contract.ELSEWHERE).unlink(missing_ok=True)


def owner_of(folder: Path) -> str:
    """Return whose turn the run in a folder takes: its sweep's, if it is a try of one."""
    return notes.read(folder).sweep or (read(folder) or Errand()).owner


def mirror_lock() -> FileLock:
    """Return the lock that the mirror of this home holds for as long as it lives."""
    return FileLock(paths.runs_folder() / _LOCK)


def under_way(over: dict[str, int] | None = None) -> list[contract.Run]:
    """Return the runs of this home that train elsewhere and have not ended, the oldest first.

    Parameters
    ----------
    over : dict of str to int, optional
        Kept by who asks again and again: the others that were found, so that only their
        configurations are looked at, which a resumption touches.
    """
    over = {} if over is None else over
    found: list[contract.Run] = []
    for name in reversed(store.run_ids()):
        folder = paths.runs_folder() / name
        try:
            touched = (folder / contract.CONFIG).stat().st_mtime_ns
        except OSError:  # It was just removed, or is not a run.
            continue
        if over.get(name) == touched:
            continue
        run = store.read_folder(folder) if (folder / contract.ELSEWHERE).exists() else None
        if run is not None and _is_under_way(run):
            found.append(run)
        else:
            over[name] = touched
    return found


def _is_under_way(run: contract.Run) -> bool:
    # "Lost" is said of a run whose mirror is gone. A run that was lost elsewhere has that as its
    # last word, in a status that is not busy.
    said = run.status.state if run.status is not None else contract.State.STARTING
    return run.state is not contract.State.MALFORMED and said.active
