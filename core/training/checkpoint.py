"""Checkpoints: what a run goes on from when its worker was killed, and its best epoch.

``checkpoint/epoch-0003.weights.h5`` holds weights and the optimiser's state after three epochs,
``checkpoint/best-0002.weights.h5`` those of the epoch with the lowest validation loss. Each file
appears whole or not at all and says by its name what it is, so that a worker may be killed at any
moment. (Keras's `BackupAndRestore` keeps the epoch in a second file, and the two can disagree.)

Images, their order, their changes and dropout follow from seed and epoch alone, so that a run which
goes on from a checkpoint trains as if it had never been interrupted.
"""

import math
import re
import shutil
from pathlib import Path

import keras

from core import model as models
from core.atomic import replacing
from core.training.curves import Curves

_FOLDER = "checkpoint"
_SUFFIX = ".weights.h5"
_NAME = re.compile(r"\w+-(\d{4})\.weights\.h5")
_KEPT = 2  # the last, and one before it


class Checkpoints(keras.callbacks.Callback):
    """Keeps a checkpoint of the last epoch and one of the best."""

    def __init__(self, run: Path, past: Curves) -> None:
        super().__init__()
        self._folder = run / _FOLDER
        self._folder.mkdir(exist_ok=True)
        self._lowest = min((record["val_loss"] for record in past.epochs), default=math.inf)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("val_loss", math.inf)
        if loss < self._lowest:
            self._lowest = loss
            self._save(f"best-{epoch + 1:04}")
            for old in _numbered(self._folder, "best")[:-1]:
                old.unlink(missing_ok=True)
        if self.model.stop_training and self.params.get("steps", 0) > self._seen:
            return  # It was stopped within the epoch, which would not be trained again.
        self._save(f"epoch-{epoch + 1:04}")
        for old in _numbered(self._folder, "epoch")[:-_KEPT]:
            old.unlink(missing_ok=True)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._seen = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._seen = batch + 1

    def _save(self, name: str) -> None:
        with replacing(self._folder / f"{name}{_SUFFIX}") as temporary:
            self.model.save_weights(temporary)


def epochs_done(run: Path) -> int:
    """Return after how many epochs the newest checkpoint was written; 0 without one."""
    found = _numbered(run / _FOLDER, "epoch")
    return _number(found[-1]) if found else 0


def restore(model: keras.Model, run: Path, epoch: int) -> None:
    """Give a compiled model the weights and the optimiser's state after an epoch."""
    _load(model, run / _FOLDER / f"epoch-{epoch:04}{_SUFFIX}")


def restore_best(model: keras.Model, run: Path) -> int | None:
    """Give a compiled model the weights of its best epoch and return that; ``None`` without one."""
    found = _numbered(run / _FOLDER, "best")
    if not found:
        return None
    _load(model, found[-1])
    models.finish(model)
    return _number(found[-1])


def remove(run: Path) -> None:
    """Delete the checkpoints of a run that has its model."""
    shutil.rmtree(run / _FOLDER, ignore_errors=True)


def _load(model: keras.Model, path: Path) -> None:
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)


def _numbered(folder: Path, kind: str) -> list[Path]:
    found = folder.glob(f"{kind}-*{_SUFFIX}")
    return sorted(path for path in found if _NAME.fullmatch(path.name))


def _number(path: Path) -> int:
    return int(_NAME.fullmatch(path.name)[1])
