"""Own models: those saved or added under a name in ``models/``, deleted and restored."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from core import names, paths, registry
from core.disk.atomic import OccupiedError, appearing, keeping
from core.errors import DigitLabError
from core.registry import Model
from core.runs import contract, removal, store, trash

_FILES = (contract.KERAS_MODEL, contract.ONNX_MODEL, contract.PREDICTIONS, contract.CARD)


def promote(run_id: str, name: str) -> Model:
    """Copy the model of a run into ``models/`` under a new name.

    Raises
    ------
    DigitLabError
        The run has no model or lacks one of its files, the name is taken or invalid, or the model
        cannot be written.
    """
    with store.changing("The model"):  # Nobody removes or resumes the run meanwhile.
        files = _files_of(run_id)
        with arriving(name) as folder:
            for file in files:
                shutil.copyfile(file, folder / file.name)
    return Model(name, paths.models_folder() / name / contract.ONNX_MODEL)


@contextmanager
def arriving(name: str) -> Iterator[Path]:
    """Yield a folder to fill, which becomes that of a model in ``models/`` if the block succeeds.

    Raises
    ------
    DigitLabError
        The name is taken or invalid, or the model cannot be written.
    """
    names.check(name, "model")
    target = paths.models_folder() / name
    try:
        if _is_taken(name):
            raise OccupiedError
        with keeping("The model", target.parent), appearing(target) as folder:
            yield folder
    except OccupiedError:
        raise DigitLabError(f"A model '{name}' already exists: choose another name.") from None


def is_own(model: Model) -> bool:
    """Return whether a model was saved or added under a name here, and so can be deleted."""
    return model.folder.parent == paths.models_folder() and not model.ships


def remove(name: str) -> None:
    """Delete a model that was saved or added under a name; `restore` brings it back for an hour.

    Raises
    ------
    DigitLabError
        There is no such model, it came with Digit Lab, or its folder cannot be moved.
    """
    trash.clear_old()
    with store.changing("The deletion", make=True):
        model = registry.find(name)
        if not is_own(model):
            raise DigitLabError(
                f"The model '{name}' cannot be deleted: only those can that were saved or added "
                "under a name."
            )
        removal.hide(model.folder, f"Model '{name}'")


def removed() -> list[str]:
    """Return the names of the models that can be restored, the last deleted first."""
    return trash.removed_from(paths.models_folder())


def restore(name: str) -> None:
    """Restore a deleted model.

    Raises
    ------
    DigitLabError
        It no longer exists, or another model has its name.
    """
    trash.bring_back(paths.models_folder() / name, f"Model '{name}'", "model has its name")


def _files_of(run_id: str) -> list[Path]:
    """Return the files of a run's model; raises DigitLabError if it has none, or lacks one."""
    run = store.read(run_id)
    registry.of_run(run)
    missing = [file for file in _FILES if not (run.folder / file).is_file()]
    if missing:
        raise DigitLabError(
            f"The model of run '{run_id}' cannot be saved: its {missing[0]} is missing, train it "
            "again."
        )
    files = [run.folder / file for file in (*_FILES, contract.PICTURES)]
    return [file for file in files if file.is_file()]  # An imported run has no pictures.


def promoted_as(run_id: str, models: Iterable[Model]) -> Model | None:
    """Return the first of these models that was promoted from a run, if any."""
    return next((model for model in models if model.card.run == run_id), None)


def free_name(wanted: str) -> str:
    """Return a name that `promote` accepts: the wanted one, or one with a number added.

    A name that would be too long is shortened before the number.
    """
    endings = chain([""], (f"-{number}" for number in count(2)))
    numbered = (wanted[: names.LONGEST - len(ending)] + ending for ending in endings)
    return next(name for name in numbered if not _is_taken(name))


def _is_taken(name: str) -> bool:
    # An incomplete model folder is not listed, but its name is taken.
    return registry.listed(name) is not None or (paths.models_folder() / name).exists()
