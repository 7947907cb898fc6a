"""A run that was sent elsewhere, as its home has it: its lock, its status and its files."""

import time
from contextlib import suppress
from typing import Any

from filelock import BaseFileLock, Timeout
from pydantic import ValidationError

from core.cluster import pieces
from core.cluster.ledger import Row
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs import contract, progress, store
from core.runs.contract import State, Status
from core.runs.requests import Requests

_BEAT_S = 1.0
_PROMISE_S = 10.0
_NO_BEAT = {"heartbeat": 0.0, "next_heartbeat": 0.0}  # until it is written
_PATIENCE_S = 5.0  # for a lock that readers hold for an instant
_SILENT_S = 5.0  # since when a page says that a machine is silent
_CLOCKS_DIFFER_S = 2.0


class Sent:
    """One run that trains elsewhere, as its home has it.

    Parameters
    ----------
    run : Run
        With a configuration.
    key : str
        By which the ledger knows it.

    Attributes
    ----------
    id, key : str
    folder : Path
    config : TrainConfig
    asked : Requests or None
        What was sent last of what people ask.
    has_sent_mnist : bool
    stamp : int
        Of the last piece that was written here.
    result : bytes or None
        The passport, once it has come.
    """

    def __init__(self, run: contract.Run, key: str) -> None:
        assert run.config is not None  # `errand.under_way` lists no other.
        self.id, self.folder, self.key = run.id, run.folder, key
        self.config: TrainConfig = run.config
        self.asked: Requests | None = None
        self.has_sent_mnist = False
        self.stamp = 0
        self.result: bytes | None = None
        self._lock: BaseFileLock | None = None
        self._told: Status | None = None  # the last that was written
        self._told_at = 0.0
        self._status = Status(
            state=State.QUEUED, phase="waiting for the cluster", **progress.kept(run.folder)
        )

    def hold(self) -> None:
        """Hold the run's lock, as its worker would."""
        if self._lock is None:
            lock = store.worker_lock(self.folder)
            with suppress(Timeout):  # A reader's; it is tried again at the next look.
                lock.acquire(timeout=_PATIENCE_S)
                self._lock = lock

    def close(self) -> None:
        """Let go of the run's lock."""
        if self._lock is not None:
            self._lock.release()

    def read(self) -> contract.Run:
        """Return the run as pages see it."""
        return store.read_folder(self.folder)

    def copy(self, found: list[pieces.Piece]) -> None:
        """Write what has come; checkpoints are left where they are while somebody trains."""
        pieces.write(self.folder, found, checkpoints=False)
        self.stamp = max([self.stamp, *(piece.stamp for piece in found)])
        # It may have come just after its run was still seen to train.
        result = pieces.passport_in(found)
        self.result = self.result if result is None else result

    def checked(self, row: Row) -> Status | None:
        """Return a machine's last word in this machine's time; ``None`` if it is none."""
        try:
            said = Status.model_validate(row.status)
        except ValidationError:
            return None
        late = time.time() - row.silent_s - said.heartbeat
        if abs(late) > _CLOCKS_DIFFER_S:
            moved = {
                name: when + late
                for name in ("started", "ended")
                if (when := getattr(said, name)) is not None
            }
            said = said.model_copy(update=moved)
        return said.model_copy(update={"machine": row.machine})

    def follow(self, row: Row) -> bool:
        """Say what the machine that trains it says; return false: it has not ended."""
        said = self.checked(row)
        if said is None or not said.state.active:  # not yet, or only with the result
            return self.say("starting", state=State.RUNNING, machine=row.machine)
        silent = f"not heard of {row.machine} for {row.silent_s:.0f} s"
        self._status = said
        return self.say(silent if row.silent_s > _SILENT_S else said.phase)

    def say(self, phase: str, **changes: Any) -> bool:
        """Say what a run waits for; return false: it has not ended."""
        self._status = self._status.model_copy(update={"phase": phase, **_NO_BEAT, **changes})
        if self._status != self._told or time.monotonic() - self._told_at > _BEAT_S:
            self._write()
        return False

    def end(self, state: State, reason: str = "", status: Status | None = None) -> bool:
        """Write its last word; return true."""
        last: dict[str, Any] = dict(state=state, phase="", reason=reason, seconds_left=None)
        if status is None or status.ended is None:
            last["ended"] = time.time()
        self._status = (status or self._status).model_copy(update=last)
        with suppress(OSError):
            (self.folder / contract.ROOM).unlink(missing_ok=True)
        self._write()
        return True

    def _write(self) -> None:
        now = time.time()
        beat = {"heartbeat": now, "next_heartbeat": now + _PROMISE_S}
        if self.folder.is_dir():
            with suppress(DigitLabError):  # A full disk may have space by the next look.
                store.write_status(self.folder, self._status.model_copy(update=beat))
                self._told, self._told_at = self._status, time.monotonic()
