"""Repetition: a configuration trained several times with other seeds, as one group.

The result of one seed is partly luck; mean and spread of several are not.
"""

from collections.abc import Collection

from core.config import TrainConfig, with_changes
from core.data import load_test
from core.errors import DigitLabError
from core.launch import process
from core.runs import contract, notes, queue, store

MOST_AT_A_TIME = 20


def repeat(run_id: str, seeds: list[int]) -> list[contract.Run]:
    """Queue a run again for each of the seeds that its group lacks.

    If the same is requested twice, as by a double click, it is done once.

    Parameters
    ----------
    run_id : str
        A run with a configuration; it becomes the first of its group if it has none.
    seeds : list of int
        From 1 to `MOST_AT_A_TIME`, see `free_seeds`.

    Returns
    -------
    list of Run
        The new ones, all in the group of the first.

    Raises
    ------
    DigitLabError
        There is no such run, it is malformed, its data are missing, there are no seeds or too
        many, or a new run could not be started; those started before it stay.
    """
    run = store.read(run_id)
    if run.config is None:
        raise DigitLabError(f"Run '{run_id}' is malformed: there is no configuration to repeat.")
    _check_number(seeds)
    load_test(run.config.data)  # Missing data are refused before there is a run.
    group = notes.read(run.folder).group or run_id
    notes.change(run_id, group=group)
    taken = _seeds_of(group)
    new = [seed for seed in seeds if seed not in taken]
    return train_group(run.config, new, group) if new else []


def free_seeds(first: int, taken: Collection[int], count: int) -> list[int]:
    """Return ``count`` free seeds after the first; after the largest seed they start again at 0."""
    used = {first, *taken}
    seeds = ((first + step) % 2**31 for step in range(1, count + len(used) + 1))
    return [seed for seed in seeds if seed not in used][:count]


def train_group(
    config: TrainConfig, seeds: list[int], group: str | None = None, *, here: bool = False
) -> list[contract.Run]:
    """Queue a configuration once for each seed, as one group; returns at once.

    Parameters
    ----------
    config : TrainConfig
    seeds : list of int
        At most `MOST_AT_A_TIME`.
    group : str, optional
        Default: a new one, named by its first run.
    here : bool
        Whether they must train on this machine, even if there is a cluster.

    Raises
    ------
    DigitLabError
        There are no seeds or too many, the queue has no room for all, or a run could not be
        started; those before it stay.
    """
    _check_number(seeds)
    queue.check_room(store.list_runs(), len(seeds))  # all of them, or none
    started = []
    for config_of_seed in [with_changes(config, {"seed": seed}) for seed in seeds]:
        started.append(process.launch(config_of_seed, here=here))
        group = group or started[0].id
        notes.change(started[-1].id, group=group)
    return started


def _check_number(seeds: list[int]) -> None:
    if not 1 <= len(seeds) <= MOST_AT_A_TIME:
        raise DigitLabError(
            f"1 to {MOST_AT_A_TIME} seeds can be queued at a time, not {len(seeds)}."
        )


def _seeds_of(group: str) -> set[int]:
    return {
        run.config.seed
        for run in store.list_runs()
        if run.config is not None and notes.read(run.folder).group == group
    }
