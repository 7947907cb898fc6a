"""The study: Optuna's part of a sweep, in a journal that `optuna` and its dashboard can open.

Each try is one trial, counted once: a conductor that was killed finds it by its number, and the run
by the id that the trial holds since before the run was started. What Optuna does not know of a try
stands in the trial's user attributes: ``run``; ``end`` in our words, ``reason`` and
``cpu_seconds``; ``pruned_at``, an epoch; ``halted``, the run while it is stopped with the sweep;
and ``resumed``, how often its lost run was.

The sampler is seeded by the sweep's seed, the try's number and the setting alone. So a sweep of one
worker repeats itself, wherever it was interrupted.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from filelock import FileLock
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import UpdateFinishedTrialError
from optuna.pruners import BasePruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from core.sweeps import store
from core.sweeps.config import SweepConfig
from core.sweeps.space import Choices, Dimension, Parameters, grid, starting_point
from core.sweeps.store import Try, TryState

# ASHA: after 1, 3, 9, 27, ... epochs, the best third continues.
_FIRST_RUNG, _REDUCTION = 1, 3
# TPE tries at random first. Optuna's own 10 would be nearly half of a sweep of 24.
_RANDOM_SHARE, _LEAST_RANDOM, _MOST_RANDOM = 1 / 4, 3, 10
_LOCK_WAIT_S = 30.0


class Study:
    """The tries of one sweep; for its conductor, the only writer.

    Parameters
    ----------
    folder : Path
        The sweep's folder; its journal is created if it is missing.
    sweep : SweepConfig
    """

    def __init__(self, folder: Path, sweep: SweepConfig) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._sweep = sweep
        self._distributions = {name: distribution(one) for name, one in sweep.vary.items()}
        self._study = optuna.create_study(
            storage=open_journal(folder),
            study_name=folder.name,
            direction="maximize",
            load_if_exists=True,
            sampler=RandomSampler(seed=sweep.seed),
            pruner=_pruner(sweep),
        )

    @property
    def count(self) -> int:
        """How many tries were asked for, including one whose asking was interrupted."""
        return len(self._trials())

    @property
    def is_asking(self) -> bool:
        """Whether the asking for a try was interrupted; `ask` then completes it."""
        return any(not self._is_asked(trial) for trial in self._trials())

    def tries(self) -> tuple[Try, ...]:
        """Return all tries whose parameters are known."""
        return tuple(_as_try(trial) for trial in self._trials() if self._is_asked(trial))

    def running(self) -> list[Try]:
        """Return the tries that have not ended, and whose parameters are known."""
        running = [trial for trial in self._trials() if trial.state is TrialState.RUNNING]
        return [_as_try(trial) for trial in running if self._is_asked(trial)]

    def noted(self, number: int) -> dict[str, Any]:
        """Return what was noted of a try."""
        return self._trials()[number].user_attrs

    def ask(self) -> Try:
        """Return the next try, in state running: with the parameters that the sampler chooses.

        The first is the starting point. The asking for a try may be interrupted at any moment; the
        next call completes it.
        """
        trials = self._trials()
        begun = next((trial for trial in trials if not self._is_asked(trial)), None)
        number = len(trials) if begun is None else begun.number
        if begun is None and (fixed := self._next_fixed(trials)) is not None:
            self._study.enqueue_trial(fixed)
        self._study.sampler = self._sampler(number, 0)
        if begun is not None and begun.state is TrialState.RUNNING:
            trial = self._trial(number)
        else:
            trial = self._study.ask()
        # What the sampler chooses together, before what it chooses one by one.
        _ = trial.relative_params
        for place, (name, one) in enumerate(self._distributions.items(), 1):
            self._study.sampler = self._sampler(number, place)
            _suggest(trial, name, one)
        return _as_try(self._trials()[number])

    def note(self, number: int, **noted: Any) -> None:
        """Note something of a running try; nothing of one that has ended."""
        trial = self._trial(number)
        with suppress(UpdateFinishedTrialError):
            for name, value in noted.items():
                trial.set_user_attr(name, value)

    def report(self, number: int, epoch: int, accuracy: float) -> bool:
        """Record the accuracy after an epoch; return whether the try should end here."""
        trial = self._trial(number)
        trial.report(accuracy, epoch)
        return trial.should_prune()

    def tell(self, number: int, end: TryState, value: float | None = None) -> None:
        """Record the end of a try; one that has ended already stays as it is.

        A failed or stopped try counts as pruned for Optuna, which otherwise forgets it and may try
        the same again.
        """
        if end is TryState.FINISHED:
            state = TrialState.COMPLETE
        else:
            state = TrialState.FAIL if end is TryState.INVALID else TrialState.PRUNED
        self.note(number, end=str(end))
        with suppress(UpdateFinishedTrialError):  # Somebody else was faster.
            self._study.tell(number, value, state, skip_if_finished=True)

    def _trials(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _is_asked(self, trial: FrozenTrial) -> bool:
        if trial.state is TrialState.WAITING:
            return False
        return (
            trial.state is not TrialState.RUNNING or trial.params.keys() >= self._sweep.vary.keys()
        )

    def _trial(self, number: int) -> Trial:
        return Trial(self._study, self._trials()[number]._trial_id)

    def _next_fixed(self, trials: list[FrozenTrial]) -> Parameters | None:
        """Return the parameters of the next try, if not the sampler chooses them."""
        if not trials:
            return starting_point(self._sweep.base, self._sweep.vary)
        if self._sweep.sampler != "grid":
            return None
        tried = [trial.params for trial in trials]
        return next(point for point in grid(self._sweep.vary) if not _is_among(point, tried))

    def _sampler(self, number: int, place: int) -> BaseSampler:
        seeds = np.random.SeedSequence([self._sweep.seed, number, place])
        seed = int(seeds.generate_state(1)[0])
        if self._sweep.sampler != "tpe":
            return RandomSampler(seed=seed)
        # By the tries that were planned, so that adding some changes nothing of those before.
        first = max(_LEAST_RANDOM, min(round(self._sweep.tries * _RANDOM_SHARE), _MOST_RANDOM))
        return TPESampler(seed=seed, n_startup_trials=first)


def open_journal(folder: Path) -> JournalStorage:
    """Open the journal of the sweep in a folder with our lock, and without a torn last line."""
    journal = folder / store.JOURNAL
    lock = _Lock(journal, folder / store.JOURNAL_LOCK)
    lock.acquire()
    lock.release()
    # It takes any lock, whatever its annotation says.
    return JournalStorage(JournalFileBackend(str(journal), lock_obj=lock))  # type: ignore[arg-type]


def distribution(dimension: Dimension) -> BaseDistribution:
    """Return a dimension of the search space as Optuna has it."""
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.choices)
    low, high, step = dimension.low, dimension.high, dimension.step
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=dimension.log, step=int(step or 1))
    return FloatDistribution(low, high, log=dimension.log, step=step)


class _Lock:
    """Our lock on the journal. Optuna's own is a symbolic link, which Windows refuses.

    Whoever takes it cuts off a line that a killed writer has left torn: another line after it would
    make the journal unreadable.
    """

    def __init__(self, journal: Path, lock: Path) -> None:
        self._journal, self._lock = journal, FileLock(lock, timeout=_LOCK_WAIT_S)

    def acquire(self) -> bool:
        self._lock.acquire()
        _cut_torn_line(self._journal)
        return True

    def release(self) -> None:
        self._lock.release()


def _cut_torn_line(journal: Path) -> None:
    try:
        with journal.open("r+b") as file:
            end = file.seek(0, 2)
            if not end:
                return
            file.seek(end - 1)
            if file.read(1) == b"\n":
                return
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
    except FileNotFoundError:
        pass


def _pruner(sweep: SweepConfig) -> BasePruner:
    if sweep.pruner == "none":
        return NopPruner()
    return SuccessiveHalvingPruner(min_resource=_FIRST_RUNG, reduction_factor=_REDUCTION)


def _suggest(trial: Trial, name: str, one: BaseDistribution) -> None:
    match one:
        case CategoricalDistribution():
            trial.suggest_categorical(name, one.choices)
        case IntDistribution():
            trial.suggest_int(name, one.low, one.high, step=one.step, log=one.log)
        case FloatDistribution():
            trial.suggest_float(name, one.low, one.high, step=one.step, log=one.log)


def _is_among(point: Parameters, tried: list[dict[str, Any]]) -> bool:
    return any(
        all(repr(value) == repr(other.get(name)) for name, value in point.items())
        for other in tried
    )


def _as_try(trial: FrozenTrial) -> Try:
    noted = trial.user_attrs
    ended = {
        TrialState.COMPLETE: TryState.FINISHED,
        TrialState.PRUNED: TryState.PRUNED,
        TrialState.FAIL: TryState.FAILED,
    }
    state = ended.get(trial.state, TryState.RUNNING)
    if state is not TryState.RUNNING and "end" in noted:
        state = TryState(noted["end"])
    return Try(
        number=trial.number,
        parameters=trial.params,
        run=noted.get("run", ""),
        state=state,
        value=trial.value,
        epochs=trial.intermediate_values,
        cpu_seconds=noted.get("cpu_seconds"),
        reason=noted.get("reason", ""),
        started=trial.datetime_start and trial.datetime_start.timestamp(),
        ended=trial.datetime_complete and trial.datetime_complete.timestamp(),
    )
