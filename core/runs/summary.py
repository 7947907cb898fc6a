"""Summaries of runs for lists: state, notes, result and disk space, one line for each run.

Thousands of runs are listed in a moment. Facts from cards, and the disk space of runs that have
ended, stay in memory until the files change.
"""

import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core import paths
from core.cards import parse_card
from core.config import ScoredOn
from core.errors import DigitLabError
from core.runs import contract, notes, store
from core.runs.notes import Notes

_KEPT = 8192  # facts kept in memory, a few hundred bytes each


@dataclass(frozen=True)
class Result:
    """The facts of a run's card that lists show; shares in [0, 1], times in seconds.

    ``scored_on`` is the part of the data that the accuracy was measured on, "test" or "validation".
    ``steered`` names people's interventions in the training, see `core.cards.TrainingFacts`.
    """

    accuracy: float
    interval: tuple[float, float]
    parameters: int
    cpu_seconds: float
    data_title: str
    scored_on: ScoredOn = "test"
    steered: str = ""


@dataclass(frozen=True)
class Summary:
    """One run in a list.

    Attributes
    ----------
    run : contract.Run
    notes : Notes
    result : Result or None
        ``None`` if the run has no readable card.
    disk_bytes : int
        Size of its files.
    """

    run: contract.Run
    notes: Notes
    result: Result | None
    disk_bytes: int

    @property
    def title(self) -> str:
        """The run's title: its name, else its recipe, else its folder's name."""
        return notes.title(self.run, self.notes)


@dataclass(frozen=True)
class Spread:
    """Accuracies of runs that differ only in their seeds.

    Attributes
    ----------
    n : int
        Runs with a result and without interventions.
    mean : float, in [0, 1]
    deviation : float or None
        Sample standard deviation (n - 1); ``None`` for a single run.
    """

    n: int
    mean: float
    deviation: float | None


def summarise_all(runs: Iterable[contract.Run] | None = None) -> list[Summary]:
    """Return one summary for each run, newest first, even if some are damaged.

    Parameters
    ----------
    runs : iterable of Run, optional
        The result of `store.list_runs`, if it is at hand.
    """
    return [summarise(run) for run in (store.list_runs() if runs is None else runs)]


def summarise(run: contract.Run) -> Summary:
    """Return the summary of one run."""
    return Summary(run, notes.read(run.folder), _result(run.folder), _disk_bytes(run))


def spread(results: Iterable[Result | None]) -> Spread | None:
    """Return mean and standard deviation of the known accuracies; ``None`` if there are none.

    A run that somebody stopped, or whose learning rate was changed during training, is left out: it
    differs from the others in more than its seed.
    """
    accuracies = [result.accuracy for result in results if result and not result.steered]
    if not accuracies:
        return None
    deviation = statistics.stdev(accuracies) if len(accuracies) > 1 else None
    return Spread(len(accuracies), statistics.mean(accuracies), deviation)


def of_group(summaries: Sequence[Summary], group: str) -> list[Summary]:
    """Return the runs of a group, sorted by seed; none for the empty name."""
    found = [s for s in summaries if group and s.notes.group == group]
    return sorted(found, key=lambda s: s.run.config.seed if s.run.config else -1)


def _result(folder: Path) -> Result | None:
    try:
        return _result_of(folder / contract.CARD, paths.version(folder / contract.CARD))
    except OSError:
        return None


@lru_cache(maxsize=_KEPT)
def _result_of(path: Path, version: paths.Version) -> Result | None:
    try:
        card = parse_card(path)
        training = card.here.training
    except DigitLabError:
        return None
    return Result(
        card.test.accuracy,
        card.test.interval,
        card.parameters,
        training.cpu_seconds,
        card.data.title,
        card.scored_on,
        training.steered,
    )


def _disk_bytes(run: contract.Run) -> int:
    if run.state.active:
        return _count_bytes(run.folder)
    try:
        # Whatever is made, replaced or removed in a folder changes the folder's own time.
        return _kept_bytes(run.folder, run.folder.stat().st_mtime_ns)
    except OSError:
        return 0


@lru_cache(maxsize=_KEPT)
def _kept_bytes(folder: Path, changed: int) -> int:
    return _count_bytes(folder)


def _count_bytes(folder: str | Path) -> int:
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += _count_bytes(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:  # It is being removed.
        pass
    return total
