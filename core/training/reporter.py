"""The reporter: keeps ``status.json`` up to date, with a heartbeat while the worker is busy."""

import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import DigitLabError
from core.runs import contract, progress, store

BEAT_S = 1.0
# A worker whose thread TensorFlow blocks for a while is late, not lost.
PROMISE_S = 10.0
# Between attempts to write the last status: a full disk may soon have space.
_LAST_WORD_S = (0.5, 1.0, 2.0, 4.0)


class Reporter:
    """Writes the status of one run, on request and once a second.

    Call it with the fields of `contract.Status` that changed. A change of state or phase is written
    at once, anything else with the next heartbeat. Thread-safe.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._status = contract.Status(
            state=contract.State.RUNNING, phase="starting", **progress.kept(folder)
        )
        self._began: float | None = None  # of the training, on a clock that nobody sets
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._beat = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._beat.join()

    def __call__(self, **changes: Any) -> None:
        """Change some fields of the status."""
        with self._lock:
            before = self._status
            if "started" in changes:
                self._began = time.monotonic() - (time.time() - changes["started"])
            self._status = before.model_copy(update=changes)
            if (before.state, before.phase) != (self._status.state, self._status.phase):
                self._try_to_write()

    def end(self, state: contract.State, reason: str = "") -> contract.State:
        """Write the last status of a run, trying for some seconds if needed; return its state."""
        self._over.set()
        last = dict(state=state, phase="", reason=reason, seconds_left=None, ended=time.time())
        with self._lock:
            self._status = self._status.model_copy(update=last)
            # On a full disk, this is where the last word goes.
            with suppress(OSError):
                (self._folder / contract.ROOM).unlink(missing_ok=True)
            for patience in (*_LAST_WORD_S, 0.0):
                with suppress(DigitLabError):
                    self._write()
                    break
                time.sleep(patience)
        return state

    def _beat_on(self) -> None:
        while not self._over.wait(BEAT_S):
            with self._lock:
                if not self._over.is_set():
                    self._try_to_write()

    def _try_to_write(self) -> None:
        with suppress(DigitLabError):  # A full disk may have space by the next heartbeat.
            self._write()

    def _write(self) -> None:
        now = time.time()
        changes = {"heartbeat": now, "next_heartbeat": now + PROMISE_S}
        if self._began is not None:
            # Where the machine's clock was set meanwhile, the start is told by its new time: what
            # passed since then is right.
            changes["started"] = now - (time.monotonic() - self._began)
        if self._status.ended is not None:
            changes["ended"] = now
        self._status = self._status.model_copy(update=changes)
        store.write_status(self._folder, self._status)
