"""Batches: training images in the order, and with the changes, that seed and epoch decide."""

import math

import keras
import numpy as np

from core import model as models
from core.config import TrainConfig
from core.data.augment import NO_CHANGES, Augmentation, augment

# Validation and test need no gradients, so larger batches than in training always fit.
EVALUATION_BATCH = 500


class Batches(keras.utils.PyDataset):
    """Training images in an order, and with changes, that only seed and epoch decide.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray, shape (n,) or (n, 10)
        As the loss wants them.
    batch_size, seed : int
    augmentation : Augmentation
        How much each image is changed, anew in each epoch.
    first_epoch : int
        The number of the first epoch.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        batch_size: int,
        seed: int,
        augmentation: Augmentation = NO_CHANGES,
        first_epoch: int = 0,
    ) -> None:
        super().__init__()
        self._images, self._labels = images, labels
        self._batch_size, self._seed = batch_size, seed
        self._augmentation = augmentation
        self._epoch = first_epoch - 1
        self.on_epoch_begin()

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        inputs = models.as_input(self._images[chosen])
        if self._augmentation != NO_CHANGES:
            # A generator for each batch: batches may be asked for in any order, and twice.
            rng = np.random.default_rng([self._seed, self._epoch, index])
            inputs = augment(inputs[..., 0], self._augmentation, rng)[..., None]
        return inputs, self._labels[chosen]

    def on_epoch_begin(self) -> None:
        """Draw the order of the next epoch."""
        self._epoch += 1
        rng = np.random.default_rng([self._seed, self._epoch])
        self._order = rng.permutation(len(self._images))


def split_validation(config: TrainConfig, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices to train on and to validate on, chosen by the seed alone.

    ``train_images`` limits both together: they are what is left after the validation share.
    """
    order = np.random.default_rng(config.seed).permutation(n)[: config.train_images]
    held_back = max(round(len(order) * config.validation_split), 1)
    return order[held_back:], order[:held_back]
