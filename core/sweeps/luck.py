"""Luck: how far ahead the best of many tries would be if all were equally good, and honest tests.

Pure: figures and arrays in, findings out. The best of many is partly the luckiest: seeds alone make
results differ, and the more tries, the further ahead the luckiest of them. So the best is trained
again with seeds that did not choose it, and only these are tested.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.compare import LEVEL, mcnemar, p_formula
from core.wording import counted

_GRID = np.linspace(-10.0, 10.0, 20_001)  # standard deviations


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % interval, by Student's t.

    Attributes
    ----------
    n : int
    mean : float
    low, high : float or None
        ``None`` for a single value.
    """

    n: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Luck:
    """How much of a sweep's advantage is luck; shares in [0, 1].

    Attributes
    ----------
    tries : int
        Those that had a chance to be the best.
    ahead : float
        By how much the best is ahead of the starting point, on the validation images.
    deviation : float
        Standard deviation of the accuracy over seeds, on validation images.
    expected : float
        By how much the best would be ahead if all tries were as good as the starting point.
    """

    tries: int
    ahead: float
    deviation: float
    expected: float

    @property
    def words(self) -> str:
        """What it means, in a sentence."""
        ahead, by_luck = f"{100 * self.ahead:.2f}", f"{100 * self.expected:.2f}"
        return (
            f"On the validation images the best is {ahead} points ahead; about {by_luck} points "
            f"would be luck among {counted(self.tries, 'try')}."
        )


@dataclass(frozen=True)
class Tested:
    """The best settings beside the starting point on the test images; shares in [0, 1].

    Attributes
    ----------
    best, base : Mean
        Accuracies over the seeds.
    ahead : Mean
        Differences seed by seed, the best minus the starting point.
    only_best, only_base : int
        Images that most seeds of only the one read correctly.
    p_value : float
        Of McNemar's exact test on these.
    """

    best: Mean
    base: Mean
    ahead: Mean
    only_best: int
    only_base: int
    p_value: float

    @property
    def words(self) -> str:
        """What it means, in a sentence."""
        counts = (
            f"Most seeds of the best alone read {counted(self.only_best, 'test image')} correctly, "
            f"most of the starting point alone {self.only_base:,}"
        )
        if self.p_value >= LEVEL or self.only_best == self.only_base:
            return f"{counts}: the difference may well be chance ({p_formula(self.p_value)})."
        better = "best" if self.only_best > self.only_base else "starting point"
        return f"{counts}: the {better} is better ({p_formula(self.p_value)})."


def expected_maximum(n: int) -> float:
    """Return the expected largest of ``n`` independent standard normal values.

    Examples
    --------
    >>> round(expected_maximum(1), 6), round(expected_maximum(2), 4)  # 0 and 1 / sqrt(pi)
    (0.0, 0.5642)
    >>> round(expected_maximum(24), 2)
    1.95
    """
    from scipy.special import ndtr

    # The mean of a density n phi(x) Phi(x)^(n - 1): the trapezoidal rule is as good as exact here.
    density = n * np.exp(-(_GRID**2) / 2) / math.sqrt(2 * math.pi) * ndtr(_GRID) ** (n - 1)
    return float(np.sum(_GRID * density) * (_GRID[1] - _GRID[0]))


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean of at least one value, with its interval.

    Examples
    --------
    >>> found = mean_of([1.0, 2.0, 3.0])
    >>> found.mean, round(found.low, 3), round(found.high, 3)  # 2 +- 4.303 / sqrt(3)
    (2.0, -0.484, 4.484)
    """
    from scipy.special import stdtrit

    mean = float(np.mean(values))
    if len(values) < 2:
        return Mean(len(values), mean, None, None)
    reach = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / len(values) ** 0.5)
    return Mean(len(values), mean, mean - reach, mean + reach)


def deviation_of(groups: Sequence[Sequence[float]]) -> float | None:
    """Return the pooled standard deviation of several groups; ``None`` if each has one value."""
    freedom = sum(len(group) - 1 for group in groups)
    if freedom < 1:
        return None
    squares = sum(float(np.sum((np.asarray(group) - np.mean(group)) ** 2)) for group in groups)
    return math.sqrt(squares / freedom)


def luck(tries: int, ahead: float, deviation: float) -> Luck:
    """Return how much of an advantage is luck.

    Parameters
    ----------
    tries : int
        At least 1.
    ahead : float
        Of the best to the starting point, which is one of them.
    deviation : float
        Standard deviation over seeds.

    Examples
    --------
    >>> found = luck(24, 0.0042, 0.0015)
    >>> found.words.split("; ")[1]
    'about 0.29 points would be luck among 24 tries.'
    """
    return Luck(tries, ahead, deviation, deviation * expected_maximum(tries))


def compare(best: Sequence[np.ndarray], base: Sequence[np.ndarray]) -> Tested:
    """Compare the best settings with the starting point, each trained with the same seeds.

    Parameters
    ----------
    best, base : sequence of ndarray of bool, shape (n,)
        For each seed, which of the same n test images are read correctly; as many in both.
    """
    ours, theirs = ([float(right.mean()) for right in side] for side in (best, base))
    # An image counts for a side if more than half of its seeds read it: n images, n votes.
    most = [np.mean(side, axis=0) > 0.5 for side in (best, base)]
    only_best, only_base = (int((one & ~other).sum()) for one, other in (most, most[::-1]))
    return Tested(
        mean_of(ours),
        mean_of(theirs),
        mean_of([mine - its for mine, its in zip(ours, theirs, strict=True)]),
        only_best,
        only_base,
        mcnemar(only_best, only_base),
    )
