"""The start of a worker: a process of its own that outlives the page, the server and Ctrl-C."""

import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from core import paths, registry
from core.config import TrainConfig
from core.disk import locks
from core.disk.atomic import keeping
from core.errors import DigitLabError
from core.launch import standby
from core.reading.normalise import as_bytes
from core.runs import memory, notes, own_digits, queue, store
from core.runs.playback import keep_drawing
from core.spawn import Worker, spawn


def launch(
    config: TrainConfig,
    drawing: np.ndarray | None = None,
    *,
    run_id: str = "",
    said: notes.Notes | None = None,
) -> store.Run:
    """Create a run and start its worker; returns at once.

    Parameters
    ----------
    config : TrainConfig
        What to train.
    drawing : float32 array, shape (28, 28), in [0, 1], optional
        A digit that the network is shown while it learns, see
        `core.training.callbacks.watch`.
    run_id : str, optional
        Its id, one of `core.runs.store.free_id`.
    said : Notes, optional
        What is noted of it from the start.

    Returns
    -------
    Run
        The new run, in state ``starting``.

    Raises
    ------
    DigitLabError
        It needs more memory than there is, the queue is full, files cannot be locked there, the
        folder or the process could not be created, the model to start from is missing, or own
        digits are wanted and there are none; nothing is left behind.
    """
    memory.check(config)
    if config.start_from:
        registry.find(config.start_from)
    _check_locks()
    queue.check_room(store.list_runs())

    def fill(folder: Path) -> None:
        if drawing is not None:
            keep_drawing(folder, as_bytes(drawing))
        if config.own_digits:
            own_digits.keep(folder)
        if said is not None:
            notes.write(folder, said)

    run = store.create(config, fill, run_id)
    try:
        start_worker(run)
    except OSError as fault:
        store.destroy(run.folder)
        raise _not_started(fault) from fault
    return run


def resume(run_id: str) -> store.Run:
    """Start a worker that continues a run from its last complete epoch; returns at once.

    Parameters
    ----------
    run_id : str
        A run that was lost, has failed or was stopped without a model.

    Returns
    -------
    Run
        In state ``starting``.

    Raises
    ------
    DigitLabError
        There is no such run, it cannot be resumed, files cannot be locked there, or the process
        could not be created.
    """
    store.read(run_id)  # Where there is none, nothing is created.
    _check_locks()
    with store.changing("The change"):
        run = store.read(run_id)
        if not run.can_resume:
            raise DigitLabError(
                f"Run '{run_id}' is {run.state}: only one that was lost, has failed or was "
                "stopped without a model can be resumed."
            )
        store.start_again(run.folder)
    try:
        start_worker(run)
    except OSError as fault:
        if run.status is not None:  # The reason of its end stays readable.
            with suppress(DigitLabError):
                store.write_status(run.folder, run.status)
        raise _not_started(fault) from fault
    return store.read(run_id)


def _check_locks() -> None:
    runs = paths.runs_folder()
    with keeping("The run", runs):
        locks.check(runs)


def start_worker(run: store.Run) -> None:
    """Give a run to the worker that stands by, else to a new one; it exits if another is at work.

    Raises
    ------
    OSError
        The process could not be created.
    """
    worker = standby.take(run.folder)
    if worker is None:
        _see_off(_new_worker(run.folder))
    else:
        _see_off(worker, run.folder)


def _new_worker(folder: Path) -> Worker:
    with (folder / store.LOG).open("ab") as log:
        return spawn(str(folder), output=log)


def _see_off(worker: Worker, promised: Path | None = None) -> None:
    """Wait for the end of a process; if it has not begun the run that it took, start another."""

    # A finished child stays in the process table until somebody waits for it.
    def wait() -> None:
        worker.wait()
        if promised and store.read_folder(promised).state is store.State.STARTING:
            with suppress(OSError):  # The run will read "lost", and can be resumed.
                _new_worker(promised).wait()

    threading.Thread(target=wait, name=f"reap-{worker.pid}", daemon=True).start()


def _not_started(fault: OSError) -> DigitLabError:
    return DigitLabError(
        f"The training process could not be started ({fault.strerror or fault}): nothing was "
        "changed; close other programs and try again."
    )
