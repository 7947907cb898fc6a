"""Patience: callbacks of Keras that wait for the validation loss, over stages and workers."""

from typing import Any

from core.bare_keras import keras
from core.training.callbacks.recorder import Recorder


class _Remembers(keras.callbacks.Callback):
    """Gives a Keras callback that counts epochs those of an earlier stage or worker."""

    def __init__(self, recorder: Recorder, **options: Any) -> None:
        super().__init__(**options)
        self._recorder = recorder

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin(logs)
        rate = float(self.model.optimizer.learning_rate)
        for record in self._recorder.epochs:
            super().on_epoch_end(record["epoch"] - 1, {"val_loss": record["val_loss"]})
        if self._recorder.epochs and isinstance(self, keras.callbacks.ReduceLROnPlateau):
            self.model.optimizer.learning_rate = rate  # The checkpoint has the lowered rate.


class EarlyStopping(_Remembers, keras.callbacks.EarlyStopping):
    """Keras's early stopping, over all stages; the worker restores the best epoch itself."""


class ReduceOnPlateau(_Remembers, keras.callbacks.ReduceLROnPlateau):
    """Keras's reduction of the learning rate on a plateau, over all stages."""
