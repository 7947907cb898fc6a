"""The start of a worker: a process of its own that outlives the page, the server and Ctrl-C."""

import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np

from core import paths, registry
from core.config import TrainConfig
from core.errors import DigitLabError
from core.reading.normalise import as_bytes
from core.runs import own_digits, store
from core.runs.playback import keep_drawing

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


def launch(config: TrainConfig, drawing: np.ndarray | None = None) -> store.Run:
    """Create a run and start its worker; returns at once.

    Parameters
    ----------
    config : TrainConfig
        What to train.
    drawing : float32 array, shape (28, 28), in [0, 1], optional
        A digit that the network is shown while it learns, see
        `core.training.callbacks.watch`.

    Returns
    -------
    Run
        The new run, in state ``starting``.

    Raises
    ------
    DigitLabError
        The folder or the process could not be created, the model to start from is missing, or own
        digits are wanted and there are none; nothing is left behind.
    """
    if config.start_from:
        registry.find(config.start_from)
    run = store.create(config)
    try:
        if drawing is not None:
            keep_drawing(run.folder, as_bytes(drawing))
        if config.own_digits:
            own_digits.keep(run.folder)
        start_worker(run)
    except (OSError, DigitLabError) as fault:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise fault if isinstance(fault, DigitLabError) else _not_started(fault) from fault
    return run


def resume(run_id: str) -> store.Run:
    """Start a worker that continues a run from its last complete epoch; returns at once.

    Parameters
    ----------
    run_id : str
        A run that was lost or has failed.

    Returns
    -------
    Run
        In state ``starting``.

    Raises
    ------
    DigitLabError
        There is no such run, it cannot be resumed, or the process could not be created.
    """
    run = store.read(run_id)
    if not run.can_resume:
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}: only one that was lost or has failed can be resumed."
        )
    try:
        store.start_again(run.folder)
        start_worker(run)
    except OSError as fault:
        if run.status is not None:  # The reason of its end stays readable.
            with suppress(DigitLabError):
                store.write_status(run.folder, run.status)
        raise _not_started(fault) from fault
    return store.read(run_id)


def start_worker(run: store.Run) -> None:
    """Start a process for a run; it exits if another is already at work."""
    command = [sys.executable, "-m", WORKER, str(run.folder)]
    with (run.folder / store.LOG).open("ab") as log:
        worker = subprocess.Popen(
            command,
            cwd=paths.PROJECT,
            # The log is read as UTF-8, which is not a Windows process's default.
            env=os.environ | paths.as_environment() | {"PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # no effect on Windows
            creationflags=_CREATION_FLAGS,
        )
    # A finished child stays in the process table until somebody waits for it.
    threading.Thread(target=worker.wait, name=f"reap-{run.id}", daemon=True).start()


def _not_started(fault: OSError) -> DigitLabError:
    return DigitLabError(
        f"The training process could not be started ({fault.strerror or fault}): nothing was "
        "changed; close other programs and try again."
    )
