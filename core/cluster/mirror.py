"""The mirror: one process a home, ``python -m core.cluster.mirror``, for all runs sent elsewhere.

It is to these runs what a worker is to others: it holds their locks and writes the files of their
folders, as `core.runs.store` describes them, only that it copies them. Pages and shell see no
difference. It sends what people ask of a run, and takes the result home, which is checked like any
file from elsewhere. It ends a while after the last run, and may be killed at any moment: the next
one finds each run by the mark in its folder, see `errand`.
"""

import os
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, ParamSpec

from filelock import Timeout

from core import paths
from core.cluster import address, errand, ledger, line, parcels, pieces
from core.cluster.address import Address
from core.cluster.connection import Link, UnreachableError
from core.cluster.ledger import Machine, Row
from core.cluster.sent import Sent
from core.disk import refusals
from core.disk.atomic import read_record, write_record
from core.errors import DigitLabError
from core.export import passport, passport_check
from core.runs import requests
from core.runs.contract import State
from core.runs.requests import Requests

_LOOK_EVERY_S = 0.25
_LINE_EVERY_S = 3.0
_LOCK_S = 5.0  # patience for the lock of another mirror
_HOME = ".home"  # the file with the name by which others know this home

Given = ParamSpec("Given")


class Mirror:
    """The runs of this home that train elsewhere, each from the first look to the last.

    Parameters
    ----------
    to : Address
    """

    def __init__(self, to: Address) -> None:
        self._address, self._link = to, Link(to)
        self._home = _own_name()
        self._runs: dict[str, Sent] = {}
        self._over: dict[str, int] = {}  # see `errand.under_way`
        self._machines: list[Machine] = []
        self._kept_line = 0.0
        self._is_ready_to_check = False

    def work(self) -> None:
        """Look after the runs until none has been left for a while."""
        idle_since, is_busy = time.monotonic(), True
        while is_busy or time.monotonic() - idle_since < errand.MIRROR_STAYS_S:
            self._find()
            if is_busy or self._runs:
                is_busy = self._look() or bool(self._runs)
                idle_since = time.monotonic()
            time.sleep(_LOOK_EVERY_S)
        self._link.close()

    def _find(self) -> None:
        """Find the runs that train elsewhere, and let go of those that were brought home."""
        found = {run.id: run for run in errand.under_way(self._over)}
        for name in self._runs.keys() - found.keys():
            self._runs.pop(name).close()
        for name in found.keys() - self._runs.keys():
            self._runs[name] = Sent(found[name], f"{self._home}/{name}")

    def _look(self) -> bool:
        """Look once at all runs; return whether the database has some that are wanted no more.

        Without an answer of the database nothing changes.
        """
        wanted = {sent.key for sent in self._runs.values()}
        try:
            rows = self._link.ask(ledger.rows, self._home)
            self._keep_line()
            for sent in list(self._runs.values()):
                if self._at(sent, self._follow, sent, rows.get(sent.key)):
                    sent.close()
                    del self._runs[sent.id]
            unwanted = [row for row in rows.values() if row.key not in wanted]
            self._clear_away(unwanted)
            return bool(unwanted)
        except UnreachableError:
            for sent in self._runs.values():
                self._at(sent, sent.say, "waiting for the cluster's database")
        except DigitLabError as fault:
            for sent in self._runs.values():
                self._at(sent, sent.end, State.FAILED, str(fault))
                sent.close()
            self._runs.clear()
        return False

    def _at(
        self,
        sent: Sent,
        work: Callable[Given, bool],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> bool:
        """Do something for a run, and return whether that was the last of it."""
        try:
            return work(*args, **kwargs)
        except UnreachableError:
            raise
        except Exception as fault:  # What comes from elsewhere harms its own run alone.
            if refusals.is_full(fault):
                return False  # It may have space by the next look; the run itself is safe.
            return sent.end(State.FAILED, _told(fault))

    def _keep_line(self, *, at_once: bool = False) -> None:
        if at_once or time.monotonic() - self._kept_line > _LINE_EVERY_S:
            self._kept_line = time.monotonic()
            self._link.ask(line.keep, self._address)
            self._machines = self._link.ask(ledger.machines)

    def _follow(self, sent: Sent, row: Row | None) -> bool:
        """Bring a run's folder and its row together; return whether the run has ended."""
        sent.hold()
        if row is None:
            return self._post(sent)
        if row.state == "waiting":
            return self._wait(sent, row)
        if row.state == "training":
            self._get_ready_to_check()
            self._pass_on(sent, row)
            self._copy(sent)
            return sent.follow(row)
        return self._take_home(sent, row)

    def _copy(self, sent: Sent) -> None:
        """Write what has come since the last look."""
        sent.copy(self._link.ask(ledger.pieces_of, sent.key, sent.stamp, checkpoints=False))

    def _get_ready_to_check(self) -> None:
        """Load what checks a result, beside the training instead of after it."""
        if not self._is_ready_to_check:
            self._is_ready_to_check = True
            threading.Thread(target=passport_check.get_ready, name="get-ready", daemon=True).start()

    def _post(self, sent: Sent) -> bool:
        """Send a run, with all that it needs and all that it has already."""
        if requests.stop_requested(sent.folder):
            return sent.end(State.STOPPED)
        sent.say("sending what it needs", state=State.QUEUED)
        needed = parcels.gather(sent.config, sent.folder)
        names = {kind: self._link.ask(parcels.send, content) for kind, content in needed.items()}
        begun = pieces.Outgoing(sent.folder).everything()
        config = sent.config.model_dump(mode="json")
        self._link.ask(ledger.post, sent.key, errand.owner_of(sent.folder), config, names, begun)
        self._keep_line(at_once=True)
        return False

    def _wait(self, sent: Sent, row: Row) -> bool:
        stopping = requests.stop_requested(sent.folder)
        if stopping and self._link.ask(ledger.withdraw, row.key):
            self._link.ask(ledger.forget, row.key)
            return sent.end(State.STOPPED)
        in_front = requests.is_in_front(sent.folder)
        if in_front and self._link.ask(ledger.to_the_front, row.key):
            self._keep_line(at_once=True)
        self._copy(sent)
        return sent.say(_waiting(row, self._machines), state=State.QUEUED, machine="")

    def _pass_on(self, sent: Sent, row: Row) -> None:
        """Send what people ask of a run, and the data that its machine asks for."""
        asked = Requests.read(sent.folder)
        if asked != sent.asked:
            self._link.ask(ledger.ask, row.key, asked)
            sent.asked = asked
        if row.wants == parcels.MNIST and not sent.has_sent_mnist:
            with suppress(DigitLabError):  # This home has none either: the machine will say so.
                content = parcels.packed(parcels.MNIST)
                self._link.ask(parcels.send, content, parcels.MNIST)
            sent.has_sent_mnist = True

    def _take_home(self, sent: Sent, row: Row) -> bool:
        """Take home what a run has left; return true: it has ended."""
        self._copy(sent)
        said = sent.checked(row)
        if row.state == "lost" or said is None or said.state.active:
            what = f"Its machine was lost {row.failures} times, at last {row.machine}"
            end = State.LOST, f"{what}: see that the machines stay on, then resume it."
        else:
            end = said.state, said.reason and f"On machine {row.machine}: {said.reason}"
        if sent.result is not None and end[0] in (State.FINISHED, State.STOPPED):
            try:
                passport.settle(sent.read(), sent.result)
            except DigitLabError as fault:
                end = State.FAILED, f"From machine {row.machine}: {fault}"
        elif end[0] is State.FINISHED:
            end = State.FAILED, f"Machine {row.machine} has sent no result: resume the run."
        elif end[0] is not State.PRUNED:  # It can go on from its last epoch.
            whole = self._link.ask(ledger.pieces_of, row.key)
            pieces.write(sent.folder, whole, checkpoints=True)
        sent.end(*end, status=said)
        self._link.ask(ledger.forget, row.key)
        return True

    def _clear_away(self, rows: list[Row]) -> None:
        """Withdraw runs that are here no more, and forget those that have ended."""
        for row in rows:
            if row.state == "training":
                self._link.ask(ledger.ask, row.key, Requests(stop=""))
            else:
                self._link.ask(ledger.forget, row.key)


def _told(fault: Exception) -> str:
    """Return what is said of a fault at the run that it ends."""
    if isinstance(fault, DigitLabError):
        return str(fault)
    if isinstance(fault, OSError):
        return f"Its files could not be written ({fault})."
    traceback.print_exc()
    kind = f"{type(fault).__name__}: {fault}".splitlines()[0][:200]
    return f"Following it broke off ({kind})."


def _waiting(row: Row, machines: list[Machine]) -> str:
    if not machines:
        return "waiting for a machine: none is at work, `python -m core work` starts one"
    again = f", machine {row.machine} was lost" if row.failures else ""
    free = sum(max(machine.places - machine.busy, 0) for machine in machines)
    return f"waiting for {'its turn' if not free else 'a machine'}{again}"


def _own_name() -> str:
    """Return the name by which others know this home; made once, at random."""
    path = paths.cluster_folder() / _HOME
    try:
        name = read_record(path).decode("ascii")
        if name.isalnum():
            return name
    except (OSError, ValueError):
        pass
    name = secrets.token_hex(8)
    write_record(path, name, "The name of this home")
    return name


def main() -> NoReturn:
    """Look after the runs of this home that train elsewhere, and end the process."""
    to = address.configured()
    if to is None:
        sys.exit(0)
    wanted = True
    while wanted:
        try:
            lock = errand.mirror_lock().acquire(timeout=_LOCK_S)
        except Timeout:
            break  # Another one is at work.
        with lock:
            Mirror(to).work()
        # A run that came meanwhile has seen a mirror at work: it is looked for once more.
        wanted = bool(errand.under_way())
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
