"""The memory of a training, known from its layers, optimiser and batch before it is started.

The estimate is the peak of the worker's process. `check` refuses what does not fit this machine,
with the batch that would. The factors were measured, see ``tests/runs/test_memory.py``.
"""

import math
from collections.abc import Iterable
from pathlib import Path

import psutil

from core.architecture import Conv, Dense, Layer, follow
from core.config import TrainConfig
from core.data import sample
from core.errors import DigitLabError

_WORKER = 870_000_000  # Python, TensorFlow and the images, before the first batch
_NUMBER = 4  # bytes of a float32
# Copies of the weights: in training they, their gradients and the update, and the optimiser's
# moments; what the files of the model are made from at the end.
_COPIES = 7
_MOMENTS = {"adam": 2, "adamw": 2, "sgd": 1, "rmsprop": 1}
# A value between two layers is kept until its gradient is known, and needs some room meanwhile.
_COPIES_OF_A_VALUE = 2
# The input of these functions is kept as well, for their gradient.
_KEEP_INPUT = ("silu", "leaky_relu")
_EVALUATED = 500  # images at a time: `core.training.batches.EVALUATION_BATCH`
_IMAGES = 60_000  # of MNIST, and of a file that is not looked at for this
_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container


def estimate(config: TrainConfig) -> int:
    """Return the largest memory of a run's worker, in bytes.

    Parameters
    ----------
    config : TrainConfig

    Returns
    -------
    int
        Of 13 trainings that it was fitted to it was between 7 % less and 21 % more, of five
        others between 11 % less and 40 % more.
    """
    return _fixed(config) + max(
        config.batch_size * _of_one_image(config), _EVALUATED * _evaluated(config)
    )


def machine() -> int:
    """Return the memory of this machine, or of the container that this process is in, in bytes."""
    total = psutil.virtual_memory().total
    try:
        return min(total, int(_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit
        return total


def fits_beside(config: TrainConfig, others: Iterable[TrainConfig]) -> bool:
    """Return whether a training fits this machine together with those that are under way.

    One alone always does: `check` was asked before it was created.
    """
    needed = [estimate(other) for other in others]
    return not needed or estimate(config) + sum(needed) <= machine()


def check(config: TrainConfig) -> None:
    """Refuse a training that does not fit this machine.

    Raises
    ------
    DigitLabError
        It needs more memory than there is. The sentence says what would fit.
    """
    if fault := refusal(config):
        raise DigitLabError(fault)


def refusal(config: TrainConfig) -> str:
    """Say why a training does not fit this machine and what would fit; empty if it does."""
    needed, there = estimate(config), machine()
    if needed <= there:
        return ""
    room = there - _fixed(config)
    batch = room // max(_of_one_image(config), 1)
    fits = batch >= 1 and room >= _EVALUATED * _evaluated(config)
    advice = (
        f"choose a batch size of at most {_round(batch):,}, or a smaller network."
        if fits
        else "choose a smaller network: fewer filters or units, or pooling before them."
    )
    return (
        f"This training needs about {needed / 1e9:,.1f} GB of memory and this machine has "
        f"{there / 1e9:,.1f} GB: {advice}"
    )


def _round(batch: int) -> int:
    """Round down to a power of two, as batch sizes usually are."""
    return 1 << (batch.bit_length() - 1)


def _fixed(config: TrainConfig) -> int:
    """Return what a training takes whatever its batch."""
    parameters = sum(layer.parameters for layer in follow(config.layers).layers)
    copies = _COPIES + _MOMENTS[config.optimizer] + (1 if config.ema else 0)
    images = sample.TRAIN if config.data == "sample" else config.train_images or _IMAGES
    # As bytes, each once as it was loaded and once as it was chosen.
    data = 2 * 28 * 28 * (images + config.written_digits + config.drawn_digits)
    return _WORKER + _NUMBER * copies * parameters + data


def _of_one_image(config: TrainConfig) -> int:
    # In bfloat16 as well: a processor without it takes as much.
    return _COPIES_OF_A_VALUE * _NUMBER * (sum(_values(config.layers)) + 28 * 28)


def _evaluated(config: TrainConfig) -> int:
    """Return what an image takes in an evaluation, which keeps two layers' values at a time."""
    outputs = (math.prod(step.output_shape) for step in follow(config.layers).layers)
    # Each of the two also in the order in which oneDNN calculates.
    return 2 * 2 * _NUMBER * max(outputs, default=0)


def _values(layers: list[Layer]) -> list[int]:
    """Return how many values each layer keeps of one image until its gradient is known."""
    kept = []
    for layer, step in zip(layers, follow(layers).layers, strict=False):
        twice = isinstance(layer, Conv | Dense) and layer.activation in _KEEP_INPUT
        kept.append((2 if twice else 1) * math.prod(step.output_shape))
    return kept
