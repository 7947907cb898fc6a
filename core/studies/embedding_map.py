"""The embedding map: which test images look alike to a model, laid out in the plane.

Each image's embedding, of 16 to a few thousand numbers, becomes a point, so that what lies close
in one lies close in the other (t-SNE). Distances between groups, and the axes, mean nothing.
Takes a minute or two for 10,000 images: a study (`core.studies.results`).

Source: van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html.
"""

import contextlib
import io
import re
from collections.abc import Callable

import numpy as np

from core import registry
from core.errors import DigitLabError
from core.reading.normalise import as_floats
from core.registry import scored_on

_COMPONENTS = 50  # t-SNE of more numbers is slower and shows the same
_PERPLEXITY = 30.0  # how many neighbours an image is kept close to
_ITERATIONS = 1000
_ANGLE = 0.5  # of Barnes and Hut's approximation
_FEWEST = 5  # images
_BATCH = 500  # images between two words on progress
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
    """Lay out vectors in the plane, the same way each time.

    Parameters
    ----------
    embeddings : ndarray of float, shape (n, d)
        At least 5.
    progress : callable
        Is told which share of the work is done, in [0, 1].
    iterations : int
        Of the descent; at least 250.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        Centred, and scaled so that the farthest coordinate is 1 or -1.

    Raises
    ------
    DigitLabError
        The vectors are all the same, or not finite.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    n, d = embeddings.shape
    vectors = embeddings.astype(np.float32)
    if not np.isfinite(vectors).all() or not np.ptp(vectors, axis=0).any():
        # t-SNE would divide by their spread, and take the process down.
        raise DigitLabError(
            "There is no map of this model: its embeddings are the same for every image, so it has "
            "not learned to tell them apart. Train it with a smaller learning rate."
        )
    if d == 1:
        vectors = np.pad(vectors, ((0, 0), (0, 1)))  # to have a plane to begin in
    if min(n, d) > _COMPONENTS:
        vectors = PCA(_COMPONENTS, random_state=0).fit_transform(vectors)
    tsne = TSNE(
        perplexity=min(_PERPLEXITY, (n - 1) / 4),
        max_iter=iterations,
        angle=_ANGLE,
        init="pca",
        random_state=0,
        verbose=2,
    )
    # scikit-learn tells how far it is in words only.
    with contextlib.redirect_stdout(_Listener(progress, iterations)):
        points = tsne.fit_transform(vectors)
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    progress(1.0)
    return points / max(float(np.abs(points).max()), 1e-9)


class _Listener(io.TextIOBase):
    """Swallows what t-SNE prints, and reports the share of iterations done."""

    _ITERATION = re.compile(r"Iteration (\d+)")

    def __init__(self, progress: Callable[[float], None], iterations: int) -> None:
        self._progress, self._iterations = progress, iterations

    def write(self, text: str) -> int:
        if found := self._ITERATION.search(text):
            done = int(found[1]) / self._iterations
            self._progress(_NEIGHBOURS + (1 - _NEIGHBOURS) * min(done, 1))
        return len(text)
