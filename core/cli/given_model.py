"""Models that a command is given: by name, as a run, or as a file of whatever origin."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core import registry
from core.cards import Card
from core.cli.output import plain, silent_stderr
from core.runs import contract

if TYPE_CHECKING:
    from core.reading.predictor import Predictor


class Given(NamedTuple):
    """A model ready to predict.

    Attributes
    ----------
    predictor : Predictor
    folder : pathlib.Path
        The folder of its card, if it has one.
    brought : Card or None
        The card that was made for a file from elsewhere.
    """

    predictor: "Predictor"
    folder: Path
    brought: Card | None = None


def open_model(name: str) -> Given:
    """Return the model of a name, id or path, loaded; raises DigitLabError if it cannot be."""
    path = _file_from_elsewhere(name)
    if path is not None:
        from core.brought_models import adopt

        with silent_stderr():
            predictor, card = adopt.opened(path)
        return Given(predictor, path.parent, card)
    path = registry.existing_path(name)
    if path is not None and path.suffix == ".keras":
        return Given(_converted(path), path.parent)
    model = registry.find(name)
    return Given(model.predictor(), model.folder)


@contextmanager
def exportable(name: str) -> Iterator[str]:
    """Yield what `core.export.delivery.deliver` takes for a name, id or path."""
    path = _file_from_elsewhere(name)
    if path is None:
        yield name
        return
    from core.brought_models import adopt

    with TemporaryDirectory() as made:
        # Its name is seen in faults.
        folder = Path(made, path.stem)
        folder.mkdir()
        adopt.adopt(path, folder)
        yield str(folder)


def brought_lines(card: Card | None) -> list[str]:
    """Return what was found out about a file from elsewhere as lines; none for our own."""
    if card is None or card.origin is None:
        return []
    origin = card.origin
    return [
        f"{origin.form} from elsewhere: {', '.join(origin.adapters) or 'taken as it is'}",
        origin.presentation,
    ]


def brought_facts(card: Card | None) -> dict[str, object]:
    """Return the same for JSON."""
    return {} if card is None or card.origin is None else {"origin": plain(card.origin)}


def _file_from_elsewhere(name: str) -> Path | None:
    """Return the file of a model that was not made here, if that is what a person named."""
    path = registry.existing_path(name)
    if path is None or registry.is_known(name) or (path / contract.ONNX_MODEL).is_file():
        return None
    from core.brought_models import ours

    return None if ours.is_ours(path) else path


def _converted(path: Path) -> "Predictor":
    from core.reading.predictor import Predictor

    with silent_stderr(), TemporaryDirectory() as folder:
        from core import model as models

        onnx = Path(folder, path.stem).with_suffix(".onnx")
        images = np.random.default_rng(0).random((10, 28, 28, 1), np.float32)
        models.export_onnx(models.load(path), onnx, images)
        return Predictor(onnx)
