"""Dead units: the share of a network's units that respond to no image any more."""

import numpy as np

from core.bare_keras import keras
from core.model import as_input

_IMAGES = 400  # on which a dead unit must be silent


class DeadUnits(keras.callbacks.Callback):
    """Adds the share of rectified units that respond to no image to an epoch's figures."""

    def __init__(self, images: np.ndarray) -> None:
        super().__init__()
        self._images = as_input(images[:_IMAGES])
        self._rectified: keras.Model | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        outputs = [
            layer.output
            for layer in self.model.layers
            if getattr(layer, "activation", None) is keras.activations.relu
        ]
        self._rectified = keras.Model(self.model.inputs[0], outputs) if outputs else None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self._rectified is None or logs is None:
            return
        answers = self._rectified(self._images, training=False)
        answers = answers if isinstance(answers, list) else [answers]
        alive = [np.asarray(a).reshape(-1, a.shape[-1]).max(axis=0) > 0 for a in answers]
        logs["dead_units"] = float(1 - np.concatenate(alive).mean())
