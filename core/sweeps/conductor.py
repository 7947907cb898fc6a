"""The conductor: the process of one sweep, ``python -m core.sweeps.conductor FOLDER``.

Asks the study what to try, starts a run for it, follows the run's folder, reports its accuracy
after each epoch, prunes it if others are ahead, and tells how it ended. It trains nothing itself:
its runs are those of `core.launch`, and outlive it. It may be killed at any moment; the next one
finds each running try with its run, and continues.
"""

import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from filelock import FileLock, Timeout

from core import paths, standby
from core.cards import parse_card
from core.config import TrainConfig
from core.disk import refusals
from core.errors import DigitLabError
from core.launch.process import launch, prepare, resume
from core.runs import contract, control, memory, notes, queue, requests
from core.runs import store as run_store
from core.runs.curves import Curves
from core.sweeps import store
from core.sweeps.config import SweepConfig
from core.sweeps.store import State, Try, TryState

if TYPE_CHECKING:
    from core.sweeps.study import Study

LOOK_EVERY_S = 0.25
# A page that looks whether a conductor lives holds its lock for an instant.
_PATIENCE_S = 5.0
MOST_RESUMED = 3  # times that a lost run is resumed before it counts as failed


class Conductor:
    """Carries out the sweep in a folder, whose lock the caller holds."""

    def __init__(self, folder: Path, sweep: SweepConfig, study: "Study") -> None:
        self._folder, self._sweep, self._study = folder, sweep, study
        self._curves: dict[str, Curves] = {}
        self._written: paths.Version | None = None
        self._paused = True  # by an earlier conductor, perhaps

    def conduct(self) -> State:
        """Work until all tries have ended, or somebody asks to stop; return the state then."""
        while True:
            stopping = requests.stop_requested(self._folder)
            running = self._follow(stopping)
            if stopping and not running:
                return State.STOPPED
            if not stopping:
                self._pause(requests.pause_requested(self._folder), running)
                if not self._paused:
                    running += self._ask(len(running))
                if not running and not self._is_more():
                    return State.FINISHED
            self._write()
            time.sleep(LOOK_EVERY_S)

    def _is_more(self) -> bool:
        wanted = store.wanted(self._folder, self._sweep)
        return self._study.is_asking or self._study.count < wanted

    def _ask(self, running: int) -> list[str]:
        """Begin as many tries as there is room for; return the ids of their runs."""
        begun: list[str] = []
        while running + len(begun) < self._sweep.at_once and self._is_more() and _queue_has_room():
            begun += self._begin(self._study.ask())
            if self._is_more():
                prepare()
        return begun

    def _begin(self, one: Try) -> list[str]:
        """Start the run of a try; return its id, or nothing if its parameters are invalid."""
        try:
            config = self._sweep.config_for(one.parameters)
            memory.check(config)
        except DigitLabError as fault:
            self._study.note(one.number, reason=str(fault))
            self._study.tell(one.number, TryState.INVALID)
            return []
        name = self._folder.name
        said = notes.Notes(name=f"{name}, try {one.number}", sweep=name)
        while True:
            run_id = run_store.free_id(config.recipe)
            # Noted first: the sweep would lose a run without a try, but no try without its run.
            self._study.note(one.number, run=run_id)
            with suppress(run_store.TakenError):  # by another sweep, in the same millisecond
                launch(config, run_id=run_id, said=said)
                return [run_id]

    def _follow(self, stopping: bool) -> list[str]:
        """Follow all running tries; return the ids of the runs that are still active."""
        running = []
        for one in self._study.running():
            running += self._stop(one) if stopping else self._follow_one(one)
        return running

    def _follow_one(self, one: Try) -> list[str]:
        run = self._run_of(one)
        halted = run is not None and self._was_halted(one, run)
        if run is None or halted:
            if self._paused or not _queue_has_room():
                return [one.run]
            return self._continue(one) if halted else self._begin(one)
        self._report(one, run.id, self._sweep.config_for(one.parameters))
        if run.state.active:
            return [run.id]
        noted = self._study.noted(one.number)
        if run.state is contract.State.LOST and "pruned_at" not in noted:
            times = noted.get("resumed", 0)
            if times < MOST_RESUMED:
                self._study.note(one.number, resumed=times + 1)
                with suppress(DigitLabError):  # It may have been resumed by somebody else.
                    resume(run.id)
                return [run.id]
        self._tell(one, run)
        return []

    def _run_of(self, one: Try) -> contract.Run | None:
        """Return the run of a try; ``None`` if it was never created, or deleted, or is damaged."""
        if not one.run or not run_store.exists(one.run):
            return None
        run = run_store.read(one.run)
        # Another run may have taken the id before this try's did.
        is_ours = notes.read(run.folder).sweep == self._folder.name
        return run if is_ours and run.state is not contract.State.MALFORMED else None

    def _was_halted(self, one: Try, run: contract.Run) -> bool:
        """Return whether a run was stopped with the sweep, so that it continues with it."""
        halted = self._study.noted(one.number).get("halted")
        return run.state is contract.State.STOPPED and run.can_resume and halted == run.id

    def _continue(self, one: Try) -> list[str]:
        """Let the run of a try that was stopped with the sweep continue; return its id."""
        with suppress(DigitLabError):  # It may have been resumed by somebody else.
            resume(one.run)
            # Only now: a conductor killed before it would take the run for stopped by hand.
            self._study.note(one.number, halted="")
        return [one.run]

    def _report(self, one: Try, run_id: str, config: TrainConfig) -> None:
        """Report the epochs since the last time, and prune the run if others are ahead."""
        if "pruned_at" in self._study.noted(one.number):
            self._ask_to_prune(run_id)
            return
        folder = paths.runs_folder() / run_id
        curves = self._curves.setdefault(run_id, Curves(folder / contract.METRICS)).refresh()
        for record in curves.epochs:
            epoch, accuracy = int(record["epoch"]), record.get("val_accuracy")
            if epoch in one.epochs or accuracy is None or accuracy != accuracy:  # not a number
                continue
            if self._study.report(one.number, epoch, accuracy) and epoch < config.epochs:
                # From here on it counts as pruned, even if it is quicker than the request.
                self._study.note(one.number, pruned_at=epoch)
                self._ask_to_prune(run_id)
                return

    def _ask_to_prune(self, run_id: str) -> None:
        with suppress(DigitLabError):  # It has ended meanwhile.
            control.prune(run_id)

    def _tell(self, one: Try, run: contract.Run) -> None:
        """Tell the end of a try whose run has ended."""
        value, end, reason = None, TryState.FAILED, run.reason
        pruned = "pruned_at" in self._study.noted(one.number)
        curves = self._curves.get(run.id)
        epochs = curves.refresh().epochs if curves else []
        cpu_seconds = epochs[-1].get("cpu_seconds") if epochs else None
        if pruned or run.state is contract.State.PRUNED:
            end, reason = TryState.PRUNED, ""
        elif run.state is contract.State.STOPPED:
            end, reason = TryState.STOPPED, "Its run was stopped by hand."
        elif run.state is contract.State.FINISHED:
            try:
                card = parse_card(run.folder / contract.CARD)
                value, end, reason = card.test.accuracy, TryState.FINISHED, ""
                cpu_seconds = card.here.training.cpu_seconds
            except DigitLabError as fault:
                reason = str(fault)
        self._study.note(one.number, cpu_seconds=cpu_seconds, reason=reason)
        self._study.tell(one.number, end, value)
        self._curves.pop(run.id, None)

    def _pause(self, wanted: bool, running: list[str]) -> None:
        """Pause the runs that train, or let those that were paused with the sweep go on."""
        if wanted or self._paused:
            for run_id in running:
                with suppress(DigitLabError):  # It waits, or has ended.
                    (control.pause if wanted else control.go_on)(run_id)
        self._paused = wanted

    def _stop(self, one: Try) -> list[str]:
        """Ask the run of a try to stop; return its id while it is active."""
        run = self._run_of(one)
        if run is None:
            return []
        if not run.state.active:
            if not self._was_halted(one, run) and run.state is not contract.State.LOST:
                self._follow_one(one)
            return []
        if run.state is not contract.State.STOPPING:
            self._study.note(one.number, halted=run.id)
            with suppress(DigitLabError):
                control.halt(run.id)
        return [run.id]

    def _write(self) -> None:
        version = paths.version(self._folder / store.JOURNAL)
        if version != self._written:
            store.write_tries(self._folder, self._study.tries())
            self._written = version

    def close(self) -> None:
        """Write the tries as they stand, and send away the worker that stands by."""
        standby.dismiss()
        self._write()


def conduct(folder: Path) -> State:
    """Carry out the sweep in a folder to its end, unless another conductor does; return the end."""
    try:
        lock = FileLock(folder / store.CONDUCTOR_LOCK).acquire(timeout=_PATIENCE_S)
    except Timeout:
        return store.read_folder(folder).state
    with lock:
        try:
            store.write_status(folder, State.RUNNING)
            end, reason = _conduct(folder), ""
        except DigitLabError as fault:
            end, reason = State.FAILED, str(fault)
        except Exception as fault:  # A sweep never ends without a reason.
            traceback.print_exc()
            kind = f"{type(fault).__name__}: {fault}".splitlines()[0][:200]
            end, reason = State.FAILED, f"The sweep broke off ({kind}): the log has the details."
            if refusals.is_full(fault):
                reason = "The disk is full: make room, then resume the sweep."
        store.write_status(folder, end, reason)
    return end


def _conduct(folder: Path) -> State:
    sweep = store.read_folder(folder).config
    if sweep is None:
        raise DigitLabError(f"{store.CONFIG} of this sweep cannot be read: start it again.")
    from core.sweeps.study import Study  # a second, after the lock is held

    conductor = Conductor(folder, sweep, Study(folder, sweep))
    try:
        return conductor.conduct()
    finally:
        conductor.close()


def _queue_has_room() -> bool:
    try:
        queue.check_room(run_store.list_runs())
    except DigitLabError:
        return False
    return True


def main() -> NoReturn:
    """Carry out the sweep in the folder that the command line names, and end the process."""
    sys.exit(0 if conduct(Path(sys.argv[1]).resolve()) in (State.FINISHED, State.STOPPED) else 1)


if __name__ == "__main__":
    main()
