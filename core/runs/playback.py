"""Playback of a run: reads what `core.training.callbacks.watch` wrote, to show it learning.

Called by pages; needs no Keras. Files may be missing, incomplete or damaged; then less is shown.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.architecture import CLASSES
from core.disk.atomic import replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.figures import is_figure
from core.runs.curves import Growing, Record

WATCH, EPOCHS, PANEL_IMAGES, DRAWING = "watch.jsonl", "epochs", "panel.npz", "drawing.npz"
_MAX_BYTES = 4_000_000


@dataclass
class Looks(Growing):
    """The network's answers for the panel's digits, look by look.

    Attributes
    ----------
    path : Path
        The run's ``watch.jsonl``.
    steps : list of int
        Batches before each look, rising.
    probabilities : list of float array, shape (k, 10)
    """

    steps: list[int] = field(default_factory=list)
    probabilities: list[np.ndarray] = field(default_factory=list)

    def _take(self, record: Record) -> None:
        step, answers = record["step"], np.array(record["probabilities"], float)
        if not is_figure(step) or type(step) is not int:
            raise ValueError
        if answers.ndim != 2 or answers.shape[1] != CLASSES or not np.isfinite(answers).all():
            raise ValueError
        while self.steps and self.steps[-1] >= step:  # A worker resumed from a checkpoint.
            self.steps.pop(), self.probabilities.pop()
        self.steps.append(step)
        self.probabilities.append(answers)


@dataclass(frozen=True)
class Epoch:
    """The record of an epoch; arrays as `core.training.callbacks.watch` describes them."""

    confusion: np.ndarray
    map: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    filters: np.ndarray


def epoch_file(epoch: int) -> str:
    """Return the file of an epoch, counted from 1, in a run's folder."""
    return f"{EPOCHS}/{epoch:04}.npz"


def read_epoch(run: Path, epoch: int) -> Epoch | None:
    """Return the record of an epoch; ``None`` if it was not written."""
    names = ("confusion", "map", "labels", "answers", "filters")
    arrays = _read(run / epoch_file(epoch), names)
    return Epoch(**arrays) if arrays.keys() == set(names) else None


def read_panel(run: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the panel's images, uint8 (k, 28, 28), and labels (20 or fewer), if there is one.

    If there is one image more than labels, the last image is a person's drawing.
    """
    arrays = _read(run / PANEL_IMAGES, ("images", "labels"))
    if len(arrays) < 2 or arrays["images"].shape[1:] != (28, 28):
        return None
    return arrays["images"], arrays["labels"]


def keep_drawing(run: Path, drawing: np.ndarray) -> None:
    """Give a run a drawing to watch, uint8 (28, 28), before its worker starts."""
    with replacing(run / DRAWING) as temporary:
        np.savez_compressed(temporary, image=drawing)


def read_drawing(run: Path) -> np.ndarray | None:
    """Return the drawing that a run was given, uint8 (28, 28), if any."""
    image = _read(run / DRAWING, ("image",)).get("image")
    fits = image is not None and image.shape == (28, 28) and image.dtype == np.uint8
    return image if fits else None


def _read(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    try:
        return read_arrays(path, names, _MAX_BYTES)
    except DigitLabError:
        return {}
