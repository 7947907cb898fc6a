"""Training of the segmenter's network, which tells one whole digit from a piece and from several.

It learns from single digits, and from the candidates in numbers composed of MNIST's digits and the
generator's (`core.data.pieces`).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data import Dataset, pieces
from core.data.augment import Augmentation
from core.reading.segment import FILE, OUTPUT
from core.training import judge

_NETWORK = judge.Network(
    OUTPUT,
    blocks=((24, 48), (64, 96)),
    augmentation=Augmentation(
        rotation=6, shift=1, scale=0.08, shear=0.12, elastic=0.25, thickness=0.6
    ),
)


@dataclass(frozen=True)
class Settings(judge.Settings):
    """Settings for the training of the segmenter's network.

    Attributes
    ----------
    numbers : int
        Number of numbers that are cut into candidates.
    singles : int
        Number of images of MNIST that are added whole.
    epochs, batch_size, seed : int
    """

    numbers: int = 20_000
    singles: int = 15_000
    epochs: int = 8
    batch_size: int = 256
    seed: int = 0


def train(data: Dataset, folder: Path, settings: Settings) -> dict[str, object]:
    """Train the network and write ``segmenter.onnx`` and ``segmenter.json``.

    See `core.training.judge.train`. The training images of ``data`` make up half of the numbers;
    its test images are not used.
    """
    return judge.train(
        _NETWORK,
        lambda: _training_images(data, settings),
        settings,
        folder / FILE.name,
        data_digest=data.digest,
    )


def _training_images(data: Dataset, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    cut, kinds = pieces.draw(data.x_train, data.y_train, settings.numbers, settings.seed)
    singles = np.random.default_rng(settings.seed).choice(len(data.x_train), settings.singles)
    images = np.concatenate([cut, data.x_train[singles]])
    return images, np.concatenate([kinds, data.y_train[singles]]).astype(np.int32)
