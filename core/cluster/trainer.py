"""The trainer: one run of another home on this machine, from its turn to its last word.

The run gets a home of its own, ``cluster/work/<attempt>`` in this machine's ``DIGIT_LAB_HOME``,
with all that it needs and nothing else, and is trained there by `core.worker` like any other. Twice
a second its files go to the database, and requests come from there. The worker hangs on a leash:
it ends within 20 s when this process is stopped or killed, before anybody else takes the run.
"""

import hashlib
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath

from core import config, registry, spawn, standby
from core.cluster import ledger, own_model, parcels, pieces
from core.cluster.address import Address
from core.cluster.connection import Link, UnreachableError
from core.cluster.ledger import Claim
from core.cluster.pieces import Changes, Outgoing, Piece
from core.config import TrainConfig
from core.data import files, first_fetch, mnist, stroke_files
from core.disk import refusals
from core.disk.atomic import as_json, write_record
from core.errors import DigitLabError
from core.export import passport
from core.runs import contract, states, store
from core.worker import LEASHED

Say = Callable[[str, str], None]

_LOOK_EVERY_S = 0.5
_CHECKPOINTS_EVERY_S = 5.0
_PATIENCE_S = 60.0  # for a parcel that the home is asked for
_OVER = (
    contract.State.FINISHED,
    contract.State.STOPPED,
    contract.State.PRUNED,
    contract.State.FAILED,
)


class Trainer:
    """Trains one run that the machine has taken.

    Parameters
    ----------
    address : Address
    claim : Claim
    machine : str
        The name of this machine, for people.
    work : Path
        The folder for the homes of runs.
    leaving : threading.Event
        Set when the machine takes its leave: the run is then given back.
    say : callable
        Called with the run's id and what people at this machine may want to know.
    """

    def __init__(
        self,
        address: Address,
        claim: Claim,
        machine: str,
        work: Path,
        leaving: threading.Event,
        say: Say,
    ) -> None:
        self._claim, self._machine = claim, machine
        self._leaving, self._say = leaving, say
        self._id = claim.key.rpartition("/")[2]
        home = hashlib.sha256(claim.key.encode()).hexdigest()[:16]
        self._home = work / f"{home}-{claim.attempt}"
        self._folder = self._home / "runs" / self._id
        self._outgoing = Outgoing(self._folder)
        self._full = f"The disk of machine {machine} is full: make room there, then resume the run."
        self._link = Link(address)
        self._checkpoints_sent = 0.0

    def train(self) -> None:
        """Train the run, or give it back; whatever happens, the ledger knows it."""
        try:
            try:
                self._prepare()
            except DigitLabError as fault:
                self._end_badly(self._full if refusals.is_full(fault) else str(fault))
                return
            self._follow()
        except GoneError:
            self._say(self._id, "another machine has it now")
        except OSError as fault:
            refuses = f"The disk of machine {self._machine} refuses ({fault.strerror})."
            self._end_badly(self._full if refusals.is_full(fault) else refuses)
        finally:
            self._link.close()
            shutil.rmtree(self._home, ignore_errors=True)

    def _prepare(self) -> None:
        """Make the run's home, with all that it needs."""
        if not contract.is_id(self._id):
            raise DigitLabError("The run has an invalid name.")
        wanted = config.parse(self._claim.config)
        self._folder.mkdir(parents=True)
        found = self._with_strokes(self._with_model(self._with_data(wanted)))
        content = as_json(found.model_dump(mode="json"))
        write_record(self._folder / contract.CONFIG, content, "The run", make=False)
        for name in parcels.FILES:
            if digest := self._claim.parcels.get(name):
                (self._folder / name).write_bytes(self._parcel(digest))
        before = self._link.insist(ledger.pieces_of, self._claim.key)
        pieces.write(self._folder, before, checkpoints=True)
        store.start_again(self._folder)  # with room on the disk for its last status
        self._outgoing.everything()  # is known there already

    def _with_data(self, wanted: TrainConfig) -> TrainConfig:
        """Return the configuration with data that this machine has; fetch them where they lack."""
        if digest := self._claim.parcels.get(parcels.DATA):
            # Beside no other data set: it is what the configuration names, whatever that is.
            path = self._home / "data" / "own" / f"{files.name_of(wanted.data)}.npz"
            path.parent.mkdir(parents=True)
            path.write_bytes(self._parcel(digest))
            return wanted.model_copy(update={"data": str(path)})
        if wanted.data == parcels.MNIST and mnist.find() is None:
            self._get_mnist()
        if wanted.data not in (parcels.MNIST, "sample"):
            raise DigitLabError("The run's data did not come along: start it again at home.")
        return wanted

    def _with_model(self, wanted: TrainConfig) -> TrainConfig:
        """Return the configuration with a model to start from that is here."""
        digest = self._claim.parcels.get(parcels.MODEL)
        if digest is None:
            if wanted.start_from and wanted.start_from not in registry.SHIPPED:
                raise DigitLabError("The model to start from did not come along: start it again.")
            return wanted
        name = PureWindowsPath(wanted.start_from).name
        if not name.isprintable() or name in ("", ".", ".."):
            raise DigitLabError("The model to start from has an invalid name.")
        # Beside no other model: it is what the configuration names, whatever that is.
        folder = self._home / "models" / name
        own_model.unpack(self._parcel(digest), folder)
        return wanted.model_copy(update={"start_from": str(folder)})

    def _with_strokes(self, wanted: TrainConfig) -> TrainConfig:
        """Return the configuration with the files of strokes that its home has."""
        sources = list(wanted.strokes)
        for place, source in enumerate(wanted.strokes):
            name = stroke_files.name_of(source)
            digest = self._claim.parcels.get(parcels.STROKES.format(place))
            if digest is None:
                continue
            if name != files.plain(name):
                raise DigitLabError("A file of strokes has an invalid name.")
            path = self._home / "strokes" / str(place) / f"{name}.npz"
            path.parent.mkdir(parents=True)
            path.write_bytes(self._parcel(digest))
            sources[place] = str(path)
        return wanted.model_copy(update={"strokes": sources})

    def _get_mnist(self) -> None:
        self._say(self._id, "fetching MNIST")
        if first_fetch.is_due():
            with suppress(DigitLabError):
                first_fetch.fetch()
                return
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if not self._link.insist(ledger.want, self._claim, parcels.MNIST):
                raise GoneError
            content = self._link.insist(parcels.fetch, parcels.MNIST)
            if content is not None:
                path = self._home / "data" / "mnist.npz"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                return
            time.sleep(_LOOK_EVERY_S)
        raise DigitLabError(
            f"Machine {self._machine} has no MNIST, and could not fetch it: run `python -m core "
            "data --fetch` there."
        )

    def _parcel(self, digest: str) -> bytes:
        return self._link.insist(parcels.checked, digest)

    def _follow(self) -> None:
        """Start the worker, and carry its files and requests to and fro until it ends."""
        with self._worker() as worker:
            while worker.poll() is None and not self._leaving.is_set():
                with suppress(OSError):  # It ended just now.
                    _pull(worker)
                self._report()
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(_LOOK_EVERY_S)
        run = store.read_folder(self._folder)
        while (changes := self._outgoing.changes(checkpoints=not run.has_model)).pieces:
            self._must(None, changes, is_over=False)
            self._outgoing.confirm(changes)
        if run.state in _OVER:
            self._deliver(run)
            return
        given = self._leaving.is_set()
        if not given and states.is_full(self._folder):  # The next attempt would be lost as well.
            self._end_badly(self._full)
            return
        self._link.insist(ledger.give_back, self._claim, failed=not given)
        self._say(self._id, "given back" if given else "its trainer was lost")

    @contextmanager
    def _worker(self) -> Iterator[spawn.Worker]:
        places = {"DIGIT_LAB_HOME": str(self._home)}
        if (self._home / "data").is_dir():
            places["DIGIT_LAB_DATA"] = str(self._home / "data")
        worker = standby.take(self._folder, places=places, leashed=True)
        if worker is None:
            with (self._folder / contract.LOG).open("ab") as log:
                worker = spawn.spawn(
                    str(self._folder), LEASHED, stdin=subprocess.PIPE, output=log, places=places
                )
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()

    def _report(self) -> None:
        """Send what is new, and leave the home's requests in the folder."""
        now = time.monotonic()
        checkpoints = now - self._checkpoints_sent > _CHECKPOINTS_EVERY_S
        changes = self._outgoing.changes(checkpoints=checkpoints)
        status = store.read_folder(self._folder).status
        # The last word goes with the result, see `_deliver`.
        said = status if status is None or status.state not in _OVER else None
        try:
            asked = self._link.ask(ledger.report, self._claim, said, changes)
        except UnreachableError:  # It trains on; the next look tells the same again.
            return
        if asked is None:
            raise GoneError
        self._outgoing.confirm(changes)
        if checkpoints:
            self._checkpoints_sent = now
        with suppress(OSError, DigitLabError):  # The next look tries again.
            asked.leave(self._folder)

    def _deliver(self, run: contract.Run) -> None:
        """Send the last word, and the result with it."""
        result = pieces.NOTHING
        if run.has_model:
            result = Changes((Piece(pieces.PASSPORT, 0, passport.pack_run(run)),))
        self._must(last_word(run), result, is_over=True)
        self._say(self._id, run.state)

    def _end_badly(self, reason: str) -> None:
        now = time.time()
        failed = contract.Status(
            state=contract.State.FAILED, reason=reason, heartbeat=now, next_heartbeat=now, ended=now
        )
        self._say(self._id, reason)
        self._link.insist(ledger.report, self._claim, failed, is_over=True)

    def _must(self, status: contract.Status | None, changes: Changes, *, is_over: bool) -> None:
        asked = self._link.insist(ledger.report, self._claim, status, changes, is_over=is_over)
        if asked is None:
            raise GoneError


class GoneError(Exception):
    """The machine was silent for too long, and has the run no more."""


def last_word(run: contract.Run) -> contract.Status:
    """Return the last status of a run, also if its worker was killed just before it wrote that."""
    said = run.status or contract.Status(state=run.state)
    last = {"state": run.state, "reason": run.reason, "phase": "", "seconds_left": None}
    return said.model_copy(update=last)


def _pull(worker: spawn.Worker) -> None:
    assert worker.stdin is not None  # It was spawned with one.
    worker.stdin.write(b".")
    worker.stdin.flush()
