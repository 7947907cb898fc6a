"""Control of a sweep: the requests that people can make of its conductor.

In addition to the errors listed, every function raises a `DigitLabError` if its request cannot be
written.
"""

from core.disk.atomic import write_record
from core.errors import DigitLabError
from core.runs.requests import PAUSE, STOP
from core.sweeps import store
from core.sweeps.config import MOST_TRIES
from core.sweeps.launch import start_conductor

_REQUEST = "The request"


def stop(name: str) -> store.Sweep:
    """Ask a sweep to stop: its tries that run continue at their last epoch if it is resumed.

    Raises
    ------
    DigitLabError
        There is no such sweep, or it is not active.
    """
    _ask(_active(name, "stop"), STOP)
    return store.read(name)


def pause(name: str) -> store.Sweep:
    """Ask a sweep to wait, and its tries that run, until it is resumed.

    Raises
    ------
    DigitLabError
        There is no such sweep, or it is not active.
    """
    _ask(_active(name, "pause"), PAUSE)
    return store.read(name)


def go_on(name: str) -> store.Sweep:
    """Let a sweep that is paused, or that ended before all its tries had, continue; idempotent.

    Raises
    ------
    DigitLabError
        There is no such sweep, all its tries have ended, or its process could not be started.
    """
    sweep = store.read(name)
    if sweep.state is store.State.MALFORMED:
        raise DigitLabError(sweep.reason)
    if sweep.state is store.State.PAUSED:
        (sweep.folder / PAUSE).unlink(missing_ok=True)
    elif not sweep.state.active:
        if sweep.state is store.State.FINISHED and sweep.done >= sweep.wanted:
            raise DigitLabError(
                f"All {sweep.wanted} tries of '{name}' have ended: add more, and it continues."
            )
        store.start_again(sweep.folder)
        start_conductor(name)
    return store.read(name)


def add(name: str, more: int) -> store.Sweep:
    """Let a sweep try more, whether or not it has ended.

    Raises
    ------
    DigitLabError
        There is no such sweep, or it cannot try as many.
    """
    sweep = store.read(name)
    if sweep.config is None:
        raise DigitLabError(sweep.reason)
    most = min(MOST_TRIES, sweep.config.most)
    if more < 1 or sweep.wanted + more > most:
        raise DigitLabError(
            f"'{name}' has {sweep.wanted} tries and can have at most {most}: add a number from 1 "
            f"to {most - sweep.wanted}."
            if sweep.wanted < most
            else f"'{name}' has {sweep.wanted} tries, and there can be no more."
        )
    _ask(sweep, store.WANTED, str(sweep.wanted + more))
    # One that is about to end may miss it: it then reads finished, and can be resumed.
    return store.read(name) if sweep.state.active else go_on(name)


def _active(name: str, what: str) -> store.Sweep:
    sweep = store.read(name)
    if not sweep.state.active:
        raise DigitLabError(
            f"Sweep '{name}' is {sweep.state}, not active: there is nothing to {what}."
        )
    return sweep


def _ask(sweep: store.Sweep, name: str, content: str = "") -> None:
    write_record(sweep.folder / name, content, _REQUEST, make=False)
