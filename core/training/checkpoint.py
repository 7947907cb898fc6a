"""Checkpoints: the state from which a run continues after a kill, and that of its best epoch.

``checkpoint/epoch-0003.weights.h5`` holds weights and the optimiser's state after three epochs, and
``checkpoint/best-0002.weights.h5`` those of the epoch with the lowest validation loss. Each file
appears whole or not at all, and its name identifies it, so a worker may be killed at any moment.
(Keras's `BackupAndRestore` keeps the epoch in a second file, and the two can disagree.)

`core.runs.checkpoint_files` lists them without Keras.

Images, their order, their changes and dropout depend only on seed and epoch. So a run that
continues from a checkpoint trains as if it had never been interrupted. ``checkpoint/data.json``
holds the digests of its data, since with other data that would not be true.
"""

import math
import shutil
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.bare_keras import keras
from core.cards import DataFacts
from core.disk.atomic import as_json, make_folder, read_record, replacing, write_record
from core.errors import DigitLabError
from core.runs.checkpoint_files import FOLDER, SUFFIX, epochs_done, number, numbered
from core.runs.curves import Curves
from core.training import optimizer

_DATA, _DIGESTS = "data.json", TypeAdapter(list[str])
_KEPT = 2  # the last, and the one before in case of damage by a power cut: see `forget_damaged`


class Checkpoints(keras.callbacks.Callback):
    """Keeps a checkpoint of the last epoch and one of the best epoch."""

    def __init__(self, run: Path, past: Curves) -> None:
        super().__init__()
        self._run, self._folder = run, run / FOLDER
        make_folder(self._folder)
        # The best file that exists: a better one may have been damaged, see `forget_damaged`.
        best = [number(path) for path in numbered(run, "best")]
        losses = {record["epoch"]: record.get("val_loss", math.inf) for record in past.epochs}
        self._lowest = losses.get(best[-1], math.inf) if best else math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        if not math.isfinite(logs.get("loss", math.nan)):
            return  # Nobody will continue from there.
        loss = logs.get("val_loss", math.inf)
        if loss < self._lowest:
            self._lowest = loss
            self._save(f"best-{epoch + 1:04}")
            for old in numbered(self._run, "best")[:-1]:
                old.unlink(missing_ok=True)
        if self.model.stop_training and self.params.get("steps", 0) > self._seen:
            return  # It was stopped within the epoch, whose rest would never be trained.
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


def hold_to_data(run: Path, facts: DataFacts) -> None:
    """Note what data a run begins with, and refuse others where it continues.

    Raises
    ------
    DigitLabError
        A file of its data has changed, or is missing, since its last checkpoint.
    """
    now = [facts.digest, *(one.digest for one in facts.strokes)]
    file, done = run / FOLDER / _DATA, epochs_done(run)
    if not done:
        write_record(file, as_json(now), "The digests of the data")
        return
    try:
        before = _DIGESTS.validate_json(read_record(file))
    except (OSError, ValidationError):
        return  # It is damaged, or missing: the run was begun elsewhere or by an earlier version.
    if before != now:
        what = "strokes" if before[:1] == now[:1] else facts.title
        raise DigitLabError(
            f"This run has trained {done} epochs on other data ({what}): bring them back as they "
            "were, then resume it, or start another run like it."
        )


def forget_damaged(run: Path) -> None:
    """Delete unreadable checkpoints, such as a power cut leaves; the one before takes over."""
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
    """Give a compiled model the weights of its best epoch, and return that epoch, if any."""
    found = numbered(run, "best")
    if not found:
        return None
    _load(model, found[-1])
    optimizer.finish(model)
    return number(found[-1])


def remove(run: Path) -> None:
    """Delete the checkpoints of a run that has its model."""
    shutil.rmtree(run / FOLDER, ignore_errors=True)


def _load(model: keras.Model, path: Path) -> None:
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
