"""The standby worker: a process that has loaded TensorFlow and waits for the next run.

Loading takes most of the time from a click on Start to the first point of a curve. While somebody
configures a training, the app therefore keeps one worker ready, and so does a machine of a cluster
between two runs. It trains one run and ends, as any worker does; it also ends when nobody needs it
for a few minutes, and with the process that keeps it. Whatever happens to it, no run is worse off
than without it. ``DIGIT_LAB_STANDBY=0`` does without it.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from core import paths
from core.spawn import Worker, environment, reap, spawn

PATIENCE_S = 300.0  # since it was last asked for
# TensorFlow takes 0.65 GB and a training as much again; the rest is for other programs.
LEAST_FREE = 2_000_000_000  # bytes of memory


@dataclass
class _Waiting:
    """The process that waits, what it was started with, and the end of its patience."""

    worker: Worker
    code: int
    environment: dict[str, str]
    until: float

    @property
    def lives(self) -> bool:
        return self.worker.poll() is None

    @property
    def is_as_new(self) -> bool:
        """Whether a process started now would be the same."""
        return (self.code, self.environment) == (_code_changed_at(), environment())


_lock = threading.Lock()
_waiting: _Waiting | None = None


def prepare() -> None:
    """Have a worker wait for the next run, unless memory is short; returns at once."""
    global _waiting
    with _lock:
        if _waiting is not None and _waiting.lives:
            _waiting.until = time.monotonic() + PATIENCE_S
            return
        _send_away()
        wanted = os.environ.get("DIGIT_LAB_STANDBY", "").strip() != "0"
        if not wanted or psutil.virtual_memory().available < LEAST_FREE:
            return
        with suppress(OSError):  # A run then starts its own worker, and says why it cannot.
            worker = spawn(stdin=subprocess.PIPE)
            until = time.monotonic() + PATIENCE_S
            _waiting = _Waiting(worker, _code_changed_at(), environment(), until)
            _look_later(_waiting, PATIENCE_S)


def take(
    folder: Path, *, places: Mapping[str, str] | None = None, leashed: bool = False
) -> Worker | None:
    """Give the run in a folder to the worker that waits.

    Parameters
    ----------
    folder : Path
    places : mapping of str to str, optional
        Variables that the run is trained with instead of this process's.
    leashed : bool
        Whether the worker is to end once nothing more comes on its input, see `core.worker`.

    Returns
    -------
    Popen or None
        Its process, which waits no more; ``None`` if no worker took the run.
    """
    global _waiting
    with _lock:
        found = _waiting
        if found is None or not (found.lives and found.is_as_new):
            _send_away()
            return None
        _waiting = None
        task = {"folder": str(folder), "places": dict(places or {}), "leashed": leashed}
        try:
            _pipe(found.worker).write(json.dumps(task).encode() + b"\n")
            _pipe(found.worker).flush()
            if not leashed:
                _pipe(found.worker).close()
        except OSError:  # It died just now.
            reap(found.worker)
            return None
        return found.worker


def dismiss() -> None:
    """Let the worker that waits, if there is one, end."""
    with _lock:
        _send_away()


def _send_away() -> None:
    global _waiting
    if _waiting is not None:
        with suppress(OSError):
            _pipe(_waiting.worker).close()  # It reads the end of its input, and ends.
        reap(_waiting.worker)
        _waiting = None


def _look_later(waiting: _Waiting, seconds: float) -> None:
    timer = threading.Timer(seconds, _look, args=[waiting])
    timer.daemon = True
    timer.start()


def _look(waiting: _Waiting) -> None:
    """Send a worker away that nobody has asked for lately."""
    with _lock:
        if _waiting is not waiting:
            return
        left = waiting.until - time.monotonic()
        if left > 0:
            _look_later(waiting, left)
        else:
            _send_away()


def _pipe(worker: Worker) -> IO[bytes]:
    assert worker.stdin is not None  # It was spawned with one.
    return worker.stdin


def _code_changed_at() -> int:
    """Return when the code that a worker loads was last changed, in nanoseconds."""
    return max(paths.changed_at(file) for file in (paths.PROJECT / "core").rglob("*.py"))
