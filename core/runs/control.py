"""Control of a run: the requests that people can make of its worker, see `core.runs.requests`.

In addition to the errors listed, every function raises a `DigitLabError` if its request cannot be
written.
"""

import time
from contextlib import AbstractContextManager

from core.disk.atomic import as_json, keeping, write_record
from core.errors import DigitLabError
from core.runs import contract, store
from core.runs.requests import BEST, FRONT, HALT, PAUSE, PRUNE, RATE, STOP

_REQUEST = "The request"


def stop(run_id: str, keep_best: bool = False) -> contract.Run:
    """Ask the worker of an active run to stop after its current batch; idempotent.

    Parameters
    ----------
    run_id : str
    keep_best : bool
        Return to the weights of the epoch with the lowest validation loss, if one is complete.

    Raises
    ------
    DigitLabError
        There is no such run, or it has already ended.
    """
    run = _active(run_id, "stop")
    _ask(run, STOP, BEST if keep_best else "")
    return store.read(run_id)


def halt(run_id: str) -> contract.Run:
    """Ask the worker of an active run to stop without a model, to be resumed; idempotent.

    Raises
    ------
    DigitLabError
        There is no such run, or it has already ended.
    """
    run = _active(run_id, "stop")
    _ask(run, STOP, HALT)
    return store.read(run_id)


def prune(run_id: str) -> contract.Run:
    """Ask the worker of an active run to end after its epoch, without a model; idempotent.

    Raises
    ------
    DigitLabError
        There is no such run, or it has already ended.
    """
    run = _active(run_id, "prune")
    _ask(run, PRUNE, "")
    return store.read(run_id)


def pause(run_id: str) -> contract.Run:
    """Ask a run to wait after its current batch until it is resumed; idempotent.

    Raises
    ------
    DigitLabError
        There is no such run, or it is not training, or no longer.
    """
    run = store.read(run_id)
    states = contract.State
    if run.state not in (states.STARTING, states.RUNNING, states.PAUSING, states.PAUSED):
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not training: there is nothing to pause."
        )
    _refuse_after_training(run)
    with _request(run):
        (run.folder / PAUSE).touch()
    return store.read(run_id)


def go_on(run_id: str) -> contract.Run:
    """Let a paused run continue; idempotent.

    Raises
    ------
    DigitLabError
        There is no such run, or it has ended.
    """
    run = store.read(run_id)
    if not run.state.active:
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not paused: there is nothing to resume."
        )
    with _request(run):
        (run.folder / PAUSE).unlink(missing_ok=True)
    return store.read(run_id)


def set_learning_rate(run_id: str, rate: float) -> contract.Run:
    """Change the learning rate of a run from its next batch; with a schedule, the peak.

    Raises
    ------
    DigitLabError
        There is no such run, it no longer trains, or the rate is not above 0 and at most 10.
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


def to_the_front(run_id: str) -> contract.Run:
    """Let a waiting run be the next to train.

    Raises
    ------
    DigitLabError
        There is no such run, or it is not waiting.
    """
    run = store.read(run_id)
    if run.state not in (contract.State.STARTING, contract.State.QUEUED):
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not waiting: there is nothing to move."
        )
    _ask(run, FRONT, as_json(time.time()))
    return store.read(run_id)


def _active(run_id: str, what: str) -> contract.Run:
    run = store.read(run_id)
    if not run.state.active:
        raise DigitLabError(
            f"Run '{run_id}' is {run.state}, not active: there is nothing to {what}."
        )
    return run


def _refuse_after_training(run: contract.Run) -> None:
    phase = run.status.phase if run.status else ""
    if phase in contract.AFTER_TRAINING:
        raise DigitLabError(
            f"Run '{run.id}' has finished training and is {phase}: wait until it ends."
        )


def _ask(run: contract.Run, name: str, content: str) -> None:
    write_record(run.folder / name, content, _REQUEST, make=False)


def _request(run: contract.Run) -> AbstractContextManager[None]:
    """Explain in one sentence if the block cannot write; never recreates a removed run's folder."""
    return keeping(_REQUEST, run.folder, make=False)
