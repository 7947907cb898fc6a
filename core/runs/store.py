"""The run store: one folder a training run, and the contract between its writer and its readers.

::

    runs/<id>/                    written by   when
      config.json                 the launcher once, before the worker starts; a valid TrainConfig
      stop prune pause rate front anyone       requests to the worker, see `requests`
      notes.json                  anyone       people's notes on the run, see `notes`
      drawing.npz                 the launcher a person's last drawing, to be watched
      own_digits.npz              the launcher a person's corrections, to be learned
      learned_before.json         the worker   which of them the model that it begins with knew
      room                        the launcher on the disk, for the worker's last status
      elsewhere.json              the launcher that another machine trains it, see `core.cluster`
      worker.lock                 the worker   held by the operating system while the worker lives
      status.json                 the worker   replaced whole, at least once a second while it lives
      metrics.jsonl               the worker   whole lines appended and flushed (see `curves`)
      watch.jsonl panel.npz       the worker   its answers during training, see `watch`
      epochs/                     the worker   likewise, epoch by epoch
      checkpoint/                 the worker   while it trains, see `checkpoint`
      tensorboard/                the worker   the curves again, if the configuration asks for them
      log.txt                     the worker   everything it prints; for people
      model.keras model.onnx      the worker   at the end, each whole or not there
      predictions.npz             the worker   at the end: ``probabilities`` and ``labels``
      pictures.npz                the worker   at the end: some images, see `carried_pictures`
      card.json                   the worker   last: a run with a card has everything above

Readers may find any file missing at any time and never wait. State is derived, not trusted. A run
with a busy status but a free lock has lost its worker. It reads as ``lost``, unless its card is
there, the last of its files. A folder whose configuration cannot be read is listed as ``malformed``
and breaks nothing. Ids sort by the time of creation. Folders whose names begin with a dot are not
runs: see `trash` and `core.export.passport`.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import count
from pathlib import Path

from filelock import FileLock, lock_descriptor, unlock_descriptor
from pydantic import BaseModel, ConfigDict, ValidationError

from core import paths
from core.config import TrainConfig, parse
from core.disk import refusals
from core.disk.atomic import (
    OccupiedError,
    appearing,
    as_json,
    keeping,
    locked,
    read_record,
    replace,
    write_record,
)
from core.errors import DigitLabError
from core.figures import LONGEST_S, Count, Measured, MeasuredSeconds, Seconds, Share
from core.runs import requests

CONFIG, STATUS, METRICS, LOG = "config.json", "status.json", "metrics.jsonl", "log.txt"
KERAS_MODEL, ONNX_MODEL, PREDICTIONS, PICTURES, CARD = (
    "model.keras",
    "model.onnx",
    "predictions.npz",
    "pictures.npz",
    "card.json",
)
TENSORBOARD = "tensorboard"
LEARNED_BEFORE = "learned_before.json"
WORKER_LOCK = "worker.lock"
ELSEWHERE = "elsewhere.json"  # see `core.cluster.errand`
ROOM = "room"
# What a worker reports once it has trained: no request is possible any more.
AFTER_TRAINING = CALIBRATING, TESTING, SAVING = "calibrating", "testing", "saving the model"
# Prefixes of folders that are not runs: deleted, being destroyed, being created or imported.
REMOVED, DESTROYED, ARRIVING = ".removed-", ".destroyed-", ".arriving-"

# A worker's first status comes within a second of its start; a busy machine gets patience.
STARTING_GRACE_S = 30.0
# One lock for all runs, beside their folders: inside one it would block moving it on Windows.
_LOCK = ".changes.lock"
_CLOCKS_DIFFER_S = 30.0
# A reader that checks for a worker holds its lock for an instant. A worker that has broken its
# promise therefore only counts as alive if the lock is taken at each of these checks.
_LOOK_AFTER_S = (0.0, 0.003, 0.007, 0.013, 0.041)
# Random, so that no disk can store it in less.
_ROOM = os.urandom(16_384)
_MOST_OF_A_CARD = 10_000_000  # bytes
_KEPT = 8192  # configurations and statuses kept in memory until their files change
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{3}-[a-z0-9-]{1,40}")


class State(StrEnum):
    """The state of a run, as it is shown to people."""

    STARTING = "starting"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    PRUNED = "pruned"
    FAILED = "failed"
    LOST = "lost"
    MALFORMED = "malformed"

    @property
    def active(self) -> bool:
        """Whether a worker is at work on the run, or about to be."""
        return self not in (
            State.FINISHED,
            State.STOPPED,
            State.PRUNED,
            State.FAILED,
            State.LOST,
            State.MALFORMED,
        )


class Status(BaseModel):
    """The worker's last report: the contents of ``status.json``.

    Attributes
    ----------
    state : State
        One of queued, running, paused, finished, stopped, pruned, failed.
    phase : str
        Its current work, for people: "loading data", "training" and so on.
    reason : str
        For a failed run, one sentence.
    heartbeat, next_heartbeat : float
        Unix time of this status, and the time by which the next one is promised.
    epoch, step, total_steps : int
        Completed epochs and batches, and the batches of the whole run.
    images_per_second : float or None
        Training speed over the last seconds.
    seconds_left : float or None
        Estimate for the rest of the training.
    learning_rate : float or None
        Of the last batch.
    gradient_norm : float or None
        Length of the last batch's gradient, before any clipping.
    cpu_percent, memory_mb : float or None
        The worker's use; 100 % is one core.
    accuracy : float or None
        On the images that it is scored on, in [0, 1], once measured.
    started, ended : float or None
        Unix times at which training began and the run ended.
    machine : str
        Where it trains; empty for this machine.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    state: State
    phase: str = ""
    reason: str = ""
    heartbeat: Seconds = 0.0
    next_heartbeat: Seconds = 0.0
    epoch: Count = 0
    step: Count = 0
    total_steps: Count = 0
    images_per_second: Measured = None
    seconds_left: MeasuredSeconds = None
    learning_rate: Measured = None
    gradient_norm: Measured = None
    cpu_percent: Measured = None
    memory_mb: Measured = None
    accuracy: Share | None = None
    started: Seconds | None = None
    ended: Seconds | None = None
    machine: str = ""


@dataclass(frozen=True)
class Run:
    """A run at one moment.

    Attributes
    ----------
    id : str
        Name of the folder.
    folder : Path
    state : State
    config : TrainConfig or None
        ``None`` only for a malformed run.
    status : Status or None
        The worker's last report; ``None`` before the first.
    reason : str
        Why the run failed, was lost or is malformed, in one sentence; else empty.
    silent_s : float
        Seconds by which a living worker is late with its next heartbeat, else 0.
    """

    id: str
    folder: Path
    state: State
    config: TrainConfig | None = None
    status: Status | None = None
    reason: str = ""
    silent_s: float = 0.0

    @property
    def created(self) -> datetime | None:
        """Time of creation (UTC), from the id; ``None`` if the name is not an id."""
        if not _ID.fullmatch(self.id):
            return None
        try:
            found = datetime.strptime(self.id[:19] + "000", "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC)
        except ValueError:  # The digits are not a date.
            return None
        return found if 0 <= found.timestamp() <= LONGEST_S else None

    @property
    def duration_s(self) -> float | None:
        """Seconds from the start of training to its end, or to the last heartbeat."""
        if self.status is None or self.status.started is None:
            return None
        return max((self.status.ended or self.status.heartbeat) - self.status.started, 0.0)

    @property
    def has_model(self) -> bool:
        """Whether the run ended with a usable model."""
        return (self.folder / CARD).is_file()

    @property
    def is_elsewhere(self) -> bool:
        """Whether another machine trains it, so that it takes no place and no memory here."""
        return (self.folder / ELSEWHERE).exists()

    @property
    def can_resume(self) -> bool:
        """Whether its training can continue, from its last complete epoch or from the start."""
        halted = self.state is State.STOPPED and not self.has_model
        return halted or self.state in (State.LOST, State.FAILED)


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
    # `STARTING_GRACE_S` counts from now. At last, since who remembers an ended run by this time
    # must not read that it has ended after it.
    (folder / CONFIG).touch()


def is_id(name: str) -> bool:
    """Return whether a name can be a run's folder: an existing time, and a recipe."""
    return Run(name, Path(name), State.MALFORMED).created is not None


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
        The folder cannot be written, the id was taken meanwhile, or ``fill`` raises it.
    """
    with changing("The run", make=True):
        folder = paths.runs_folder() / (run_id or free_id(config.recipe))
        if os.path.lexists(folder):
            raise DigitLabError(f"Run '{run_id}' already exists: nothing was started.")
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
    if _ID.fullmatch(run_id):
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
    with changing("The deletion"):
        run = read(run_id)
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
            with suppress(
                OccupiedError
            ):  # by the remains of an earlier one, which appeared just now
                replace(folder, remains)
                return remains
    raise AssertionError  # There is always another number.


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
    status = _read_status(folder)
    state, reason = _derive_state(folder, status)
    silent = 0.0
    if status is not None and state.active:
        silent = max(0.0, time.time() - status.next_heartbeat)
    return Run(folder.name, folder, state, config, status, reason, silent)


# Checking configurations is most of the work of listing a thousand runs. A configuration never
# changes; nor does the last report of an ended run.
@lru_cache(maxsize=_KEPT)
def _config_of(file: str, version: paths.Version) -> TrainConfig:
    return parse(json.loads(Path(file).read_text(encoding="utf-8")))


def _read_status(folder: Path) -> Status | None:
    file = f"{folder}/{STATUS}"
    try:
        return _status_of(file, paths.version(file))
    except (OSError, ValidationError):
        return None


@lru_cache(maxsize=_KEPT)
def _status_of(file: str, version: paths.Version) -> Status:
    return Status.model_validate_json(Path(file).read_bytes())


def _derive_state(folder: Path, status: Status | None) -> tuple[State, str]:
    if status is not None and not status.state.active:
        return status.state, status.reason
    # A new run is not probed: its worker, at work already, would be looked at several times.
    is_new = status is None and abs(_age_s(folder)) < STARTING_GRACE_S
    if is_new or _worker_lives(folder, status is None or _is_late(status)):
        return _asked_or_said(folder, status), ""
    # The worker may have ended between the two checks above: its last report counts.
    last = _read_status(folder)
    if last is not None and not last.state.active:
        return last.state, last.reason
    if (ended := _ended_with_a_card(folder)) is not None:
        return ended, ""
    when = f" while {last.phase}" if last is not None and last.phase else ""
    why = (
        "the disk is full, make room, then resume it."
        if _is_full(folder)
        else "it was killed, as a system does when memory runs out, or the machine went down."
    )
    return State.LOST, f"The training process ended without a word{when}: {why}"


def _is_full(folder: Path) -> bool:
    """Return whether a worker finds no room for its last status, though some was set aside."""
    try:
        return shutil.disk_usage(folder).free < len(_ROOM)
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
