"""Carried pictures: test images in a model's folder, to look at where the test set is missing.

``pictures.npz`` holds ``indices (k,)``, rising positions in the test set, and as many ``images``,
uint8 (k, 28, 28). They are every misread image (of a very bad model the surest of each confusion),
a few of each digit that are read correctly, and those whose labels are disputed. The worker writes
the file at the end of a run. A model is whole without it.
"""

from pathlib import Path

import numpy as np

from core.disk.atomic import replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.evaluation.disputed_labels import DISPUTED, MNIST_TEST
from core.runs import contract

MOST_MISREAD, RIGHT_OF_EACH_DIGIT = 1000, 24
_MOST = MOST_MISREAD + 10 * RIGHT_OF_EACH_DIGIT + len(DISPUTED)
_MOST_BYTES = 2**20 + _MOST * (28 * 28 + 8)


def choose(labels: np.ndarray, probabilities: np.ndarray, test_digest: str) -> np.ndarray:
    """Choose the test images to carry.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
    probabilities : ndarray of float32, shape (n, 10)
        The model's answers.
    test_digest : str
        Of the test set.

    Returns
    -------
    ndarray of int32, shape (k,)
        Rising positions in the test set.
    """
    given = probabilities.argmax(axis=1)
    order = np.argsort(-probabilities.max(axis=1), kind="stable")  # the surest first
    cells = 10 * labels[order].astype(int) + given[order]
    wrong, chosen = [], []
    for cell in np.unique(cells):
        members = order[cells == cell]
        if cell % 11:  # the label and the answer differ
            wrong.append(members)
        else:  # from the surest to the least sure
            n = min(len(members), RIGHT_OF_EACH_DIGIT)
            chosen.append(members[np.linspace(0, len(members) - 1, n).round().astype(int)])
    if wrong:
        # The first of every confusion before the second of any, should there be too many.
        ranks = np.argsort(np.concatenate([np.arange(len(one)) for one in wrong]), kind="stable")
        chosen.append(np.concatenate(wrong)[ranks[:MOST_MISREAD]])
    if test_digest == MNIST_TEST:
        chosen.append(np.array(list(DISPUTED)))
    return np.unique(np.concatenate(chosen)).astype(np.int32)


def write(folder: Path, images: np.ndarray, indices: np.ndarray) -> None:
    """Write the chosen ones of all test images, uint8 (n, 28, 28), into a model's folder."""
    with replacing(folder / contract.PICTURES) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, indices=indices, images=images[indices])


def read(folder: Path, n: int) -> dict[int, np.ndarray]:
    """Read the pictures in the folder of a model that has ``n`` test images.

    Returns
    -------
    dict of int to uint8 array, shape (28, 28)
        By position in the test set, read-only; empty if the model carries none.

    Raises
    ------
    DigitLabError
        The file is damaged, or does not fit the model.
    """
    path = folder / contract.PICTURES
    if not path.is_file():
        return {}
    found = read_arrays(path, ("indices", "images"), _MOST_BYTES)
    indices, images = found.get("indices"), found.get("images")
    if (
        indices is None
        or images is None
        or indices.dtype.kind not in "iu"
        or images.dtype != np.uint8
        or indices.ndim != 1
        or not len(indices) <= _MOST
        or images.shape != (len(indices), 28, 28)
        or not (np.diff(indices.astype(np.int64)) > 0).all()
        or (len(indices) and not 0 <= indices[0] <= indices[-1] < n)
    ):
        raise DigitLabError(f"{path.name} does not hold pictures of this model's test images.")
    images.flags.writeable = False
    return dict(zip(indices.tolist(), images, strict=True))
