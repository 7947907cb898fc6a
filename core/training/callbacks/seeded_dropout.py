"""Seeded dropout: the same in each epoch whether a run was interrupted or not."""

import keras


class SeededDropout(keras.callbacks.Callback):
    """Draws dropout from the seed and the epoch alone, as `Batches` draws images.

    Keras keeps the state of its generators out of checkpoints.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for place, layer in enumerate(self.model.layers):
            if isinstance(layer, keras.layers.Dropout) and layer.rate:
                state = layer.seed_generator.state
                state.assign([(self._seed + 7919 * place) % 2**31, epoch << 20])
