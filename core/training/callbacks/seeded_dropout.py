"""Seeded dropout: the same in each epoch, whether or not the run was interrupted."""

from core.bare_keras import keras


class SeededDropout(keras.callbacks.Callback):
    """Seeds dropout from the seed and the epoch alone, as `Batches` does images.

    Keras does not store the state of its generators in checkpoints.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for place, layer in enumerate(self.model.layers):
            if isinstance(layer, keras.layers.Dropout) and layer.rate:
                state = layer.seed_generator.state
                state.assign([(self._seed + 7919 * place) % 2**31, epoch << 20])
