"""Training of the judges: small networks that examine an image before a classifier is believed.

They are the gate (`core.training.gate`) and the segmenter (`core.training.segmenter`). Both learn
eleven classes, the ten digits and "none": a network that must tell digits apart knows better what a
digit is. Their answer is the probability of all ten digits together.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.architecture import CLASSES, INPUT_SHAPE
from core.bare_keras import keras
from core.cards import this_machine
from core.data.augment import Augmentation
from core.disk.atomic import as_json, replacing, write_record
from core.errors import DigitLabError
from core.model import EXPORT_TOLERANCE, as_input
from core.reading.network import Judge
from core.training.batches import Batches

NONE = CLASSES  # the class of non-digits
_PEAK_RATE, _CONTINUED_RATE = 4e-3, 1e-3
# A judge whose training continued has this share of its new weights, the rest of the old ones:
# otherwise it forgets some of what it knew (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903).
_NEW_SHARE = 0.9


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
    start: Path | None = None,
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
    start : pathlib.Path, optional
        The ONNX file of a judge with this network. Its training continues with these examples, at
        a lower rate: so it learns new kinds of them in a fraction of the time.
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
    peak = _PEAK_RATE if start is None else _CONTINUED_RATE
    if start is not None:
        known["continued_from"] = hashlib.sha256(start.read_bytes()).hexdigest()
        _take_weights(model, start)
        before = model.get_weights()
    model.compile(
        keras.optimizers.AdamW(_one_cycle(len(batches) * settings.epochs, peak), weight_decay=1e-2),
        "sparse_categorical_crossentropy",
        jit_compile=False,  # see core.training.optimizer.compile_for
    )
    model.fit(batches, epochs=settings.epochs, verbose=2)
    if start is not None:
        pairs = zip(before, model.get_weights(), strict=True)
        model.set_weights([(1 - _NEW_SHARE) * old + _NEW_SHARE * new for old, new in pairs])
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


def _take_weights(model: keras.Model, start: Path) -> None:
    """Give a model the weights of an ONNX file, in which each normalisation is part of its layer.

    The normalisations add the file's biases, and stay as they are.
    """
    import onnx

    graph = onnx.load(start).graph
    arrays = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    convolutions = iter([node for node in graph.node if node.op_type == "Conv"])
    (product,) = (node for node in graph.node if node.op_type == "MatMul")
    (bias,) = (node for node in graph.node if product.output[0] in node.input)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            _, kernel, biases = next(convolutions).input
            layer.set_weights([arrays[kernel].transpose(2, 3, 1, 0)])  # (h, w, in, out)
        elif isinstance(layer, keras.layers.BatchNormalization):
            added = arrays[biases]  # of the convolution before it
            ones = np.ones_like(added)
            layer.set_weights([ones, added, 0 * ones, ones - layer.epsilon])
            layer.trainable = False
        elif isinstance(layer, keras.layers.Dense):
            layer.set_weights([arrays[product.input[1]], arrays[bias.input[1]]])


def _one_cycle(steps: int, peak: float) -> keras.optimizers.schedules.LearningRateSchedule:
    rising = max(steps // 5, 1)
    return keras.optimizers.schedules.CosineDecay(
        peak / 10, max(steps - rising, 1), warmup_target=peak, warmup_steps=rising
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
