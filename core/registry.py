"""The registry of models: those in ``models/``, those of runs, and the user's own files.

A name in ``models/``, the id of a run and a path all resolve to the same kind of thing: a folder
with ``model.onnx`` and, except for a bare file, ``card.json`` and ``predictions.npz`` beside it,
and usually ``pictures.npz``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import paths
from core.cards import Card, read_card
from core.data import TestSet, load, load_test
from core.data.dataset import make_test_set
from core.disk.atomic import write_record
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.names import is_name
from core.reading import model_files
from core.runs import carried_pictures, contract, store

if TYPE_CHECKING:
    from core.reading.predictor import Predictor

# The models that ship, the default for new users first. Promoted models may be beside them.
SHIPPED = ("flagship", "sprint", "tiny")
DEFAULT = SHIPPED[0]
_MAX_PREDICTIONS_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Model:
    """A model that can be used.

    Attributes
    ----------
    name : str
        Its name in ``models/``, the id of its run, or the given path.
    onnx : Path
        The file to predict with.
    """

    name: str
    onnx: Path

    @property
    def folder(self) -> Path:
        """Return the folder that contains the model's files."""
        return self.onnx.parent

    @property
    def ships(self) -> bool:
        """Return whether it came with the project."""
        return self.folder.parent == paths.SHIPPED_MODELS and self.folder.name in SHIPPED

    @property
    def card(self) -> Card:
        """The model's card as it is now; raises DigitLabError if there is none."""
        return read_card(self.folder / contract.CARD)

    def predictions(self) -> tuple[np.ndarray, np.ndarray]:
        """Return its answers on its test set.

        Returns
        -------
        labels : ndarray of uint8, shape (n,)
        probabilities : ndarray of float32, shape (n, 10)

        Raises
        ------
        DigitLabError
            The file is missing or damaged.
        """
        names = ("labels", "probabilities")
        found = read_arrays(self.folder / contract.PREDICTIONS, names, _MAX_PREDICTIONS_BYTES)
        shapes = [found[name].shape if name in found else None for name in names]
        if shapes != [(self.card.test.n,), (self.card.test.n, 10)]:
            raise DigitLabError(
                f"The predictions of '{self.name}' do not fit its card: train it again."
            )
        return found["labels"], found["probabilities"]

    def pictures(self) -> dict[int, np.ndarray]:
        """Return the test images that it carries, as `core.runs.carried_pictures.read` does."""
        return carried_pictures.read(self.folder, self.card.test.n)

    def predictor(self) -> "Predictor":
        """Load the model for prediction; raises DigitLabError if it cannot be loaded."""
        from core.reading.predictor import Predictor

        # What lies elsewhere was given by hand, and nobody has looked at it yet.
        here = (paths.SHIPPED_MODELS, paths.models_folder(), paths.runs_folder())
        if self.folder.parent not in here:
            _check_bounds(self.onnx)
        return Predictor(self.onnx)


def list_models() -> list[Model]:
    """Return the models in ``models/``, promoted ones included, sorted by name.

    A folder without a readable card is left out, since it is incomplete.
    """
    names = {
        folder.name
        for parent in (paths.SHIPPED_MODELS, paths.models_folder())
        if parent.is_dir()
        for folder in parent.iterdir()
    }
    return [model for name in sorted(names) if (model := listed(name))]


def listed(name: str) -> Model | None:
    """Return the model of that name in ``models/``, without a look at the others."""
    if not is_name(name):
        return None
    folders = (parent / name for parent in (paths.models_folder(), paths.SHIPPED_MODELS))
    whole = next(filter(_is_whole, folders), None)
    return Model(name, whole / contract.ONNX_MODEL) if whole else None


def find(name: str) -> Model:
    """Return the model for a name, a run's id or a path.

    Raises
    ------
    DigitLabError
        There is no such model; the sentence lists those there are.

    Examples
    --------
    >>> model = find("tiny")
    >>> model.card.parameters
    9762
    >>> labels, probabilities = model.predictions()
    >>> probabilities.shape
    (10000, 10)
    """
    if model := listed(name):
        return model
    if store.exists(name):
        return of_run(store.read(name))
    path = existing_path(name)
    if path is not None and (path / contract.ONNX_MODEL).is_file():
        return Model(name, path / contract.ONNX_MODEL)
    is_model = path is not None and _is_model_file(path, name)
    if path is not None and is_model and model_files.kind_of(path) == "onnx":
        return Model(name, path)
    problem = f"There is no model '{name}'"
    if is_model:
        problem = (
            f"'{name}' is a Keras file, which only `evaluate`, `read` and `export` take, and `add` "
            "keeps"
        )
    known = ", ".join(model.name for model in list_models()) or "none yet"
    raise DigitLabError(
        f"{problem}: give a name in models/ ({known}), a run's id, or the path of a model folder "
        "or an .onnx file."
    )


def is_known(name: str) -> bool:
    """Return whether a name is that of a model in ``models/``, or the id of a run."""
    return listed(name) is not None or store.exists(name)


def _is_model_file(path: Path, name: str) -> bool:
    """Return whether a path leads to a model's file; raises DigitLabError if to one of others."""
    if path.is_dir() and model_files.of_folder(path) is None:
        return False
    try:
        model_files.kind_of(path)
    except DigitLabError as fault:
        raise DigitLabError(f"'{name}' cannot be used as a model: {fault}") from fault
    return True


def existing_path(name: str) -> Path | None:
    """Return the file or folder that a person named, or ``None`` if there is none."""
    try:
        path = Path(name).expanduser()
        return path if name and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # a name that no file can have
        return None


def of_run(run: contract.Run) -> Model:
    """Return the model of a run; raises DigitLabError if the run has none."""
    if not run.has_model:
        raise DigitLabError(f"Run '{run.id}' has no model: it is {run.state}.")
    return Model(run.id, run.folder / contract.ONNX_MODEL)


def _check_bounds(file: Path) -> None:
    from core.reading import imported_onnx, network

    try:
        imported_onnx.check_bounds(network.file_content(file))
    except DigitLabError as fault:
        raise DigitLabError(f"'{file.name}' cannot be loaded: {fault}") from fault


def active(models: Iterable[Model] | None = None) -> Model | None:
    """Return the model to begin with: the chosen one, else the default, else any, else ``None``.

    Visitors of the app may use another one, which is theirs alone.

    Parameters
    ----------
    models : iterable of Model, optional
        The result of `list_models`, if it is at hand.
    """
    by_name = {model.name: model for model in (list_models() if models is None else models)}
    try:
        chosen = _active_file().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        chosen = DEFAULT
    return by_name.get(chosen) or by_name.get(DEFAULT) or next(iter(by_name.values()), None)


def set_active(name: str) -> None:
    """Let new visitors and the shell begin with a model in ``models/``, after a restart as well.

    Raises
    ------
    DigitLabError
        The choice cannot be saved.
    """
    file = _active_file()
    write_record(file, name, "The choice of a model")


def _active_file() -> Path:
    return paths.home() / "active-model.txt"


def _is_whole(folder: Path) -> bool:
    if not all((folder / file).is_file() for file in (contract.ONNX_MODEL, contract.CARD)):
        return False
    try:
        read_card(folder / contract.CARD)
    except DigitLabError:
        return False
    return True


def scored_on(model: Model) -> TestSet:
    """Return the images and labels that a model's scores refer to: test or validation images.

    Raises
    ------
    DigitLabError
        They are not on this machine, or others are in their place.
    """
    card = model.card
    source = card.data.source
    found = load_test(source) if card.scored_on == "test" else _validation_set(card)
    if found.digest != card.data.test_digest:
        raise DigitLabError(
            f"The {card.scored_on} images of '{source}' are not those that '{model.name}' was "
            "scored on: put back the file that it was trained with."
        )
    return found


def _validation_set(card: Card) -> TestSet:
    data = load(card.data.source)
    _, held_back = card.here.config.split(len(data.x_train))
    return make_test_set(data.x_train[held_back], data.y_train[held_back])


def pictures_of(model: Model) -> Mapping[int, np.ndarray]:
    """Return the test images at hand by their positions: all, or those that the model carries.

    Returns
    -------
    mapping of int to uint8 array, shape (28, 28)

    Raises
    ------
    DigitLabError
        The card is missing, or the carried pictures are damaged.
    """
    try:
        return dict(enumerate(scored_on(model).x))
    except DigitLabError:
        return model.pictures()
