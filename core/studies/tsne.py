"""t-SNE by scikit-learn, with reports of its progress.

scikit-learn has no public way to get them. Some of its estimators accept callbacks since 1.9
(`sklearn.callback`), but `TSNE` does not. Its verbose output is the only source. Only this module
reads it, and a test of the pinned version fails when it changes, or a public way appears.

Source: van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html.
"""

import contextlib
import io
from collections.abc import Callable

import numpy as np

_PERPLEXITY = 30.0  # effective number of neighbours that a point is kept close to
_ANGLE = 0.5  # of the Barnes-Hut approximation
_EVERY_50 = "[t-SNE] Iteration "  # start of the line that is printed every 50 iterations


def in_the_plane(
    vectors: np.ndarray, iterations: int, progress: Callable[[int], None]
) -> np.ndarray:
    """Lay out vectors in the plane, deterministically.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        n is at least 5, d at least 2; finite and not all equal.
    iterations : int
        Steps of the gradient descent; at least 250.
    progress : callable
        Called with the number of iterations done, every 50.

    Returns
    -------
    ndarray of float32, shape (n, 2)
    """
    from sklearn.manifold import TSNE

    tsne = TSNE(
        perplexity=min(_PERPLEXITY, (len(vectors) - 1) / 4),
        max_iter=iterations,
        angle=_ANGLE,
        init="pca",
        random_state=0,
        verbose=2,
    )
    with contextlib.redirect_stdout(_Listener(progress)):
        return tsne.fit_transform(vectors)


class _Listener(io.TextIOBase):
    """Discards what t-SNE prints, and passes on the number of iterations."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress

    def write(self, text: str) -> int:
        if text.startswith(_EVERY_50):
            self._progress(int(text.removeprefix(_EVERY_50).partition(":")[0]))
        return len(text)
