"""Robustness: a model's accuracy on corrupted digits, for each corruption and severity.

The benchmark ``bench/robustness.py`` and the Inspect page measure it here. All fifteen corruptions
in five severities take a minute: a study (`core.studies.results`).
"""

from collections.abc import Callable, Sequence

import numpy as np

from core import registry
from core.evaluation.corruptions import CORRUPTIONS, SEVERITIES
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor
from core.registry import scored_on

_IMAGES = 1000  # the accuracy is then known to 2 points or better


def study(
    model: registry.Model, progress: Callable[[float], None], item: int | None = None
) -> dict[str, np.ndarray]:
    """Measure a model on some of its test images under every corruption and severity.

    Returns
    -------
    dict of str to ndarray
        ``right``: int32, shape (15, 5), images read correctly; rows are corruptions in the order
        of `CORRUPTIONS`, columns severities from 1. ``images``: int32, the number of images.

    Raises
    ------
    DigitLabError
        The test images are not on this machine, or are not those the model was scored on.
    """
    test = scored_on(model)
    places, predictor = sample(len(test.x)), [model.predictor()]
    x, y = test.x[places], test.y[places]
    right = np.zeros((len(CORRUPTIONS), len(SEVERITIES)), np.int32)
    for row, name in enumerate(CORRUPTIONS):
        for column, severity in enumerate(SEVERITIES):
            right[row, column] = right_answers(predictor, x, y, name, severity)[0]
            progress((row * len(SEVERITIES) + column + 1) / right.size)
    return {"right": right, "images": np.array(len(places), np.int32)}


def sample(n: int) -> np.ndarray:
    """Return the positions of the measured test images, evenly spread, int64 (m,).

    Parameters
    ----------
    n : int
        Images in the test set. Spread, because the first half of MNIST's is easier.
    """
    return np.linspace(0, n - 1, min(n, _IMAGES)).round().astype(np.int64)


def right_answers(
    predictors: Sequence[Predictor],
    images: np.ndarray,
    labels: np.ndarray,
    name: str,
    severity: int | None = None,
    seed: int = 0,
) -> list[int]:
    """Count the corrupted images that each model reads correctly; all read the same ones.

    Parameters
    ----------
    predictors : sequence of Predictor
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of int, shape (n,), values 0 to 9
    name, severity, seed
        As for `spoil`.
    """
    spoilt = as_floats(spoil(images, name, severity, seed))
    answers = [one.predict(spoilt).probabilities.argmax(axis=1) for one in predictors]
    return [int((answer == labels).sum()) for answer in answers]


def spoil(images: np.ndarray, name: str, severity: int | None = None, seed: int = 0) -> np.ndarray:
    """Corrupt images, deterministically.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    name : str
        A key of `CORRUPTIONS`.
    severity : {1, 2, 3, 4, 5}, optional
        Default: MNIST-C's.
    seed : int

    Returns
    -------
    ndarray of uint8, shape (n, 28, 28)
    """
    # One generator for each, so that a corruption's images do not depend on earlier ones.
    rng = np.random.default_rng([seed, list(CORRUPTIONS).index(name)])
    return CORRUPTIONS[name](images, rng, severity)
