"""t-SNE by scikit-learn, with word of how far it is.

scikit-learn has no public way to ask that: of the callbacks that some of its estimators take since
1.9 (`sklearn.callback`), `TSNE` takes none. What it prints when it is verbose is all there is. Only
this module reads it, and a test of the pinned version says when it changes, or a way appears.

Source: van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html.
"""

import contextlib
import io
from collections.abc import Callable

import numpy as np

_PERPLEXITY = 30.0  # how many neighbours a point is kept close to
_ANGLE = 0.5  # of Barnes and Hut's approximation
_EVERY_50 = "[t-SNE] Iteration "  # what a line begins with that is printed every 50 iterations


def in_the_plane(
    vectors: np.ndarray, iterations: int, progress: Callable[[int], None]
) -> np.ndarray:
    """Lay out vectors in the plane, the same way each time.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        At least 5, finite and not all the same, of at least 2 numbers each.
    iterations : int
        Of the descent; at least 250.
    progress : callable
        Is told the number of iterations done, every 50.

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
    """Swallows what t-SNE prints, and passes on the number of iterations."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress

    def write(self, text: str) -> int:
        if text.startswith(_EVERY_50):
            self._progress(int(text.removeprefix(_EVERY_50).partition(":")[0]))
        return len(text)
