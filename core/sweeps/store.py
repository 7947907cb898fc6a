"""The sweep store: one folder a sweep, and the contract between its writers and its readers.

::

    sweeps/<name>/     written by      when
      sweep.json       the launcher    once, before the conductor starts; a valid SweepConfig
      wanted           anyone          JSON number: how many tries, if more were asked for
      stop pause       anyone          requests to the conductor, as in a run's folder
      conductor.lock   the conductor   held by the operating system while it lives
      journal.log      the conductor   Optuna's journal, whole lines appended (see `study`)
      journal.lock     the conductor   held while it appends
      tries.json       the conductor   the tries as a list, replaced whole after each change
      status.json      the conductor   first: running, and last: how it ended
      repeats.json     whoever asks    the runs that repeat the best, see `repeats`
      log.txt          the conductor   everything it prints; for people

The journal is the truth, and ``tries.json`` what pages read of it without Optuna. A try is a run of
`core.runs`, whose notes name the sweep. The state of a sweep is derived, as that of a run: a
sweep whose conductor is gone without a word is ``lost``, and can be resumed where it stood.
"""

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core import paths
from core.disk import locks
from core.disk.atomic import OccupiedError, appearing, as_json, keeping, read_record, write_record
from core.errors import DigitLabError
from core.figures import Measured, Seconds, Share
from core.names import check, is_name
from core.runs import contract, requests
from core.sweeps.config import MOST_TRIES, SweepConfig, parse
from core.sweeps.space import Value

CONFIG, TRIES, STATUS, LOG = "sweep.json", "tries.json", "status.json", "log.txt"
JOURNAL, JOURNAL_LOCK, CONDUCTOR_LOCK = "journal.log", "journal.lock", "conductor.lock"
WANTED, REPEATS = "wanted", "repeats.json"
STARTING_GRACE_S = 30.0
_MOST_BYTES = 20_000_000  # a thousand tries of two hundred epochs


class State(StrEnum):
    """The state of a sweep, as it is shown to people."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"
    MALFORMED = "malformed"

    @property
    def active(self) -> bool:
        """Whether a conductor is at work on the sweep, or about to be."""
        return self in (State.STARTING, State.RUNNING, State.PAUSED, State.STOPPING)


class TryState(StrEnum):
    """The state of a try: running until its end is told, then how it ended."""

    RUNNING = "running"
    FINISHED = "finished"
    PRUNED = "pruned"
    STOPPED = "stopped"
    FAILED = "failed"
    INVALID = "invalid"


class Try(BaseModel):
    """One try of a sweep.

    Attributes
    ----------
    number : int
        From 0, which is the starting point.
    parameters : dict
        The value of each setting that varies.
    run : str
        Id of its run; empty if it has none yet, or was invalid.
    state : TryState
        One that is ``invalid`` had parameters that do not go together.
    value : float or None
        Accuracy on the validation images, in [0, 1]: of the model of a finished try, and of the
        last epoch that counted of a pruned or stopped one.
    epochs : dict of int to float
        Accuracy on the validation images after each epoch, from 1.
    cpu_seconds : float or None
        Of its training, so far if it was pruned.
    reason : str
        Why it failed, was stopped or is invalid, in one sentence; else empty.
    started, ended : float or None
        Unix times at which it was asked for and its end was told.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int
    parameters: dict[str, Value]
    run: str = ""
    state: TryState = TryState.RUNNING
    value: Share | None = None
    epochs: dict[int, Share] = {}
    cpu_seconds: Measured = None
    reason: str = ""
    started: Seconds | None = None
    ended: Seconds | None = None


@dataclass(frozen=True)
class Sweep:
    """A sweep at one moment.

    Attributes
    ----------
    name : str
    folder : Path
    state : State
    config : SweepConfig or None
        ``None`` only for a malformed sweep.
    wanted : int
        How many tries there are to be.
    tries : tuple of Try
        In the order in which they were asked for.
    reason : str
        Why the sweep failed, was lost or is malformed, in one sentence; else empty.
    created : datetime or None
        UTC.
    """

    name: str
    folder: Path
    state: State
    config: SweepConfig | None = None
    wanted: int = 0
    tries: tuple[Try, ...] = ()
    reason: str = ""
    created: datetime | None = None

    @property
    def done(self) -> int:
        """How many tries have ended."""
        return sum(one.state is not TryState.RUNNING for one in self.tries)

    @property
    def best(self) -> Try | None:
        """The finished try that was most often right on validation images, the first of equals."""
        finished = [one for one in self.tries if one.state is TryState.FINISHED]
        return max(finished, key=lambda one: (one.value or 0.0, -one.number), default=None)

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds of all tries."""
        return sum(one.cpu_seconds or 0.0 for one in self.tries)


_TRIES = TypeAdapter(tuple[Try, ...])


def folder_of(name: str) -> Path:
    """Return the folder of a sweep; raises DigitLabError if there is none of that name."""
    folder = paths.sweeps_folder() / name
    if not is_name(name) or not folder.is_dir():
        raise DigitLabError(
            f"There is no sweep '{name}': see `python -m core sweep list` or the Sweep page for "
            "all sweeps."
        )
    return folder


def names() -> list[str]:
    """Return the names of all sweeps, the latest created first."""
    try:
        found = [path for path in paths.sweeps_folder().iterdir() if is_name(path.name)]
    except FileNotFoundError:
        return []
    return [path.name for path in sorted(found, key=_created_at, reverse=True)]


def all_sweeps() -> list[Sweep]:
    """Return every sweep, the latest created first, even if some are damaged."""
    return [read_folder(paths.sweeps_folder() / name) for name in names()]


def read(name: str) -> Sweep:
    """Return one sweep in its current state; raises DigitLabError if there is no such sweep."""
    return read_folder(folder_of(name))


def read_folder(folder: Path) -> Sweep:
    """Return the current state of the sweep in a folder; never raises."""
    try:
        config = _config_of(folder / CONFIG, paths.version(folder / CONFIG))
    except (OSError, ValueError, RecursionError, DigitLabError) as fault:
        what = str(fault) if isinstance(fault, DigitLabError) else "it is missing or no JSON"
        reason = f"This folder's {CONFIG} cannot be used ({what}): it can be removed."
        return Sweep(folder.name, folder, State.MALFORMED, reason=reason)
    state, reason = _derive_state(folder)
    created = datetime.fromtimestamp(_created_at(folder), UTC)
    tries = read_tries(folder)
    return Sweep(folder.name, folder, state, config, wanted(folder, config), tries, reason, created)


def read_tries(folder: Path) -> tuple[Try, ...]:
    """Return the tries as the conductor last wrote them; none if they cannot be read."""
    try:
        return _tries_of(folder / TRIES, paths.version(folder / TRIES))
    except (OSError, ValidationError):
        return ()


# A page looks once a second, at all sweeps.
@lru_cache(maxsize=256)
def _config_of(file: Path, version: paths.Version) -> SweepConfig:
    return parse(json.loads(read_record(file)))


@lru_cache(maxsize=32)
def _tries_of(file: Path, version: paths.Version) -> tuple[Try, ...]:
    return _TRIES.validate_json(read_record(file, _MOST_BYTES))


def write_tries(folder: Path, tries: tuple[Try, ...]) -> None:
    """Replace the list of tries; only the conductor does this."""
    content = _TRIES.dump_json(tries)
    write_record(folder / TRIES, content, "The sweep", make=False, durable=False)


def create(name: str, config: SweepConfig) -> Path:
    """Create the folder of a new sweep, which appears with its configuration.

    Raises
    ------
    DigitLabError
        The name is invalid or taken, or the folder cannot be written.
    """
    check(name, "sweep")
    folder = paths.sweeps_folder() / name
    try:
        if os.path.lexists(folder):
            raise OccupiedError
        with keeping("The sweep", folder.parent), appearing(folder, contract.ARRIVING) as arriving:
            # Not as a file for others: here, data are where they are.
            content = as_json(config.model_dump(mode="json"))
            (arriving / CONFIG).write_text(content, encoding="utf-8")
    except OccupiedError:
        raise DigitLabError(f"There is a sweep '{name}' already: choose another name.") from None
    return folder


def wanted(folder: Path, config: SweepConfig) -> int:
    """Return how many tries there are to be."""
    try:
        more = json.loads(read_record(folder / WANTED))
    except (OSError, ValueError, RecursionError):
        more = None
    asked = more if type(more) is int and 1 <= more <= MOST_TRIES else config.tries
    return min(asked, config.most)


def conductor_lives(folder: Path) -> bool:
    """Return whether somebody holds the conductor's lock."""
    try:
        return locks.is_held(folder / CONDUCTOR_LOCK)
    except OSError:
        return False


def write_status(folder: Path, state: State, reason: str = "") -> None:
    """Replace ``status.json``: running, or how the sweep ended; only the conductor does this."""
    content = as_json({"state": state, "reason": reason, "written": time.time()})
    write_record(folder / STATUS, content, "The status", make=False)


def start_again(folder: Path) -> None:
    """Make a sweep read ``starting`` again, for a new conductor."""
    for name in (requests.STOP, requests.PAUSE, STATUS):
        (folder / name).unlink(missing_ok=True)
    (folder / CONDUCTOR_LOCK).touch()  # `STARTING_GRACE_S` counts from now


def _derive_state(folder: Path) -> tuple[State, str]:
    if conductor_lives(folder):
        if requests.stop_requested(folder):
            return State.STOPPING, ""
        return (State.PAUSED if requests.pause_requested(folder) else State.RUNNING), ""
    last = _last_word(folder)
    if last is not None and not last[0].active:
        return last
    if last is None and abs(time.time() - _touched_at(folder)) < STARTING_GRACE_S:
        return State.STARTING, ""
    why = "The sweep's process ended without a word: resume it, and it continues where it stood."
    return State.LOST, why


def _last_word(folder: Path) -> tuple[State, str] | None:
    try:
        last: Any = json.loads(read_record(folder / STATUS))
        return State(last["state"]), str(last["reason"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _touched_at(folder: Path) -> float:
    for name in (CONDUCTOR_LOCK, CONFIG):
        try:
            return (folder / name).stat().st_mtime
        except OSError:
            continue
    return 0.0


def _created_at(folder: Path) -> float:
    try:
        return (folder / CONFIG).stat().st_mtime
    except OSError:
        return 0.0
