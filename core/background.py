"""Background work beside the app, so that people can do other things meanwhile.

`Jobs` runs jobs in one thread, one at a time: two at once would slow down each other and the page.
`command_line` runs work that needs TensorFlow or the whole processor: our own ``python -m core`` in
a process of its own.
"""

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from core import paths
from core.errors import DigitLabError

if sys.platform == "win32":
    NO_WINDOW = subprocess.CREATE_NO_WINDOW
else:
    NO_WINDOW = 0

State = Literal["idle", "running", "done", "failed"]
Work = Callable[[], object]

_LIMIT_S = 600
# Its output is read as UTF-8, which is not a Windows process's default.
_READABLE = {"PYTHONIOENCODING": "utf-8"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    state: State
    error: str = ""
    began: float | None = None  # monotonic; None while it waits for its turn
    progress: tuple[int, int] = (0, 0)


_NOBODYS = _Job("idle")


class Jobs:
    """Runs one job after the other; all sessions of the app share one of these.

    Any thread may start a job or ask for its state. Jobs run in the order in which they were
    started. A failure is kept as the sentence to show, and can be tried again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, _Job] = {}
        self._waiting: queue.SimpleQueue[tuple[Hashable, Work, str]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self, key: Hashable, work: Work, title: str) -> None:
        """Start a job, or start it again; does nothing while it is under way.

        Parameters
        ----------
        key : hashable
            Identifies the job.
        work : callable
            Writes its result to the disk. The message of a DigitLabError is shown unchanged.
        title : str
            The subject of a sentence, as in "The export stopped".
        """
        with self._lock:
            if key in self._jobs and self._jobs[key].state == "running":
                return
            self._jobs[key] = _Job("running")
            self._waiting.put((key, work, title))
            if self._thread is None:
                # A daemon: leaving the app does not wait for it.
                self._thread = threading.Thread(target=self._serve, name="background", daemon=True)
                self._thread.start()

    def report(self, key: Hashable, done: int, total: int) -> None:
        """Record a job's progress; the job itself calls this."""
        self._change(key, progress=(done, total))

    def state(self, key: Hashable) -> State:
        """Return the state of a job; ``"idle"`` if nobody started it."""
        return self._look(key).state

    def progress(self, key: Hashable) -> tuple[int, int]:
        """Return a job's last report: the amount done and the total; zeros before that."""
        return self._look(key).progress

    def seconds(self, key: Hashable) -> float:
        """Return how long a job has been running; 0 while it waits for its turn, or is unknown."""
        began = self._look(key).began
        return 0.0 if began is None else time.monotonic() - began

    def error(self, key: Hashable) -> str:
        """Return the fault in a sentence; empty unless the state is ``"failed"``."""
        return self._look(key).error

    def _look(self, key: Hashable) -> _Job:
        with self._lock:
            return self._jobs.get(key, _NOBODYS)

    def _change(self, key: Hashable, **facts: Any) -> None:
        # In one step, so that a failed job is never seen without its reason.
        with self._lock:
            self._jobs[key] = replace(self._jobs[key], **facts)

    def _serve(self) -> None:
        while True:
            self._run(*self._waiting.get())

    def _run(self, key: Hashable, work: Work, title: str) -> None:
        try:
            self._change(key, began=time.monotonic())
            work()
        except DigitLabError as fault:
            # The sentence is enough: the trace of a missing network would look like a crash.
            _log.warning("%s", fault)
            _log.debug("how it came to that", exc_info=True)
            self._change(key, state="failed", error=str(fault))
        except BaseException:  # Even one that would end the thread: the next job waits for it.
            _log.exception("%s stopped on a fault of ours", title)
            self._change(key, state="failed", error=_unexpected(title))
        else:
            self._change(key, state="done")


def command_line(arguments: Sequence[str], title: str) -> str:
    """Run ``python -m core`` with arguments in a process of its own, and return its output.

    Parameters
    ----------
    arguments : sequence of str
    title : str
        The subject of a sentence, as in "The export stopped".

    Raises
    ------
    DigitLabError
        It refused, in its own words; it crashed; or it took longer than ten minutes.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core", *arguments],
            cwd=paths.PROJECT,
            env=os.environ | paths.as_environment() | _one_thread() | _READABLE,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LIMIT_S,
            creationflags=NO_WINDOW,
        )
    except subprocess.TimeoutExpired as fault:
        raise DigitLabError(
            f"{title} took longer than {_LIMIT_S // 60} minutes and was ended: nothing was "
            "lost; try again when the machine is less busy."
        ) from fault
    if done.returncode != 0:
        lines = done.stderr.splitlines() or [""]
        _log.warning("%s ended with %d: %s", title, done.returncode, done.stderr[-2000:])
        raise DigitLabError(lines[-1] if done.returncode == 2 else _unexpected(title))
    return done.stdout


def _unexpected(title: str) -> str:
    return f"{title} stopped unexpectedly: nothing was lost; try again."


def _one_thread() -> dict[str, str]:
    # The page, and perhaps a training run, need the rest of the machine.
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return dict.fromkeys(names, "1") | {"TF_CPP_MIN_LOG_LEVEL": "2"}
