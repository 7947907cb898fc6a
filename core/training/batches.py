"""Batches: training images whose order and changes depend only on seed and epoch."""

import math

import numpy as np

from core import model as models
from core.bare_keras import keras
from core.data.augment import NO_CHANGES, Augmentation, augment

# Validation and test need no gradients, so batches larger than in training always fit.
EVALUATION_BATCH = 500


class Batches(keras.utils.PyDataset):
    """Training images whose order and changes depend only on seed and epoch.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray, shape (n,) or (n, 10)
        In the form that the loss takes.
    batch_size, seed : int
    augmentation : Augmentation
        The change of each image, drawn again in each epoch.
    first_epoch : int
        Number of the first epoch.
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
            # A generator for each batch: batches may be requested in any order, and twice.
            rng = np.random.default_rng([self._seed, self._epoch, index])
            inputs = augment(inputs[..., 0], self._augmentation, rng)[..., None]  # (b, 28, 28, 1)
        return inputs, self._labels[chosen]

    def on_epoch_begin(self) -> None:
        """Draw the order of the next epoch."""
        self._epoch += 1
        rng = np.random.default_rng([self._seed, self._epoch])
        self._order = rng.permutation(len(self._images))
