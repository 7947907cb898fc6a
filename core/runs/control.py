"""Steering a run: what people can ask of its worker, see `core.runs.requests`.

Whatever else a function raises, it raises a `DigitLabError` where its request cannot be kept.
"""

import time
from contextlib import AbstractContextManager

from core.disk.atomic import as_json, keeping, write_record
from core.errors import DigitLabError
from core.runs import store
from core.runs.requests import BEST, FRONT, PAUSE, RATE, STOP

_REQUEST = "The request"


def stop(run_id: str, keep_best: bool = False) -> store.Run:
    """Ask the worker of an active run to stop after its current batch; idempotent.

    Parameters
    ----------
    run_id : str
    keep_best : bool
        Go back to the weights of the epoch with the lowest validation loss, if one is complete.

    Raises
    ------
    DigitLabError
        There is no such run, or it is over already.
    """
    run = store.read(run_id)
    if not run.state.active:
        raise DigitLabError(f"Run '{run_id}' is {run.state}, not active: there is nothing to stop.")
    _ask(run, STOP, BEST if keep_best else "")
    return store.read(run_id)


def pause(run_id: str) -> store.Run:
    """Ask a run to wait after its current batch, as long as it takes; idempotent.

    Raises
    ------
    DigitLabError
        There is no such run, or it does not train, or not any more.
    """
    run = store.read(run_id)
    states = store.State
    if run.state not in (states.STARTING, states.RUNNING, states.PAUSING, states.PAUSED):
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not training: there is nothing to pause."
        )
    _refuse_after_training(run)
    with _request(run):
        (run.folder / PAUSE).touch()
    return store.read(run_id)


def go_on(run_id: str) -> store.Run:
    """Let a paused run go on; idempotent.

    Raises
    ------
    DigitLabError
        There is no such run, or it is over.
    """
    run = store.read(run_id)
    if not run.state.active:
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not paused: there is nothing to resume."
        )
    with _request(run):
        (run.folder / PAUSE).unlink(missing_ok=True)
    return store.read(run_id)


def set_learning_rate(run_id: str, rate: float) -> store.Run:
    """Change the learning rate of a run from its next batch on; where it has a schedule, the peak.

    Raises
    ------
    DigitLabError
        There is no such run, it does not train any more, or the rate is not above 0 and up to 10.
    """
    run = store.read(run_id)
    if not run.state.active:
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}: only a run that is training can change its learning "
            "rate."
        )
    _refuse_after_training(run)
    if not 0 < rate <= 10:
        raise DigitLabError(f"learning_rate must be a number above 0 and up to 10, not {rate:g}.")
    _ask(run, RATE, as_json(rate))
    return store.read(run_id)


def to_the_front(run_id: str) -> store.Run:
    """Let a waiting run be the next to train.

    Raises
    ------
    DigitLabError
        There is no such run, or it does not wait.
    """
    run = store.read(run_id)
    if run.state not in (store.State.STARTING, store.State.QUEUED):
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not waiting: there is nothing to move."
        )
    _ask(run, FRONT, as_json(time.time()))
    return store.read(run_id)


def _refuse_after_training(run: store.Run) -> None:
    phase = run.status.phase if run.status else ""
    if phase in store.AFTER_TRAINING:
        raise DigitLabError(
            f"Run '{run.id}' has finished training and is {phase}: wait until it ends."
        )


def _ask(run: store.Run, name: str, content: str) -> None:
    write_record(run.folder / name, content, _REQUEST, make=False)


def _request(run: store.Run) -> AbstractContextManager[None]:
    """Put into words if a block cannot write; a run that was removed meanwhile stays so."""
    return keeping(_REQUEST, run.folder, make=False)
