"""Confidence intervals of a share, such as an accuracy."""

import math

import numpy as np

_Z = 1.959964  # of the normal distribution, for 95 %


def wilson(correct: np.ndarray | float, n: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % score interval of a share.

    Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Parameters
    ----------
    correct, n : float or ndarray
        Number of successes and of trials; ``n`` is positive.

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


def by_writer(correct: np.ndarray, writers: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a share among new digits of new writers.

    What one person writes is alike, so that digits tell less than as many by as many people. The
    variance of the share between writers (Cochran 1977, Sampling Techniques, 6.3) gives the number
    of independent digits that would tell as much, and `wilson` their interval (Korn and Graubard
    1998, Survey Methodology 24, 193).

    Parameters
    ----------
    correct : bool array, shape (n,)
    writers : int array, shape (n,)
        Who wrote each digit.

    Returns
    -------
    low, high : float, in [0, 1]

    Examples
    --------
    >>> correct = np.repeat([True, True, True, False], 50)  # whoever can be read, always can
    >>> low, high = by_writer(correct, np.repeat([1, 2, 3, 4], 50))
    >>> print(f"{low:.0%} to {high:.0%}")
    26% to 96%
    """
    people, share = len(np.unique(writers)), float(np.mean(correct))
    n, variance = len(correct), _variance(correct, writers)
    # With every digit right the variance is unknown; a person counts as one digit then.
    alike = people if people == 1 or not variance else share * (1 - share) / variance
    telling = min(alike, n)
    low, high = wilson(share * telling, telling)
    return float(low), float(high)


def difference_by_writer(
    first: np.ndarray, second: np.ndarray, writers: np.ndarray
) -> tuple[float, float, float]:
    """Return how much more often one of two readers is right, among new digits of new writers.

    Paired: both read the same digits. The variance is that of `by_writer`, and the interval the
    normal one, which is rough for few writers.

    Parameters
    ----------
    first, second : bool array, shape (n,)
        Whether each read each digit right.
    writers : int array, shape (n,)
        Who wrote each digit; two people at least.

    Returns
    -------
    difference, low, high : float, in [-1, 1]
        Share of digits that ``first`` reads correctly less that of ``second``; its 95 % interval.

    Examples
    --------
    >>> writers = np.repeat([1, 2, 3, 4], 25)
    >>> first = np.ones(100, bool)
    >>> second = np.arange(100) % 25 > 0  # one digit of each person is misread
    >>> [round(value, 3) for value in difference_by_writer(first, second, writers)]
    [0.04, 0.04, 0.04]
    """
    apart = first.astype(float) - second.astype(float)
    reach = _Z * math.sqrt(_variance(apart, writers))
    difference = float(apart.mean())
    return difference, max(difference - reach, -1.0), min(difference + reach, 1.0)


def _variance(values: np.ndarray, writers: np.ndarray) -> float:
    """Return the variance of a mean over digits whose writers are a sample of all."""
    _, writer = np.unique(writers, return_inverse=True)
    digits = np.bincount(writer)  # (people,)
    people = len(digits)
    excess = np.bincount(writer, weights=values) - np.mean(values) * digits
    return people / max(people - 1, 1) * float(excess @ excess) / len(values) ** 2
