"""Checkpoints: what a run goes on from when its worker was killed, and its best epoch.

``checkpoint/epoch-0003.weights.h5`` holds weights and the optimiser's state after three epochs,
``checkpoint/best-0002.weights.h5`` those of the epoch with the lowest validation loss. Each file
appears whole or not at all and says by its name what it is, so that a worker may be killed at any
moment. (Keras's `BackupAndRestore` keeps the epoch in a second file, and the two can disagree.)

`core.runs.checkpoint_files` tells without Keras what there is.

Images, their order, their changes and dropout follow from seed and epoch alone, so that a run which
goes on from a checkpoint trains as if it had never been interrupted.
"""

import math
import shutil
from pathlib import Path

import keras

from core import model as models
from core.disk.atomic import replacing
from core.runs.checkpoint_files import FOLDER, SUFFIX, number, numbered
from core.runs.curves import Curves

_KEPT = 2  # the last, and one before it for when a power cut damaged that: see `forget_damaged`


class Checkpoints(keras.callbacks.Callback):
    """Keeps a checkpoint of the last epoch and one of the best."""

    def __init__(self, run: Path, past: Curves) -> None:
        super().__init__()
        self._run, self._folder = run, run / FOLDER
        self._folder.mkdir(exist_ok=True)
        # That of the file there is: a better one may have been damaged, see `forget_damaged`.
        best = [number(path) for path in numbered(run, "best")]
        losses = {record["epoch"]: record.get("val_loss", math.inf) for record in past.epochs}
        self._lowest = losses.get(best[-1], math.inf) if best else math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        if not math.isfinite(logs.get("loss", math.nan)):
            return  # Nobody wants to go on from there.
        loss = logs.get("val_loss", math.inf)
        if loss < self._lowest:
            self._lowest = loss
            self._save(f"best-{epoch + 1:04}")
            for old in numbered(self._run, "best")[:-1]:
                old.unlink(missing_ok=True)
        if self.model.stop_training and self.params.get("steps", 0) > self._seen:
            return  # It was stopped within the epoch, which would not be trained again.
        self._save(f"epoch-{epoch + 1:04}")
        for old in numbered(self._run, "epoch")[:-_KEPT]:
            old.unlink(missing_ok=True)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._seen = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._seen = batch + 1

    def _save(self, name: str) -> None:
        with replacing(self._folder / f"{name}{SUFFIX}") as temporary:
            self.model.save_weights(temporary)


def forget_damaged(run: Path) -> None:
    """Delete checkpoints that cannot be read, as a power cut leaves them: the one before serves."""
    import h5py

    for path in (*numbered(run, "epoch"), *numbered(run, "best")):
        try:
            h5py.File(path, "r").close()
        except OSError:
            path.unlink()


def restore(model: keras.Model, run: Path, epoch: int) -> None:
    """Give a compiled model the weights and the optimiser's state after an epoch."""
    _load(model, run / FOLDER / f"epoch-{epoch:04}{SUFFIX}")


def restore_best(model: keras.Model, run: Path) -> int | None:
    """Give a compiled model the weights of its best epoch and return that; ``None`` without one."""
    found = numbered(run, "best")
    if not found:
        return None
    _load(model, found[-1])
    models.finish(model)
    return number(found[-1])


def remove(run: Path) -> None:
    """Delete the checkpoints of a run that has its model."""
    shutil.rmtree(run / FOLDER, ignore_errors=True)


def _load(model: keras.Model, path: Path) -> None:
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
