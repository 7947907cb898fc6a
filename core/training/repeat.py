"""A configuration trained several times over with other seeds, as one group.

What one seed reaches is partly luck; mean and spread of several are not.
"""

from core.config import TrainConfig, with_changes
from core.data import load_test
from core.errors import DigitLabError
from core.training import launch, notes, store

MOST_AT_A_TIME = 20


def repeat(run_id: str, count: int) -> list[store.Run]:
    """Queue a run so many times more, each with a seed that its group does not have yet.

    Parameters
    ----------
    run_id : str
        A run with a configuration; it becomes the first of its group if it has none.
    count : int
        From 1 to `MOST_AT_A_TIME`.

    Returns
    -------
    list of Run
        The new ones, all in the group of the first.

    Raises
    ------
    DigitLabError
        There is no such run, it is malformed, its data are not here, or a new one could not be
        started; those that were started before stay.
    """
    run = store.read(run_id)
    if run.config is None:
        raise DigitLabError(f"Run '{run_id}' is malformed: there is no configuration to repeat.")
    load_test(run.config.data)  # Refused before there is a run for it.
    group = notes.read(run.folder).group or run_id
    notes.change(run_id, group=group)
    return train_group(run.config, _free_seeds(run.config.seed, group, count), group)


def train_group(config: TrainConfig, seeds: list[int], group: str | None = None) -> list[store.Run]:
    """Queue a configuration once for each seed, as one group; returns at once.

    Parameters
    ----------
    config : TrainConfig
    seeds : list of int
        At most `MOST_AT_A_TIME`.
    group : str, optional
        Default: a new one, named by its first run.

    Raises
    ------
    DigitLabError
        There are no seeds or too many, or a run could not be started; those before it stay.
    """
    if not 1 <= len(seeds) <= MOST_AT_A_TIME:
        raise DigitLabError(
            f"From 1 to {MOST_AT_A_TIME} seeds can be queued at a time, not {len(seeds)}."
        )
    started = []
    for config_of_seed in [with_changes(config, {"seed": seed}) for seed in seeds]:
        started.append(launch.launch(config_of_seed))
        group = group or started[0].id
        notes.change(started[-1].id, group=group)
    return started


def _free_seeds(first: int, group: str, count: int) -> list[int]:
    taken = {first}
    for run in store.list_runs():
        if run.config is not None and notes.read(run.folder).group == group:
            taken.add(run.config.seed)
    wanted = min(max(count, 0), MOST_AT_A_TIME + 1)  # One too many is refused by `train_group`.
    # Seeds begin anew at 0 past the largest there is.
    seeds = ((first + step) % 2**31 for step in range(1, wanted + len(taken) + 1))
    return [seed for seed in seeds if seed not in taken][:wanted]
