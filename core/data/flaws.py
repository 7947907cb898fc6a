"""Flaws: data made worse on purpose, to show the effect on a training."""

import numpy as np

from core.architecture import CLASSES


def mislabel(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Make a share of labels wrong.

    Parameters
    ----------
    labels : int array, shape (n,), 0 to 9
        Not changed.
    share : float, in [0, 1]
        Share of wrong labels; each becomes one of the nine other digits, all equally likely.
    seed : int

    Returns
    -------
    int array, shape (n,)
        A copy.
    """
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(labels), round(share * len(labels)), replace=False)
    labels = labels.copy()
    labels[wrong] = (labels[wrong] + rng.integers(1, CLASSES, len(wrong))) % CLASSES
    return labels


def unbalance(labels: np.ndarray, ratio: float, seed: int) -> np.ndarray:
    """Choose images so that some digits become rare.

    The shares kept fall exponentially from 0 to 9, as in Cui et al. 2019 (class-balanced loss),
    https://arxiv.org/abs/1901.05555.

    Parameters
    ----------
    labels : int array, shape (n,), 0 to 9
    ratio : float, at least 1
        All zeros are kept, and one in ``ratio`` of the nines; of each digit at least one.
    seed : int

    Returns
    -------
    int array, shape (m,)
        The positions of the images to keep, in rising order.
    """
    rng = np.random.default_rng(seed)
    kept = []
    for digit in range(CLASSES):
        places = np.flatnonzero(labels == digit)
        count = max(round(len(places) * ratio ** (-digit / (CLASSES - 1))), min(1, len(places)))
        kept.append(rng.choice(places, count, replace=False))
    return np.sort(np.concatenate(kept))
