"""The start of a run: here, in a worker that outlives the page and Ctrl-C, or on another machine.

With a cluster (`core.cluster`) a new run goes to whoever is free, unless it is to stay here.
"""

import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from core import paths, registry, standby
from core.cluster import errand, sending
from core.config import TrainConfig
from core.data import stroke_files
from core.disk import locks
from core.disk.atomic import keeping
from core.errors import DigitLabError
from core.reading.normalise import as_bytes
from core.runs import contract, memory, notes, own_digits, queue, removal, store
from core.runs.playback import keep_drawing
from core.spawn import Worker, spawn


def prepare() -> None:
    """Have what begins the next run stand by: a worker, or the mirror of a cluster; at once."""
    if errand.is_set():
        with suppress(OSError, DigitLabError):  # The run itself says what is wrong.
            if sending.is_possible():
                sending.start_mirror()
    else:
        standby.prepare()


def launch(
    config: TrainConfig,
    drawing: np.ndarray | None = None,
    *,
    run_id: str = "",
    said: notes.Notes | None = None,
    owner: str = "",
    here: bool = False,
) -> contract.Run:
    """Create a run and start its worker, or send it to another machine; returns at once.

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
    owner : str
        Who wants it: the machines of a cluster serve owners in turns.
    here : bool
        Whether it must train on this machine, even if there is a cluster.

    Returns
    -------
    Run
        The new run, in state ``starting``.

    Raises
    ------
    DigitLabError
        It needs more memory than there is, the cluster cannot be reached, the queue is full, files
        cannot be locked there, the folder or the process could not be created, the model to start
        from or a file of strokes is missing, or own digits are wanted and there are none; nothing
        is left behind.
    """
    if config.start_from:
        registry.find(config.start_from)
    stroke_files.missing(config.strokes)
    travels = not here and sending.is_possible()
    if travels:
        if said is None or not said.sweep:  # A sweep waits for a database that is away.
            sending.check_reach()
    else:
        memory.check(config)
    _check_locks()
    queue.check_room(store.list_runs())

    def fill(folder: Path) -> None:
        if drawing is not None:
            keep_drawing(folder, as_bytes(drawing))
        if config.own_digits:
            own_digits.keep(folder)
        if said is not None:
            notes.write(folder, said)
        if travels:
            errand.mark(folder, owner)

    run = store.create(config, fill, run_id)
    try:
        _start(run)
    except OSError as fault:
        removal.destroy(run.folder)
        raise _not_started(fault) from fault
    return run


def resume(run_id: str, *, here: bool = False) -> contract.Run:
    """Start a worker that continues a run from its last complete epoch; returns at once.

    Parameters
    ----------
    run_id : str
        A run that was lost, has failed or was stopped without a model.
    here : bool
        Whether it must go on on this machine, even if it trained elsewhere.

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
        was_elsewhere, is_cluster = run.is_elsewhere, sending.is_possible()
        if here or not is_cluster:
            errand.bring_home(run.folder)
        store.start_again(run.folder)
    try:
        _start(run)
    except OSError as fault:
        if run.status is not None:  # The reason of its end stays readable.
            with suppress(DigitLabError):
                store.write_status(run.folder, run.status)
        raise _not_started(fault) from fault
    if here and was_elsewhere and is_cluster:
        with suppress(OSError):  # The next mirror will tell the machine that may still have it.
            sending.start_mirror()
    return store.read(run_id)


def _start(run: contract.Run) -> None:
    if errand.read(run.folder) is None:
        start_worker(run)
    else:
        sending.start_mirror()


def _check_locks() -> None:
    runs = paths.runs_folder()
    with keeping("The run", runs):
        locks.check(runs)


def start_worker(run: contract.Run) -> None:
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
    with (folder / contract.LOG).open("ab") as log:
        return spawn(str(folder), output=log)


def _see_off(worker: Worker, promised: Path | None = None) -> None:
    """Wait for the end of a process; if it has not begun the run that it took, start another."""

    # A finished child stays in the process table until somebody waits for it.
    def wait() -> None:
        worker.wait()
        if promised and store.read_folder(promised).state is contract.State.STARTING:
            with suppress(OSError):  # The run will read "lost", and can be resumed.
                _new_worker(promised).wait()

    threading.Thread(target=wait, name=f"reap-{worker.pid}", daemon=True).start()


def _not_started(fault: OSError) -> DigitLabError:
    return DigitLabError(
        f"The training process could not be started ({fault.strerror or fault}): nothing was "
        "changed; close other programs and try again."
    )
