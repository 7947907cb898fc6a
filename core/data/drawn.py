"""Drawn training digits: strokes of people, each drawn several times with other pens and hands."""

from collections.abc import Sequence

import numpy as np

from core.data import stroke_files
from core.data.generated import picture
from core.data.stroke_files import Strokes
from core.strokes.digits import fit, varied

_HELD_BACK = 8  # one writer in as many


def read(sources: list[str]) -> list[Strokes]:
    """Read the files of strokes that this machine has; those given by name may be missing.

    Raises
    ------
    DigitLabError
        One cannot be read, or is given by its path and missing.
    """
    files = [stroke_files.find(source) for source in sources]
    return [stroke_files.load(file) for file in files if file]


def split(strokes: Strokes, seed: int) -> tuple[Strokes, Strokes]:
    """Split a file by its writers: to train on, and one writer in eight to calibrate on.

    A file of a single writer has nobody to keep back.
    """
    writers = np.unique(strokes.writers)
    order = np.random.default_rng([seed, len(writers)]).permutation(writers)
    kept = order[: max(round(len(writers) / _HELD_BACK), 1)] if len(writers) > 1 else order[:0]
    back = np.isin(strokes.writers, kept)
    return strokes.of(np.flatnonzero(~back)), strokes.of(np.flatnonzero(back))


def draw_digits(files: Sequence[Strokes], n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of people's strokes, as many of each file, and bring them to MNIST's form.

    A file's drawings take turns. Each picture has its own pen, turn, slant, stretch and bend.

    Parameters
    ----------
    files : sequence of Strokes
        Those without a drawing are passed over.
    n : int
        Number of pictures in all.
    seed : int
        The same seed gives the same pictures.

    Returns
    -------
    images : uint8 array, shape (n, 28, 28); (0, 28, 28) if there are no drawings
    labels : uint8 array, shape (n,); (0,) if there are no drawings
    """
    files = [file for file in files if file.drawings]
    rng = np.random.default_rng([seed, n])
    images, labels = [np.empty((0, 28, 28), np.uint8)], [np.empty(0, np.uint8)]
    for at, file in enumerate(files):
        share = (n * (at + 1)) // len(files) - (n * at) // len(files)
        turns = -(-share // len(file.drawings))
        chosen = np.concatenate([rng.permutation(len(file.drawings)) for _ in range(turns)])[:share]
        pictures = [picture(fit(varied(file.drawings[k], rng)), rng) for k in chosen.tolist()]
        images.append(np.array(pictures))
        labels.append(file.labels[chosen])
    return np.concatenate(images), np.concatenate(labels)
