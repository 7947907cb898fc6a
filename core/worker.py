"""The worker: the process that trains one run, ``python -m core.worker RUN_DIR``.

Without a folder it loads TensorFlow first, then reads its task from its input; it ends if that
closes without one, see `core.standby`. With ``--leashed`` after the folder, or where its task says
so, it ends once whoever started it writes no more to its input, see `core.cluster.trainer`.

Trains the run in the folder that it is told, wherever that lies: holds the run's lock, keeps its
heartbeat, waits for its turn among the runs beside it, trains, and reports how it ended.
Every failure ends as a sentence in ``status.json`` and a trace in ``log.txt``. If an earlier worker
left a checkpoint in the folder, training continues from there.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from filelock import Timeout

from core.config import TrainConfig
from core.disk import locks, refusals
from core.errors import DigitLabError
from core.runs import contract, memory, store
from core.runs.queue import training_place
from core.training.reporter import Reporter

Train = Callable[[TrainConfig, Path, Reporter], contract.State]

# Readers hold the lock for an instant to check whether anybody else does.
_PATIENCE_S = 5.0
_NICENESS = 5
_GROUP, _GROUP_NICENESS = Path("/proc/self/autogroup"), 10
LEASHED = "--leashed"
LEASH_LOOKS = 20  # one a second; fewer than another machine waits before it takes the run
_FULL = "The disk is full: make room, then resume this run."


def train_with_keras(config: TrainConfig, folder: Path, report: Reporter) -> contract.State:
    """Train with TensorFlow, which is not imported before it is the run's turn."""
    from core.model import OutOfMemory
    from core.training.train import train

    try:
        return train(config, folder, report)
    except OutOfMemory as fault:
        raise MemoryError(str(fault)) from fault


def work(folder: Path, train: Train = train_with_keras) -> contract.State:
    """Carry out the run in a folder with a trainer, and return the state it ended in."""
    if not (folder / contract.CONFIG).is_file():
        return (
            contract.State.MALFORMED
        )  # It was removed meanwhile; a lock file would bring it back.
    try:
        lock = store.worker_lock(folder).acquire(timeout=_PATIENCE_S)
    except Timeout:  # Two pages asked for a worker at once: the other one does the work.
        return store.read_folder(folder).state
    with lock, Reporter(folder) as report:
        try:
            locks.check(folder.parent)
            return _train_in_turn(folder, report, train)
        except DigitLabError as fault:
            return _fail(report, _FULL if refusals.is_full(fault) else str(fault))
        except MemoryError:
            return _fail(
                report,
                "There was not enough memory: choose a smaller batch size or network, or close "
                "other programs.",
            )
        except OSError as fault:
            if refusals.is_full(fault):
                return _fail(report, _FULL)
            return _fail(report, f"Training broke off ({fault}): the log has the details.")
        except Exception as fault:  # The last line of defence: a run never ends without a reason.
            kind = f"{type(fault).__name__}: {fault}".splitlines()[0][:200]
            return _fail(report, f"Training broke off ({kind}): the log has the details.")


def _train_in_turn(folder: Path, report: Reporter, train: Train) -> contract.State:
    config = store.read_folder(folder).config
    if config is None:
        raise DigitLabError(f"{contract.CONFIG} of this run cannot be read: start it again.")

    def say_queued() -> None:
        report(state=contract.State.QUEUED, phase="waiting for its turn")

    def fits(others: Sequence[contract.Run]) -> bool:
        return memory.fits_beside(config, [run.config for run in others if run.config])

    with training_place(folder, while_waiting=say_queued, fits=fits) as my_turn:
        if not my_turn:
            return report.end(contract.State.STOPPED)
        report(state=contract.State.RUNNING, phase="loading TensorFlow")
        return report.end(train(config, folder, report))


def _fail(report: Reporter, reason: str) -> contract.State:
    with suppress(OSError):  # The log may be on the disk that is full.
        traceback.print_exc()
    return report.end(contract.State.FAILED, reason=reason)


def be_polite() -> None:
    """Leave a core, and the first turn at it, to the page that shows this run."""
    if hasattr(os, "nice"):
        os.nice(max(_NICENESS - os.nice(0), 0))
    threads = str(max((os.cpu_count() or 2) - 1, 1))
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def give_way() -> None:
    """Leave the page the first turn on Linux, too, where sessions share the processor first.

    Each session is as nice as its group. A run for another machine has no page beside it.
    """
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        with suppress(OSError):
            _GROUP.write_text(str(_GROUP_NICENESS))


def load_keras() -> None:
    """Load what `train_with_keras` needs, before there is a run."""
    import core.training.train  # noqa: F401


def stand_by(load: Callable[[], object]) -> tuple[Path, bool]:
    """Load what a training needs, then wait for a run, or end the process.

    Returns the run's folder, and whether the process is to be on a leash.
    """
    load()
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    task = json.loads(line)
    os.environ.update(task["places"])
    folder = Path(task["folder"])
    with (folder / contract.LOG).open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    return folder, bool(task["leashed"])


class Leash:
    """Ends the process when nothing has come on its input for a while, or that is closed."""

    def __init__(self) -> None:
        self._silent = 0  # looks in a row that found nothing
        for name, work in (("leash", self._read), ("leash-watch", self._watch)):
            threading.Thread(target=work, name=name, daemon=True).start()

    def _read(self) -> None:
        while os.read(sys.stdin.fileno(), 1):
            self._silent = 0
        os._exit(1)

    def _watch(self) -> None:
        # Looks are counted, not seconds: a process that was stopped meanwhile has missed none.
        while self._silent < LEASH_LOOKS:
            time.sleep(1.0)
            self._silent += 1
        os._exit(1)


def main(train: Train = train_with_keras, load: Callable[[], object] = load_keras) -> NoReturn:
    """Carry out the run named on the command line, or the next one, and end the process."""
    be_polite()
    if len(sys.argv) > 1:
        folder, leashed = Path(sys.argv[1]).resolve(), LEASHED in sys.argv[2:]
    else:
        folder, leashed = stand_by(load)
    if leashed:
        Leash()
    else:
        give_way()
    ended = work(folder, train)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    # TensorFlow's own teardown can take many seconds; everything is on disk by now.
    well = (contract.State.FINISHED, contract.State.STOPPED, contract.State.PRUNED)
    os._exit(0 if ended in well else 1)


if __name__ == "__main__":
    main()
