"""Repeats: the best of a sweep and its starting point, trained with five seeds and tested once.

The seeds are others than that of the tries, so that the luck which chose the best does not count
for it. Each side is a group of ordinary runs, as `core.launch.repeat` makes it; ``repeats.json``
names the two by their first runs. Nothing of a sweep looks at the test images before.
"""

from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from core import paths, registry
from core.config import TrainConfig
from core.disk.atomic import locked, read_record, write_record
from core.errors import DigitLabError
from core.launch import repeat
from core.runs import contract, notes
from core.runs import store as run_store
from core.sweeps import luck, store
from core.sweeps.luck import Luck, Tested
from core.sweeps.store import Sweep, TryState

SEEDS = 5
_LOCK = ".repeats.lock"  # beside the sweeps: inside one, it would block moving it on Windows


class _Noted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int  # of the try that was the best
    best: str = ""
    base: str = ""


@dataclass(frozen=True)
class Repeats:
    """The repeats of one sweep at one moment.

    Attributes
    ----------
    number : int
        The try that was the best when they were started.
    best, base : list of Run
        The runs of the two sides, by seed.
    tested : Tested or None
        The comparison on the test images; ``None`` while a run is missing, or was interfered with.
    luck : Luck or None
        How much of the advantage in the sweep is luck; ``None`` as before.
    """

    number: int
    best: list[contract.Run]
    base: list[contract.Run]
    tested: Tested | None = None
    luck: Luck | None = None

    @property
    def active(self) -> bool:
        """Whether one of the runs still trains or waits."""
        return any(run.state.active for run in (*self.best, *self.base))


def start(name: str) -> Repeats:
    """Train the best of a sweep and its starting point with five seeds each; returns at once.

    Whoever asks twice gets what was started first, and what is missing of it.

    Raises
    ------
    DigitLabError
        There is no such sweep, none of its tries has finished, the starting point is the best, or
        a run could not be started; those started before it stay.
    """
    with locked(store.folder_of(name).with_name(_LOCK)):  # Two people may ask at once.
        return _start(store.read(name))


def read(name: str) -> Repeats | None:
    """Return the repeats of a sweep; ``None`` if none were started."""
    sweep = store.read(name)
    noted = _noted(sweep)
    return None if noted is None else _repeats(sweep, noted)


def _start(sweep: Sweep) -> Repeats:
    name, best, config = sweep.name, sweep.best, sweep.config
    if best is None or config is None:
        raise DigitLabError(f"No try of '{name}' has finished: there is no best to repeat yet.")
    if best.number == 0:
        raise DigitLabError(
            f"Of {sweep.done} tries of '{name}', the starting point is the best: there is nothing "
            "to compare it with. Add more tries, or let others vary."
        )
    noted = _noted(sweep)
    if noted is None or noted.number != best.number:
        noted = _Noted(number=best.number, base=noted.base if noted else "")
    sides = {
        "best": (config.config_for(best.parameters), f"{name}, best"),
        "base": (config.base, f"{name}, start"),
    }
    for side, (settings, title) in sides.items():
        group = _train(settings, getattr(noted, side), title)
        noted = noted.model_copy(update={side: group})
        write_record(sweep.folder / store.REPEATS, noted.model_dump_json(), "The sweep", make=False)
    return _repeats(sweep, noted)


def _train(config: TrainConfig, group: str, title: str) -> str:
    """Train what a group lacks of its seeds; return the group."""
    tested = config.model_copy(update={"score_on": "test"})
    seeds = repeat.free_seeds(config.seed, [], SEEDS)
    if not group or not run_store.exists(group):
        (first,) = repeat.train_group(tested.model_copy(update={"seed": seeds[0]}), seeds[:1])
        group = first.id
    started = repeat.repeat(group, seeds)
    for run_id in {group, *(run.id for run in started)}:
        if not notes.read(paths.runs_folder() / run_id).name:
            notes.change(run_id, name=title[: notes.LONGEST_NAME])
    return group


def _noted(sweep: Sweep) -> _Noted | None:
    try:
        return _Noted.model_validate_json(read_record(sweep.folder / store.REPEATS))
    except (OSError, ValidationError):
        return None


def _repeats(sweep: Sweep, noted: _Noted) -> Repeats:
    best, base = _of_groups(noted.best, noted.base)
    found = Repeats(noted.number, best, base)
    models = [_tested(runs) for runs in (best, base)]
    if not all(models) or [*models[0]] != [*models[1]]:  # not the same seeds
        return found
    right = [[_right(model) for model in side.values()] for side in models]
    if len({len(images) for side in right for images in side}) > 1:
        return found
    return Repeats(
        noted.number, best, base, luck.compare(*right), _luck(sweep, noted.number, models)
    )


def _of_groups(*groups: str) -> list[list[contract.Run]]:
    """Return the runs of each group, by seed."""
    found: list[list[contract.Run]] = [[] for _ in groups]
    for run_id in run_store.run_ids():
        folder = paths.runs_folder() / run_id
        group = notes.read(folder).group
        if group and group in groups:
            found[groups.index(group)].append(run_store.read_folder(folder))
    return [sorted(runs, key=lambda run: run.config.seed if run.config else -1) for runs in found]


def _tested(runs: list[contract.Run]) -> dict[int, registry.Model]:
    """Return the models of at least five runs by seed, or none unless all are as planned."""
    models: dict[int, registry.Model] = {}
    for run in runs:
        if run.config is None or not run.has_model:
            return {}
        model = registry.of_run(run)
        try:
            if model.card.here.training.steered or model.card.scored_on != "test":
                return {}
        except DigitLabError:
            return {}
        models[run.config.seed] = model
    return models if len(models) >= SEEDS else {}


def _right(model: registry.Model) -> np.ndarray:
    labels, probabilities = model.predictions()
    return probabilities.argmax(axis=1) == labels


def _luck(sweep: Sweep, number: int, models: list[dict[int, registry.Model]]) -> Luck | None:
    values = {one.number: one.value for one in sweep.tries}
    best, base = values.get(number), values.get(0)
    validated = [
        [model.card.here.training.validation_accuracy for model in side.values()] for side in models
    ]
    known = [[value for value in side if value is not None] for side in validated]
    deviation = luck.deviation_of(known)
    if best is None or base is None or deviation is None:
        return None
    had_a_chance = (TryState.FINISHED, TryState.PRUNED)
    tries = sum(one.state in had_a_chance for one in sweep.tries)
    return luck.luck(tries, best - base, deviation)
