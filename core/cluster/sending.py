"""Sending: whether runs can go to other machines, and the start of the mirror that follows them."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from core import paths, spawn
from core.cluster import address, errand

_STARTING_S = 2.0
MIRROR: tuple[str, ...] = ("core.cluster.mirror",)  # the module that its process runs


@dataclass(frozen=True)
class _Started:
    """A mirror that this process has started, for which runs and when."""

    runs: Path
    process: spawn.Worker
    at: float

    @property
    def is_starting(self) -> bool:
        """Whether it may not have taken its lock yet; no mirror ends as soon."""
        return self.process.poll() is None and time.monotonic() - self.at < _STARTING_S


_started: _Started | None = None


def is_possible() -> bool:
    """Return whether there is a cluster to send runs to.

    Raises
    ------
    DigitLabError
        Its address is invalid or unsafe.
    """
    return address.configured() is not None


def check_reach() -> None:
    """Refuse to send a run where its database does not answer.

    Raises
    ------
    DigitLabError
        It says why.
    """
    from core.cluster import connection  # with its libraries, which only those need who send

    # In a process with TensorFlow, libpq would end it where TLS begins: both have functions of the
    # same names. The mirror, which has none, then says it in the run's status.
    if (to := address.configured()) is not None and "tensorflow" not in sys.modules:
        connection.connect(to).close()


def start_mirror() -> None:
    """Have the mirror at work; it ends by itself if there is one, or nothing to do.

    Raises
    ------
    OSError
        The process could not be created.
    """
    global _started
    runs = paths.runs_folder()
    if _is_mirrored() or (_started and _started.runs == runs and _started.is_starting):
        return
    with (runs / ".mirror.log").open("ab") as log:
        process = spawn.detached(*MIRROR, output=log)
    _started = _Started(runs, process, time.monotonic())
    spawn.reap(process, _STARTING_S)


def look_after() -> None:
    """Start the mirror again if runs are under way elsewhere: after the machine was off, say."""
    if errand.under_way():
        start_mirror()


def _is_mirrored() -> bool:
    try:
        with errand.mirror_lock().acquire(timeout=0):
            return False
    except Timeout:
        return True
