"""One run trains at a time; the others wait their turn, oldest first.

The place is a file lock of the operating system, taken before TensorFlow is imported: a crash
frees it by itself, and a run that waits costs almost no memory.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core import paths
from core.errors import DigitLabError
from core.training import store

_LOOK_EVERY_S = 0.25


@contextmanager
def training_place(folder: Path, while_waiting: Callable[[], None]) -> Iterator[bool]:
    """Wait for the place to train, and hold it for the length of the block.

    Parameters
    ----------
    folder : Path
        The run that wants to train.
    while_waiting : callable
        Called once, as soon as the run finds that it has to wait.

    Yields
    ------
    bool
        False if the run was asked to stop while it waited: it does not hold the place then.
    """
    place = FileLock(paths.runs_folder() / ".training.lock")
    over: set[str] = set()
    told = False
    while not store.stop_requested(folder):
        if not _somebody_is_ahead(folder.name, over):
            try:
                place.acquire(timeout=0)
            except Timeout:
                pass
            else:
                try:
                    yield True
                finally:
                    place.release()
                return
        if not told:
            while_waiting()
            told = True
        time.sleep(_LOOK_EVERY_S)
    yield False


def _somebody_is_ahead(run_id: str, over: set[str]) -> bool:
    # A run that is over stays over: remembering it keeps a long list of runs cheap to wait beside.
    for other in store.run_ids():
        if other >= run_id or other in over:
            continue
        try:
            state = store.read(other).state
        except DigitLabError:  # It was removed just now.
            continue
        if state in (store.State.STARTING, store.State.QUEUED):
            return True
        if not state.active:
            over.add(other)
    return False
