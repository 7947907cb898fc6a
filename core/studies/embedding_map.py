"""The embedding map: test images in the plane, close together if the model finds them similar.

t-SNE (`core.studies.tsne`) turns each image's embedding, 16 to a few thousand numbers, into a
point, so that neighbours in one are neighbours in the other. Distances between groups, and the
axes, mean nothing. Takes a minute or two for 10,000 images: a study (`core.studies.results`).
"""

from collections.abc import Callable

import numpy as np

from core import registry
from core.errors import DigitLabError
from core.reading.normalise import as_floats
from core.registry import scored_on
from core.studies import tsne

_COMPONENTS = 50  # t-SNE of more numbers is slower and looks the same
_ITERATIONS = 1000
_FEWEST = 5  # images
_BATCH = 500  # images between two progress reports
_READING = 0.05  # shares of the work, for progress
_NEIGHBOURS = 0.1


def study(
    model: registry.Model, progress: Callable[[float], None], item: int | None = None
) -> dict[str, np.ndarray]:
    """Lay out the test images of a model.

    Returns
    -------
    dict of str to ndarray
        ``points``: float16, shape (n, 2), as `layout` makes them.

    Raises
    ------
    DigitLabError
        The test images are not on this machine, are not those the model was scored on, or are
        fewer than five.
    """
    test = scored_on(model)
    if len(test.x) < _FEWEST:
        raise DigitLabError(
            f"A map needs at least {_FEWEST} test images and '{model.name}' has {len(test.x)}: "
            "train it on more digits."
        )
    predictor = model.predictor()
    parts = []
    for start in range(0, len(test.x), _BATCH):
        images = as_floats(test.x[start : start + _BATCH])
        parts.append(predictor.predict(images).embedding)
        progress(_READING * start / len(test.x))
    points = layout(
        np.concatenate(parts), lambda share: progress(_READING + (1 - _READING) * share)
    )
    return {"points": points.astype(np.float16)}


def layout(
    embeddings: np.ndarray, progress: Callable[[float], None], iterations: int = _ITERATIONS
) -> np.ndarray:
    """Lay out vectors in the plane, deterministically.

    Parameters
    ----------
    embeddings : ndarray of float, shape (n, d)
        n is at least 5.
    progress : callable
        Called with the share of the work that is done, in [0, 1].
    iterations : int
        Steps of the gradient descent; at least 250.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        Centred, and scaled so that the largest coordinate is 1 or -1.

    Raises
    ------
    DigitLabError
        The vectors are all equal, or not finite.
    """
    from sklearn.decomposition import PCA

    n, d = embeddings.shape
    vectors = embeddings.astype(np.float32)
    if not np.isfinite(vectors).all() or not np.ptp(vectors, axis=0).any():
        # t-SNE would divide by their spread and crash the process.
        raise DigitLabError(
            "There is no map of this model: its embeddings are the same for every image, so it has "
            "not learned to tell them apart. Train it with a smaller learning rate."
        )
    if d == 1:
        vectors = np.pad(vectors, ((0, 0), (0, 1)))  # (n, 2): the layout starts in a plane
    if min(n, d) > _COMPONENTS:
        vectors = PCA(_COMPONENTS, random_state=0).fit_transform(vectors)

    def iterated(done: int) -> None:
        progress(_NEIGHBOURS + (1 - _NEIGHBOURS) * min(done / iterations, 1))

    points = tsne.in_the_plane(vectors, iterations, iterated)  # (n, 2)
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    progress(1.0)
    return points / max(float(np.abs(points).max()), 1e-9)
