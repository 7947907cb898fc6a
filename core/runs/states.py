"""The state of a run, derived from what is on its disk: its last report, its lock, its card."""

import json
import os
import shutil
import time
from functools import lru_cache
from pathlib import Path

from filelock import lock_descriptor, unlock_descriptor
from pydantic import ValidationError

from core import paths
from core.disk.atomic import read_record
from core.runs import requests
from core.runs.contract import CARD, CONFIG, ROOM_BYTES, STATUS, WORKER_LOCK, State, Status

# A worker's first status comes within a second of its start; a busy machine gets patience.
STARTING_GRACE_S = 30.0
KEPT = 8192  # configurations and statuses kept in memory until their files change
_CLOCKS_DIFFER_S = 30.0
# A reader that checks for a worker holds its lock for an instant. A worker that has broken its
# promise therefore only counts as alive if the lock is taken at each of these checks.
_LOOK_AFTER_S = (0.0, 0.003, 0.007, 0.013, 0.041)
_MOST_OF_A_CARD = 10_000_000  # bytes


def read_status(folder: Path) -> Status | None:
    """Return the last report of a run's worker, if there is one that can be read."""
    file = f"{folder}/{STATUS}"
    try:
        return _status_of(file, paths.version(file))
    except (OSError, ValidationError):
        return None


# The last report of an ended run never changes.
@lru_cache(maxsize=KEPT)
def _status_of(file: str, version: paths.Version) -> Status:
    return Status.model_validate_json(Path(file).read_bytes())


def derive(folder: Path, status: Status | None) -> tuple[State, str]:
    """Return the state that a run is in now, and why it failed or was lost, else "".

    Parameters
    ----------
    folder : Path
        The run's.
    status : Status or None
        Its worker's last report, as from `read_status`.
    """
    if status is not None and not status.state.active:
        return status.state, status.reason
    # A new run is not probed: its worker, at work already, would be looked at several times.
    is_new = status is None and abs(_age_s(folder)) < STARTING_GRACE_S
    if is_new or _worker_lives(folder, status is None or _is_late(status)):
        return _asked_or_said(folder, status), ""
    # The worker may have ended between the two checks above: its last report counts.
    last = read_status(folder)
    if last is not None and not last.state.active:
        return last.state, last.reason
    if (ended := _ended_with_a_card(folder)) is not None:
        return ended, ""
    when = f" while {last.phase}" if last is not None and last.phase else ""
    why = (
        "the disk is full, make room, then resume it."
        if is_full(folder)
        else "it was killed, as a system does when memory runs out, or the machine went down."
    )
    return State.LOST, f"The training process ended without a word{when}: {why}"


def is_full(folder: Path) -> bool:
    """Return whether a worker finds no room for its last status, though some was set aside."""
    try:
        return shutil.disk_usage(folder).free < ROOM_BYTES
    except OSError:
        return False


def _is_late(status: Status) -> bool:
    # A promise from further ahead than one reaches was made before the clock was set back. The
    # clocks of two machines that share a disk never agree entirely.
    promised = status.next_heartbeat - status.heartbeat
    return not 0 <= status.next_heartbeat - time.time() <= promised + _CLOCKS_DIFFER_S


def _ended_with_a_card(folder: Path) -> State | None:
    """Return the end state of a run whose worker was killed after its last file, if it was."""
    try:
        card = json.loads(read_record(folder / CARD, _MOST_OF_A_CARD))
        return State.STOPPED if card["training"]["stopped_early"] else State.FINISHED
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _asked_or_said(folder: Path, status: Status | None) -> State:
    """Return the state of a living worker, or the one it will take because of a request."""
    if requests.stop_requested(folder):
        return State.STOPPING
    said = State.STARTING if status is None else status.state
    if said is State.RUNNING and requests.pause_requested(folder):
        return State.PAUSING
    if said is State.PAUSED and not requests.pause_requested(folder):
        return State.RUNNING
    return said


def _worker_lives(folder: Path, late: bool) -> bool:
    """Return whether somebody holds the run's lock, without creating any file in its folder."""
    try:
        lock = os.open(folder / WORKER_LOCK, os.O_RDWR)
    except OSError:
        return False  # No worker was here yet, or the folder is being removed.
    try:
        for pause in _LOOK_AFTER_S if late else (0.0,):
            if pause:  # A sleep of none gives the interpreter away, for up to 25 ms.
                time.sleep(pause)
            if lock_descriptor(lock, blocking=False):
                unlock_descriptor(lock)
                return False
        return True
    except OSError:  # Locks do not work here, see `core.disk.locks`: only its heartbeat tells.
        return not late
    finally:
        os.close(lock)


def _age_s(folder: Path) -> float:
    try:
        return time.time() - (folder / CONFIG).stat().st_mtime
    except OSError:
        return float("inf")
