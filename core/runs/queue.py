"""The queue: one run trains at a time, or as many as the setting allows; the others wait.

A run that was brought to the front goes first, then the oldest; it waits while memory is short
beside those that train. A place in training is a file lock
of the operating system beside the run's folder, taken before TensorFlow is imported. So a crash
frees the place by itself, and a waiting run costs almost no memory.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core import paths
from core.disk.atomic import read_record, write_record
from core.errors import DigitLabError
from core.runs import contract, requests, store
from core.wording import counted_are

MOST_AT_ONCE = 4
MOST = 100  # runs that train and wait, all together
_SETTING = ".at-once"
_LOOK_EVERY_S = 0.25
_WAITING = (contract.State.STARTING, contract.State.QUEUED)


@contextmanager
def training_place(
    folder: Path,
    while_waiting: Callable[[], None],
    fits: Callable[[Sequence[contract.Run]], bool] = lambda others: True,
) -> Iterator[bool]:
    """Wait for a place to train, and hold it for the length of the block.

    Parameters
    ----------
    folder : Path
        The run that wants to train.
    while_waiting : callable
        Called once, as soon as the run has to wait.
    fits : callable
        Whether there is memory for it beside the runs that hold the other places.

    Yields
    ------
    bool
        False if the run was asked to stop while it waited; it then holds no place.
    """
    over: dict[str, int] = {}
    told = False
    while not requests.stop_requested(folder):
        if not _somebody_is_ahead(folder, over) and (place := _free_place(folder.parent)):
            try:
                if fits(_others_that_train(folder)):
                    yield True
                    return
            finally:
                place.release()
        if not told:
            while_waiting()
            told = True
        time.sleep(_LOOK_EVERY_S)
    yield False


def in_front(runs: Iterable[contract.Run]) -> contract.Run | None:
    """Return the training run, the one created first of several; else the next in line, if any.

    Parameters
    ----------
    runs : iterable of Run
        In any order; runs that have ended are ignored.
    """
    return next(iter(_in_order(runs)), None)


def ahead(runs: Iterable[contract.Run], run: contract.Run | None = None) -> list[contract.Run]:
    """Return the runs here whose turn is before another's: those that train, then those in line.

    Parameters
    ----------
    runs : iterable of Run
        In any order; runs that have ended, or train elsewhere, are ignored.
    run : Run, optional
        One that waits; default: one that would be created now, behind all others.
    """
    here = [other for other in _in_order(runs) if not other.is_elsewhere]
    return [other for other in here if run is None or _turn(other) < _turn(run)]


def _in_order(runs: Iterable[contract.Run]) -> list[contract.Run]:
    return sorted((run for run in runs if run.state.active), key=_turn)


def _turn(run: contract.Run) -> tuple[bool, float, str]:
    waits = run.state in _WAITING
    return (True, *requests.place_in_line(run.folder)) if waits else (False, 0.0, run.id)


def is_held_by_paused(runs: Iterable[contract.Run]) -> bool:
    """Return whether all runs that have their turn are paused, so that the queue stands still."""
    active = {run.state for run in runs if run.state.active and not run.is_elsewhere}
    return active.difference(_WAITING) == {contract.State.PAUSED}


def check_room(runs: Iterable[contract.Run], wanted: int = 1) -> None:
    """Refuse runs for which the queue has no room.

    Parameters
    ----------
    runs : iterable of Run
        All of this machine; runs that have ended are ignored.
    wanted : int
        How many are about to be added.

    Raises
    ------
    DigitLabError
        There would be more than `MOST`.
    """
    active = sum(run.state.active for run in runs)
    if active + wanted > MOST:
        raise DigitLabError(
            f"{counted_are(active, 'run')} training or waiting already, and at most {MOST} can be: "
            "wait until some have ended, or stop some."
        )


def at_once() -> int:
    """Return how many runs may train at the same time, 1 to `MOST_AT_ONCE`; 1 by default."""
    return _at_once(paths.runs_folder())


def _at_once(runs: Path) -> int:
    try:
        value = int(read_record(runs / _SETTING))
    except (OSError, ValueError):
        return 1
    return min(max(value, 1), MOST_AT_ONCE)


def set_at_once(count: int) -> None:
    """Set how many runs may train at the same time; those already training continue.

    Raises
    ------
    DigitLabError
        The number is not from 1 to `MOST_AT_ONCE`, or it cannot be saved.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise DigitLabError(f"1 to {MOST_AT_ONCE} runs can train at the same time, not {count}.")
    write_record(paths.runs_folder() / _SETTING, str(count), "The setting")


def _others_that_train(folder: Path) -> list[contract.Run]:
    names = store.run_ids(folder.parent) if _at_once(folder.parent) > 1 else []
    others = [store.read_folder(folder.with_name(name)) for name in names if name != folder.name]
    return [
        run
        for run in others
        if run.state.active and run.state not in _WAITING and not run.is_elsewhere
    ]


def _free_place(runs: Path) -> FileLock | None:
    for number in range(_at_once(runs)):
        place = FileLock(runs / f".training-{number}.lock")
        try:
            place.acquire(timeout=0)
        except Timeout:
            continue
        return place
    return None


def _somebody_is_ahead(folder: Path, over: dict[str, int]) -> bool:
    # A run that has ended stays so until it is resumed, which touches its configuration. With the
    # time of that touch remembered, waiting beside a long list of runs stays cheap.
    mine = requests.place_in_line(folder)
    for name in store.run_ids(folder.parent):
        other = folder.with_name(name)
        try:
            touched = (other / contract.CONFIG).stat().st_mtime_ns
        except OSError:  # It was just removed, or is not a run.
            continue
        if other == folder or over.get(name) == touched:
            continue
        run = store.read_folder(other)
        waits = run.state in _WAITING and not run.is_elsewhere
        if waits and requests.place_in_line(other) < mine:
            return True
        if not run.state.active:
            over[name] = touched
    return False
