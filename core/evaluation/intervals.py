"""Confidence intervals of a share, such as an accuracy."""

import numpy as np

_Z = 1.959964  # of the normal distribution, for 95 %


def wilson(correct: np.ndarray | int, n: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % score interval of a share.

    Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Parameters
    ----------
    correct, n : int or ndarray of int
        Number of successes and of trials; ``n`` is at least 1.

    Returns
    -------
    low, high : float64 or ndarray of float64, in [0, 1]

    Examples
    --------
    >>> low, high = wilson(9_966, 10_000)
    >>> print(f"{low:.2%} to {high:.2%}")
    99.53% to 99.76%
    """
    share = np.divide(correct, n)
    middle = share + _Z**2 / (2 * n)
    reach = _Z * np.sqrt(share * (1 - share) / n + (_Z / (2 * n)) ** 2)
    low, high = ((middle + side * reach) / (1 + _Z**2 / n) for side in (-1, 1))
    # Rounding may lead slightly past 0 or 1, or leave a share of 0 or 1 just outside.
    return np.clip(low, 0, share), np.clip(high, share, 1)
