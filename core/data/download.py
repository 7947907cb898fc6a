"""Fetching MNIST in the background, so that people can look elsewhere meanwhile.

The app keeps one `Download` for all sessions. Any thread may start it or read it at any time; a
failure is kept as the sentence to show, and starting again is always possible.
"""

import logging
import threading
from collections.abc import Callable
from typing import Literal

from core.data import mnist
from core.data.mirrors import Progress
from core.errors import DigitLabError

State = Literal["idle", "running", "done", "failed"]

_log = logging.getLogger(__name__)


class Download:
    """A download that runs in a thread of its own.

    Parameters
    ----------
    fetch : callable
        Does the work; is given a function to call with the bytes done and the bytes in all.
    """

    def __init__(self, fetch: Callable[[Progress], object] = mnist.fetch) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._state: State = "idle"
        self._done = self._total = 0
        self._error = ""

    def start(self) -> None:
        """Begin, or begin again after the end; does nothing while it runs."""
        with self._lock:
            if self._state == "running":
                return
            self._state, self._done, self._total, self._error = "running", 0, 0, ""
            # A daemon: leaving the app does not wait for a slow server.
            self._thread = threading.Thread(target=self._run, name="mnist-download", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float | None = None) -> None:
        """Return when nothing runs, or after ``timeout_s`` seconds."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    @property
    def state(self) -> State:
        """Whether it is ``"idle"``, ``"running"``, ``"done"`` or ``"failed"``."""
        with self._lock:
            return self._state

    @property
    def done_bytes(self) -> int:
        """How many bytes have arrived."""
        with self._lock:
            return self._done

    @property
    def fraction(self) -> float:
        """How far it is, from 0 to 1."""
        with self._lock:
            if self._state == "done":
                return 1.0
            return min(self._done / self._total, 1.0) if self._total else 0.0

    @property
    def error(self) -> str:
        """What went wrong, in a sentence for people; empty unless the state is ``"failed"``."""
        with self._lock:
            return self._error

    def _run(self) -> None:
        try:
            self._fetch(self._progress)
        except DigitLabError as fault:
            # Most often there is no network, and a trace of that looks like a crash.
            _log.warning("%s", fault)
            _log.debug("how it came to that", exc_info=True)
            self._end("failed", str(fault))
        except Exception:
            _log.exception("the download stopped on a fault of ours")
            self._end("failed", "The download stopped unexpectedly: nothing was lost; try again.")
        else:
            self._end("done")

    def _progress(self, done: int, total: int) -> None:
        with self._lock:
            self._done, self._total = done, total

    def _end(self, state: State, error: str = "") -> None:
        with self._lock:
            self._state, self._error = state, error
