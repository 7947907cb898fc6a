"""The initial network of a run: new weights from the seed, or those of another model."""

from pathlib import Path

from core import model as models
from core import registry
from core.bare_keras import keras
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs import contract
from core.runs.checkpoint_files import epochs_done
from core.training import checkpoint


def network(config: TrainConfig, folder: Path) -> keras.Sequential:
    """Build the network of a run, after seeding all of Keras's random generators.

    Unreadable checkpoints in the folder are deleted. If one is left, its weights will replace
    these, and the model to start from need not exist any more.

    Raises
    ------
    DigitLabError
        The model to start from is missing, or has other layers.
    """
    if config.deterministic:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    checkpoint.forget_damaged(folder)
    model = models.build(config.layers, config.precision)
    if config.start_from:
        _keep_statistics(model)
        if not epochs_done(folder):
            _begin_with(model, config.start_from)
    return model


def _begin_with(model: keras.Model, name: str) -> None:
    """Give a network the weights of a model with the same layers."""
    found = models.load(registry.find(name).folder / contract.KERAS_MODEL).get_weights()
    if [part.shape for part in found] != [part.shape for part in model.get_weights()]:
        raise DigitLabError(
            f"The training cannot start from the weights of '{name}', which has other layers: "
            "choose a model of this network, or leave start_from empty."
        )
    model.set_weights(found)


def _keep_statistics(model: keras.Model) -> None:
    """Freeze the statistics of batch normalisation in a model that a training starts from."""
    for layer in model.layers:
        # A few frequent images would shift the statistics, for all other digits, too.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
