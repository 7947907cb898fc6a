"""Training of the judges: small networks that examine an image before a classifier is believed.

They are the gate (`core.training.gate`) and the segmenter (`core.training.segmenter`). Both learn
eleven classes, the ten digits and "none": a network that must tell digits apart knows better what a
digit is. Their answer is the probability of all ten digits together.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.architecture import CLASSES, INPUT_SHAPE
from core.cards import this_machine
from core.data.augment import Augmentation
from core.disk.atomic import as_json, replacing, write_record
from core.errors import DigitLabError
from core.model import EXPORT_TOLERANCE, as_input
from core.reading.network import Judge
from core.training.batches import Batches

NONE = CLASSES  # the class of non-digits
_PEAK_RATE = 4e-3


@dataclass(frozen=True)
class Settings:
    """Settings that all judges share."""

    epochs: int
    batch_size: int
    seed: int


@dataclass(frozen=True)
class Network:
    """The parts of a judge's network that differ between judges.

    Attributes
    ----------
    output : str
        Name of the output.
    blocks : tuple of tuple of int
        Filters of its convolutions; each block ends in pooling, and the first one begins with a
        stride of 2.
    augmentation : Augmentation
        Changes of its training images.
    """

    output: str
    blocks: tuple[tuple[int, ...], ...]
    augmentation: Augmentation

    def build(self) -> keras.Model:
        """Build a model from images to the probabilities of the ten digits and, last, of none."""
        x = image = keras.Input(INPUT_SHAPE, name="image")
        for block in self.blocks:
            for filters in block:
                x = _convolution(x, filters, first=x is image)
            x = keras.layers.MaxPooling2D(2)(x)
        x = keras.layers.Dropout(0.2)(keras.layers.Flatten()(x))
        return keras.Model(image, keras.layers.Dense(CLASSES + 1, activation="softmax")(x))


def train(
    network: Network,
    examples: Callable[[], tuple[np.ndarray, np.ndarray]],
    settings: Settings,
    path: Path,
    **known: Any,
) -> dict[str, Any]:
    """Train a judge; write it as ONNX, with a JSON file of facts beside it.

    Parameters
    ----------
    network : Network
    examples : callable
        Makes images, uint8 (n, 28, 28), and labels, int32 (n,): 0 to 9, or `NONE`.
    settings : Settings
        A dataclass.
    path : pathlib.Path
        The ONNX file; it and the JSON file of that name are replaced only on success.
    **known
        Facts to write in addition to those measured here.

    Returns
    -------
    dict
        The content of the JSON file: settings, images, seconds, size, agreement and machine.

    Raises
    ------
    DigitLabError
        The exported file disagrees with Keras.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    keras.utils.set_random_seed(settings.seed)
    images, labels = examples()
    batches = Batches(images, labels, settings.batch_size, settings.seed, network.augmentation)
    model = network.build()
    model.compile(
        keras.optimizers.AdamW(_one_cycle(len(batches) * settings.epochs), weight_decay=1e-2),
        "sparse_categorical_crossentropy",
        jit_compile=False,  # see core.training.optimizer.compile_for
    )
    model.fit(batches, epochs=settings.epochs, verbose=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    check_images = as_input(images[:: max(len(images) // 500, 1)])
    difference = _export(model, network.output, path, check_images)
    facts = {
        "settings": asdict(settings),
        "augmentation": network.augmentation.model_dump(),
        **known,
        "digits": int((labels != NONE).sum()),
        "others": int((labels == NONE).sum()),
        "parameters": model.count_params(),
        "onnx_bytes": path.stat().st_size,
        "largest_difference": difference,
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "machine": this_machine().model_dump(),
    }
    write_record(path.with_suffix(".json"), as_json(facts), f"What is known of the {path.stem}")
    return facts


def _convolution(x: keras.KerasTensor, filters: int, first: bool) -> keras.KerasTensor:
    kernel, stride = (5, 2) if first else (3, 1)
    x = keras.layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=0.95)(x)
    return keras.layers.Activation("silu")(x)


def _one_cycle(steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    rising = max(steps // 5, 1)
    return keras.optimizers.schedules.CosineDecay(
        _PEAK_RATE / 10, max(steps - rising, 1), warmup_target=_PEAK_RATE, warmup_steps=rising
    )


def _export(model: keras.Model, output: str, path: Path, check_images: np.ndarray) -> float:
    """Write the ONNX file if it agrees with Keras; return the largest difference."""
    answer = keras.ops.sum(model.output[:, :CLASSES], axis=1, keepdims=True)
    judge = keras.Model(model.input, {output: answer})
    expected = np.asarray(judge(check_images, training=False)[output])[:, 0]
    with replacing(path) as temporary:
        judge.export(temporary, format="onnx", verbose=False)
        found = Judge(temporary, output)(check_images[..., 0])
        difference = float(np.abs(found - expected).max())
        if not difference <= EXPORT_TOLERANCE:
            raise DigitLabError(
                f"{path.stem.capitalize()}'s ONNX export differs from Keras by {difference:.1e}, "
                f"more than {EXPORT_TOLERANCE:.0e}: nothing was replaced; please report it."
            )
    return difference
