"""Training of the segmenter's network, which knows one whole digit from a piece and from several.

It learns from the candidates of numbers that are put together of MNIST's digits and the
generator's (`core.data.pieces`), and from single digits. Like the gate it has eleven classes, the
ten digits and "not one": told digits apart, it knows them better.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from core.architecture import CLASSES, INPUT_SHAPE
from core.atomic import replacing, write_json
from core.cards import this_machine
from core.data import Dataset, pieces
from core.data.augment import Augmentation
from core.errors import DigitLabError
from core.model import EXPORT_TOLERANCE
from core.reading.segment import FILE, Segmenter
from core.training.train import Batches, as_input

FACTS = "segmenter.json"
_PEAK_RATE = 4e-3
_AUGMENTATION = Augmentation(
    rotation=6, shift=1, scale=0.08, shear=0.12, elastic=0.25, thickness=0.6
)


@dataclass(frozen=True)
class Recipe:
    """How the segmenter's network is trained.

    Attributes
    ----------
    numbers : int
        Numbers that are cut into candidates.
    singles : int
        Images of MNIST that are added as they are.
    epochs, batch_size, seed : int
    """

    numbers: int = 12_000
    singles: int = 15_000
    epochs: int = 8
    batch_size: int = 256
    seed: int = 0


def train(data: Dataset, folder: Path, recipe: Recipe) -> dict[str, object]:
    """Train the network and write ``segmenter.onnx`` and ``segmenter.json``.

    Parameters
    ----------
    data : Dataset
        Its training images are what half of the numbers are made of; its test images are not used.
    folder : pathlib.Path
        Where the files go; those that are there are replaced when all has gone well.
    recipe : Recipe

    Returns
    -------
    dict
        The content of ``segmenter.json``.

    Raises
    ------
    DigitLabError
        The exported file disagrees with Keras.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    keras.utils.set_random_seed(recipe.seed)
    cut, kinds = pieces.draw(data.x_train, data.y_train, recipe.numbers, recipe.seed)
    singles = np.random.default_rng(recipe.seed).choice(len(data.x_train), recipe.singles)
    images = np.concatenate([cut, data.x_train[singles]])
    labels = np.concatenate([kinds, data.y_train[singles]]).astype(np.int32)
    batches = Batches(images, labels, recipe.batch_size, recipe.seed, _AUGMENTATION)
    model = _network()
    model.compile(
        keras.optimizers.AdamW(_one_cycle(len(batches) * recipe.epochs), weight_decay=1e-2),
        "sparse_categorical_crossentropy",
        jit_compile=False,  # see core.model.compile_for
    )
    model.fit(batches, epochs=recipe.epochs, verbose=2)
    folder.mkdir(parents=True, exist_ok=True)
    difference = _export(model, folder / FILE.name, as_input(images[:: max(len(images) // 500, 1)]))
    facts = {
        "recipe": asdict(recipe),
        "augmentation": _AUGMENTATION.model_dump(),
        "data_digest": data.digest,
        "digits": int((labels != pieces.NOT_ONE).sum()),
        "others": int((labels == pieces.NOT_ONE).sum()),
        "parameters": model.count_params(),
        "onnx_bytes": (folder / FILE.name).stat().st_size,
        "largest_difference": difference,
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "machine": this_machine().model_dump(),
    }
    write_json(folder / FACTS, facts)
    return facts


def _network() -> keras.Model:
    """Build images to the probabilities of the ten digits and, last, of not one digit."""
    image = keras.Input(INPUT_SHAPE, name="image")
    x = _convolution(image, 16, 5, stride=2)  # (n, 14, 14, 16)
    x = _convolution(x, 32, 3)
    x = keras.layers.MaxPooling2D(2)(x)  # (n, 7, 7, 32)
    x = _convolution(x, 48, 3)
    x = keras.layers.MaxPooling2D(2)(x)  # (n, 3, 3, 48)
    x = keras.layers.Dropout(0.2)(keras.layers.Flatten()(x))
    return keras.Model(image, keras.layers.Dense(CLASSES + 1, activation="softmax")(x))


def _convolution(x: keras.KerasTensor, filters: int, kernel: int, stride: int = 1):
    x = keras.layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=0.95)(x)
    return keras.layers.Activation("silu")(x)


def _one_cycle(steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    rising = max(steps // 5, 1)
    return keras.optimizers.schedules.CosineDecay(
        _PEAK_RATE / 10, max(steps - rising, 1), warmup_target=_PEAK_RATE, warmup_steps=rising
    )


def _export(model: keras.Model, path: Path, check_images: np.ndarray) -> float:
    """Write the ONNX file if it agrees with Keras; return the largest difference."""
    wholeness = keras.ops.sum(model.output[:, :CLASSES], axis=1, keepdims=True)
    network = keras.Model(model.input, {"wholeness": wholeness})
    expected = np.asarray(network(check_images, training=False)["wholeness"])[:, 0]
    with replacing(path) as temporary:
        network.export(temporary, format="onnx", verbose=False)
        found = Segmenter(temporary).wholeness(check_images[..., 0])
        difference = float(np.abs(found - expected).max())
        if not difference <= EXPORT_TOLERANCE:
            raise DigitLabError(
                f"The segmenter's ONNX export differs from Keras by {difference:.1e}, more than "
                f"{EXPORT_TOLERANCE:.0e}: nothing was replaced; please report it."
            )
    return difference
