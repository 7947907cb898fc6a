"""Gradient maps: the effect of each pixel on a digit's logit, at the image and along a fade-in.

The gradient is the change of the logit for a slightly brighter pixel. Integrated gradients divide
the logit's rise over that of an empty image among the pixels. Both concern one digit's logit alone;
a rise of other digits' logits can outweigh it. Needs Keras: a study (`core.studies.results`).

Source: Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365.
"""

from collections.abc import Callable, Sequence

import numpy as np

from core import model as models
from core import registry
from core.bare_keras import keras, tf
from core.errors import DigitLabError
from core.reading.normalise import as_floats
from core.registry import scored_on
from core.runs import contract

STEPS = 64  # between the empty image and the explained one


def study(
    model: registry.Model, progress: Callable[[float], None], item: int | None = None
) -> dict[str, np.ndarray]:
    """Compute the gradient maps of one test image.

    Returns
    -------
    dict of str to ndarray
        ``maps``: as `maps` returns them, for the answer and, if it is another digit, the label.

    Raises
    ------
    DigitLabError
        There is no such test image, or it or the ``.keras`` file is not on this machine.
    """
    labels, _ = model.predictions()
    if item is None or not 0 <= item < len(labels):
        raise DigitLabError(
            f"Gradient maps are of one test image: give its index, 0 to {len(labels) - 1}."
        )
    carried = model.pictures()
    image = as_floats(carried[item] if item in carried else scored_on(model).x[item])
    network = models.load(model.folder / contract.KERAS_MODEL)
    progress(0.3)
    answer = int(np.asarray(network(image[None, ..., None], training=False)).argmax())
    digits = list(dict.fromkeys([answer, int(labels[item])]))
    found = maps(network, image, digits)
    progress(1.0)
    return {"maps": found}


def maps(network: keras.Sequential, image: np.ndarray, digits: Sequence[int]) -> np.ndarray:
    """Compute the gradient and the integrated gradients of some digits' logits.

    Parameters
    ----------
    network : keras.Sequential
        Built by `core.model.build`: its last layer is dense, with a softmax.
    image : float32 array, shape (28, 28), in [0, 1]
    digits : sequence of int
        0 to 9.

    Returns
    -------
    float32 array, shape (2 * len(digits), 28, 28)
        For each digit the gradient, per unit of brightness, then the integrated gradients, whose
        sum is the digit's logit minus that of an empty image.
    """
    fade_in = (np.arange(STEPS, dtype=np.float32) + 0.5) / STEPS  # centres: the midpoint rule
    images = np.concatenate([image[None], fade_in[:, None, None] * image])  # (65, 28, 28)
    logits = keras.Model(network.inputs[0], _logits(network))
    found = []
    for digit in digits:
        pixels = tf.constant(images[..., None])  # (65, 28, 28, 1)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            risen = tf.reduce_sum(logits(pixels, training=False)[:, digit])
        gradients = tape.gradient(risen, pixels).numpy()[..., 0]  # (65, 28, 28)
        found += [gradients[0], gradients[1:].mean(axis=0) * image]
    return np.stack(found)


def _logits(network: keras.Sequential) -> keras.KerasTensor:
    output = network.layers[-1]
    kernel, bias = output.get_weights()
    return keras.ops.matmul(output.input, kernel) + bias
