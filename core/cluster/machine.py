"""A machine that takes runs: ``python -m core work``.

It asks the database whose turn it is and trains that run, as many at a time as it has places; no
port of it is open. On Ctrl-C it gives its runs back: another machine continues each from its
last complete epoch.
"""

import secrets
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from core import paths, standby
from core.cluster import ledger, line
from core.cluster.address import Address
from core.cluster.connection import Connection, Link, UnreachableError
from core.cluster.trainer import Say, Trainer
from core.disk.atomic import keeping
from core.errors import DigitLabError

_BEAT_S = 2.0


class Machine:
    """Takes runs of a cluster and trains them here.

    Parameters
    ----------
    address : Address
    places : int
        How many runs at a time.
    name : str
        Shown where its runs are shown; empty for the system's.
    until_empty : bool
        Whether to end once no run waits.
    say : callable
        Called with the id of a run, or nothing, and what people at this machine may want to know.
    """

    def __init__(
        self,
        address: Address,
        places: int,
        name: str,
        *,
        until_empty: bool,
        say: Say,
    ) -> None:
        self._address, self._places, self._say = address, places, say
        self.name = (name or socket.gethostname())[: ledger.LONGEST_NAME]
        self._id = secrets.token_hex(8)
        self._leaving = threading.Event()  # gives its runs back
        self._over = threading.Event()
        self._turns = line.Turns(address, places, self._train, until_empty=until_empty)

    def work(self) -> None:
        """Take runs until it is asked to leave, or nobody waits.

        Raises
        ------
        DigitLabError
            The database cannot be reached, or the folder for the runs cannot be written.
        """
        link = Link(self._address)
        try:
            link.ask(self._beat)
        except UnreachableError as fault:
            raise DigitLabError(str(fault.__cause__)) from fault
        with _work_folder() as self._work:
            beat = threading.Thread(target=self._beat_on, args=[link], name="beat", daemon=True)
            beat.start()
            standby.prepare()
            try:
                with _signals(self._leave):
                    self._turns.take()
            finally:
                standby.dismiss()
                self._over.set()
                beat.join()
                with suppress(UnreachableError, DigitLabError):
                    link.ask(ledger.enter_machine, self._id, self.name, 0)
                link.close()

    def _leave(self) -> None:
        self._say("", "leaving: runs are given back")
        self._leaving.set()
        self._turns.stop()

    def _beat_on(self, link: Link) -> None:
        while not self._over.wait(_BEAT_S):
            try:
                link.ask(self._beat)
            except UnreachableError:
                pass  # The next beat asks again.
            except DigitLabError as fault:
                self._say("", str(fault))

    def _beat(self, base: Connection) -> None:
        ledger.enter_machine(base, self._id, self.name, self._places)
        line.keep(base, self._address)

    def _train(self, key: str) -> None:
        """Train the run whose turn it is, unless another machine is quicker."""
        if self._leaving.is_set():
            return  # It waits still, and is given another job.
        link = Link(self._address)
        claim = link.insist(ledger.claim, key, self.name)
        link.close()
        if claim is not None:
            self._say(key.rpartition("/")[2], "taken")
            Trainer(self._address, claim, self.name, self._work, self._leaving, self._say).train()
            if not self._leaving.is_set():
                standby.prepare()


@contextmanager
def _work_folder() -> Iterator[Path]:
    """Yield a folder of this process alone; what killed ones have left is deleted."""
    folder = paths.cluster_folder() / "work"
    with keeping("The work", folder):
        folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.lock"):
        with suppress(Timeout, OSError), FileLock(left).acquire(timeout=0):
            shutil.rmtree(left.with_suffix(""), ignore_errors=True)
            left.unlink(missing_ok=True)
    own = folder / secrets.token_hex(4)
    lock = FileLock(own.with_suffix(".lock"))
    with keeping("The work", folder), lock:
        own.mkdir()
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
    own.with_suffix(".lock").unlink(missing_ok=True)


@contextmanager
def _signals(leave: Callable[[], None]) -> Iterator[None]:
    """Leave at the first Ctrl-C or end of the service; the second one ends at once."""
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}

    def on(_number: int, _frame: FrameType | None) -> None:
        for number in known:
            signal.signal(number, signal.SIG_DFL)
        threading.Thread(target=leave, name="leave").start()

    for number in known:
        signal.signal(number, on)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
