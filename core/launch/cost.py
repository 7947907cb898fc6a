"""The time of a training on this machine, known before it is started.

Finished runs of this machine are the measure: of the same settings, or scaled by the work to do.
Before there are any, it is the CPU seconds that `bench.recipes` measured elsewhere, scaled alike.
Only whole runs count, since a run that was stopped says little; of several the median does, which
a run that was paused does not move.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Literal

from core.architecture import follow
from core.config import TrainConfig
from core.data import sample, stroke_files
from core.data.augment import NO_CHANGES
from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from core.runs import contract, queue

# Fitted to the CPU seconds of the recipes, which the estimate of an unchanged one then equals.
_BATCH_S = 2.2e-3  # for each batch, whatever its size
_MULTIPLY_ADD_S = 75e-12  # forward and backward, for each one of reading a digit
_CHANGED_IMAGE_S = 1e-4  # augmentation
_TESTING_S = 3.0  # calibrating, testing and saving, whatever the length of the run
_TRAINING_IMAGES = {"mnist": 60_000, "sample": sample.TRAIN}
_LATEST = 10  # runs that are looked at


@dataclass(frozen=True)
class Cost:
    """The time that a training takes.

    Attributes
    ----------
    seconds : float
    basis : {"same", "here", "elsewhere"}
        What it was measured on: runs of the same settings here, other runs here, or another
        machine.
    """

    seconds: float
    basis: Literal["same", "here", "elsewhere"]


@dataclass(frozen=True)
class Wait:
    """What a run waits for.

    Attributes
    ----------
    ahead : list of Run
        Those that train, the first created first; then those that wait in front, in order.
    seconds : float or None
        Until its turn; ``None`` if that cannot be told.
    """

    ahead: list[contract.Run]
    seconds: float | None


def estimate(config: TrainConfig, runs: Iterable[contract.Run]) -> Cost | None:
    """Estimate the time of a training, without its time in the queue.

    Parameters
    ----------
    config : TrainConfig
    runs : iterable of Run
        Of this machine, newest first, as from `core.runs.store.list_runs`.

    Returns
    -------
    Cost or None
        ``None`` if the number of images is unknown, and the same was never trained here.
    """
    times = [run.duration_s for run in islice(same(config, runs), _LATEST) if run.duration_s]
    if times:
        return Cost(median(times), "same")
    work = _work(config)
    if work is None:
        return None
    whole = [run for run in islice(filter(_is_whole, runs), _LATEST) if run.config]
    alike = [run for run in whole if run.config and run.config.layers == config.layers]
    for known in (alike, whole):
        if speeds := [speed for run in known if (speed := _slowness(run)) is not None]:
            return Cost(_TESTING_S + work * median(speeds), "here")
    return Cost(_TESTING_S + work, "elsewhere")


def same(config: TrainConfig, runs: Iterable[contract.Run]) -> Iterator[contract.Run]:
    """Yield the finished runs with these settings, whatever their seed."""
    for run in runs:
        other = run.config
        # The cheap comparison first: there may be a thousand runs.
        if other is None or other.recipe != config.recipe or not _is_whole(run):
            continue
        if other == config.model_copy(update={"seed": other.seed}):
            yield run


def wait(runs: Sequence[contract.Run], run: contract.Run | None = None) -> Wait:
    """Tell what a run waits for.

    Parameters
    ----------
    runs : sequence of Run
        All of this machine, newest first.
    run : Run, optional
        One that waits; default: one that would be started now.
    """
    ahead = queue.ahead(runs, run)
    free: list[float] = []  # the moments at which a place becomes free
    for other in ahead:
        left = _left(other, runs)
        if left is None:
            return Wait(ahead, None)
        if len(free) < queue.at_once():
            heapq.heappush(free, left)
        else:
            heapq.heapreplace(free, free[0] + left)
    turn = free[0] if len(free) >= queue.at_once() else 0.0
    return Wait(ahead, turn if math.isfinite(turn) else None)


def _left(run: contract.Run, runs: Sequence[contract.Run]) -> float | None:
    """Return the seconds until a run ends, once it has its turn; infinite while it is paused."""
    if run.state in (contract.State.PAUSED, contract.State.PAUSING):
        return math.inf
    if run.config is None:
        return None
    if run.state is contract.State.STOPPING:
        return _TESTING_S
    if run.status is not None and run.status.seconds_left is not None:
        return run.status.seconds_left + _TESTING_S
    cost = estimate(run.config, runs)
    return None if cost is None else cost.seconds


def _is_whole(run: contract.Run) -> bool:
    status = run.status
    return (
        run.state is contract.State.FINISHED
        and bool(run.duration_s)
        and status is not None
        and status.step == status.total_steps
    )


def _slowness(run: contract.Run) -> float | None:
    """Return by what a finished run took longer than the work that it was."""
    work = _work(run.config) if run.config else None
    if not work or not run.duration_s:
        return None
    return max(run.duration_s - _TESTING_S, run.duration_s / 4) / work


def _work(config: TrainConfig) -> float | None:
    """Return the CPU seconds of the training on the machine that measured the recipes."""
    strokes = any(map(_is_there, config.strokes))
    seconds = _raw(config, strokes)
    recipe = RECIPES.get(config.recipe)
    if seconds is None or recipe is None:
        return seconds
    usual = _raw(recipe.config, strokes=True)
    return seconds * recipe.cpu_seconds / usual if usual else seconds


def _is_there(strokes: str) -> bool:
    try:
        return stroke_files.find(strokes) is not None
    except DigitLabError:  # It is said when the run is to start.
        return False


def _raw(config: TrainConfig, strokes: bool) -> float | None:
    images = _TRAINING_IMAGES.get(config.data)
    if config.train_images is not None:
        images = min(config.train_images, images or config.train_images)
    if images is None:
        return None
    seen = images * (1 - config.validation_split) + config.written_digits
    seen += config.drawn_digits if strokes else 0
    multiply_adds = sum(layer.multiply_adds for layer in follow(config.layers).layers)
    each = _BATCH_S / config.batch_size + _MULTIPLY_ADD_S * multiply_adds
    if config.augmentation != NO_CHANGES:
        each += _CHANGED_IMAGE_S
    return config.epochs * seen * each
