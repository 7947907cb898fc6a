"""Spawning: how a worker's process is started, on each system."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import IO

from core import paths

Worker = subprocess.Popen[bytes]
WORKER = "core.worker"  # the module that a worker's process runs

if sys.platform == "win32":
    # The priority corresponds to the niceness that the worker sets for itself elsewhere.
    _CREATION_FLAGS = (
        subprocess.CREATE_NEW_PROCESS_GROUP
        | subprocess.CREATE_NO_WINDOW
        | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    )
else:
    _CREATION_FLAGS = 0


def spawn(
    *arguments: str,
    stdin: int = subprocess.DEVNULL,
    output: int | IO[bytes] = subprocess.DEVNULL,
    places: Mapping[str, str] | None = None,
) -> Worker:
    """Start a worker's process, which outlives the page, the server and Ctrl-C.

    Parameters
    ----------
    *arguments : str
        Those of `core.worker`: a run's folder, or nothing for a worker that stands by.
    stdin, output, places
        As for `detached`.

    Raises
    ------
    OSError
        The process could not be created.
    """
    return detached(WORKER, *arguments, stdin=stdin, output=output, places=places)


def detached(
    *module: str,
    stdin: int = subprocess.DEVNULL,
    output: int | IO[bytes] = subprocess.DEVNULL,
    places: Mapping[str, str] | None = None,
) -> Worker:
    """Start a module in a process of its own, which outlives the one that starts it.

    Parameters
    ----------
    *module : str
        Its name and arguments.
    stdin : int
        What the process reads from, as for `subprocess.Popen`.
    output : int or file
        What the process writes to, its errors as well.
    places : mapping of str to str, optional
        Variables that it is started with instead of this process's.

    Raises
    ------
    OSError
        The process could not be created.
    """
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=paths.PROJECT,
        env=environment() | dict(places or {}),
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # no effect on Windows
        creationflags=_CREATION_FLAGS,
    )


def reap(process: Worker, after_s: float = 0.0) -> None:
    """Wait for the end of a process in the background; it stays in the process table until then.

    From then on its ``poll`` may say for some milliseconds that a killed process lives: while one
    thread waits for a process, another is told nothing of it. Who relies on ``poll`` asks before.

    Parameters
    ----------
    process : Worker
    after_s : float
        When the waiting begins.
    """
    thread = threading.Timer(after_s, process.wait)
    thread.name, thread.daemon = f"reap-{process.pid}", True
    thread.start()


def environment() -> dict[str, str]:
    """Return the variables that a worker is started with."""
    # The log is read as UTF-8, which is not a Windows process's default.
    return os.environ | paths.as_environment() | {"PYTHONIOENCODING": "utf-8"}
