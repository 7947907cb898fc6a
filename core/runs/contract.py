"""A run's folder: the contract between its writer and its readers, and what they read from it.

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

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.config import TrainConfig
from core.figures import LONGEST_S, Count, Measured, MeasuredSeconds, Seconds, Share

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
ROOM, ROOM_BYTES = "room", 16_384
# What a worker reports once it has trained: no request is possible any more.
AFTER_TRAINING = CALIBRATING, TESTING, SAVING = "calibrating", "testing", "saving the model"
# Prefixes of folders that are not runs: deleted, being destroyed, being created or imported.
REMOVED, DESTROYED, ARRIVING = ".removed-", ".destroyed-", ".arriving-"

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


def is_id(name: str) -> bool:
    """Return whether a name can be a run's folder: an existing time, and a recipe."""
    return Run(name, Path(name), State.MALFORMED).created is not None
