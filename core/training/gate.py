"""Training of the gate, the network that tells digits from everything else.

Digits are MNIST's, scikit-learn's and those of the generator. What is no digit comes from the kinds
of `core.strokes.others` that are marked ``trained``, and from the same MNIST digits mirrored, laid
over one another or cut in pieces, so that the gate cannot go by the look of a pen. The network has
eleven classes, the ten digits and "other": what tells digits from one another tells them from the
rest as well.

Hendrycks, Mazeika and Dietterich 2019 (outlier exposure), https://arxiv.org/abs/1812.04606.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from core.architecture import CLASSES, INPUT_SHAPE
from core.atomic import replacing, write_json
from core.cards import this_machine
from core.data import Dataset, no_digits, sample
from core.data.augment import Augmentation
from core.data.written import write_digits
from core.errors import DigitLabError
from core.model import EXPORT_TOLERANCE
from core.reading.gate import Gate
from core.strokes import others
from core.training.train import Batches, as_input

OTHER = CLASSES  # the class of what is no digit
FILE, FACTS = "gate.onnx", "gate.json"
_PEAK_RATE = 4e-3
_AUGMENTATION = Augmentation(
    rotation=8, shift=0.7, scale=0.06, shear=0.15, elastic=0.35, thickness=0.7
)


@dataclass(frozen=True)
class Recipe:
    """How the gate is trained.

    Attributes
    ----------
    written : int
        Digits that the generator writes.
    of_each_kind : int
        Images of each kind of what is no digit.
    spoilt : int
        Images made from MNIST's digits that are none any more.
    epochs, batch_size, seed : int
    """

    written: int = 15_000
    of_each_kind: int = 2_000
    spoilt: int = 30_000
    epochs: int = 6
    batch_size: int = 256
    seed: int = 0


def train(data: Dataset, folder: Path, recipe: Recipe) -> dict[str, object]:
    """Train the gate and write ``gate.onnx`` and ``gate.json``.

    Parameters
    ----------
    data : Dataset
        Its training images are the digits to begin with; its test images are not used.
    folder : pathlib.Path
        Where the files go; those that are there are replaced when all has gone well.
    recipe : Recipe

    Returns
    -------
    dict
        The content of ``gate.json``: recipe, images, seconds, size, agreement and machine.

    Raises
    ------
    DigitLabError
        The exported file disagrees with Keras.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    keras.utils.set_random_seed(recipe.seed)
    images, labels = training_images(data, recipe)
    batches = Batches(images, labels, recipe.batch_size, recipe.seed, _AUGMENTATION)
    model = _network()
    model.compile(
        keras.optimizers.AdamW(_one_cycle(len(batches) * recipe.epochs), weight_decay=1e-2),
        "sparse_categorical_crossentropy",
        jit_compile=False,  # see core.model.compile_for
    )
    model.fit(batches, epochs=recipe.epochs, verbose=2)
    folder.mkdir(parents=True, exist_ok=True)
    difference = _export(model, folder / FILE, as_input(images[:: max(len(images) // 500, 1)]))
    facts = {
        "recipe": asdict(recipe),
        "augmentation": _AUGMENTATION.model_dump(),
        "trained_on": [kind.name for kind in others.KINDS if kind.trained],
        "data_digest": data.digest,
        "digits": int((labels != OTHER).sum()),
        "others": int((labels == OTHER).sum()),
        "parameters": model.count_params(),
        "onnx_bytes": (folder / FILE).stat().st_size,
        "largest_difference": difference,
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "machine": this_machine().model_dump(),
    }
    write_json(folder / FACTS, facts)
    return facts


def training_images(data: Dataset, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Gather digits, and make what is none.

    Returns
    -------
    images : uint8 array, shape (n, 28, 28)
    labels : int32 array, shape (n,)
        0 to 9, or `OTHER`.
    """
    scanned = sample.load()
    digits = [
        (data.x_train, data.y_train),
        (scanned.x_train, scanned.y_train),
        write_digits(recipe.written, recipe.seed),
    ]
    drawn = [
        no_digits.draw(kind, recipe.of_each_kind, recipe.seed)
        for kind in others.KINDS
        if kind.trained
    ]
    drawn.append(no_digits.spoil(data.x_train, data.y_train, recipe.spoilt, recipe.seed))
    images = np.concatenate([*(images for images, _ in digits), *drawn])
    labels = np.full(len(images), OTHER)
    known = np.concatenate([labels for _, labels in digits])
    labels[: len(known)] = known
    return images, labels.astype(np.int32)


def _network() -> keras.Model:
    """Build images to the probabilities of the ten digits and, last, of no digit."""
    image = keras.Input(INPUT_SHAPE, name="image")
    x = _convolution(image, 16, 5, stride=2)  # (n, 14, 14, 16)
    x = _convolution(x, 32, 3)
    x = keras.layers.MaxPooling2D(2)(x)  # (n, 7, 7, 32)
    x = _convolution(x, 48, 3)
    x = _convolution(x, 64, 3)
    x = keras.layers.MaxPooling2D(2)(x)  # (n, 3, 3, 64)
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
    digitness = keras.ops.sum(model.output[:, :CLASSES], axis=1, keepdims=True)
    gate = keras.Model(model.input, {"digitness": digitness})
    expected = np.asarray(gate(check_images, training=False)["digitness"])[:, 0]
    with replacing(path) as temporary:
        gate.export(temporary, format="onnx", verbose=False)
        found = Gate(temporary).digitness(check_images[..., 0])
        difference = float(np.abs(found - expected).max())
        if not difference <= EXPORT_TOLERANCE:
            raise DigitLabError(
                f"The gate's ONNX export differs from Keras by {difference:.1e}, more than "
                f"{EXPORT_TOLERANCE:.0e}: nothing was replaced; please report it."
            )
    return difference
