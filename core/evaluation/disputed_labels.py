"""Disputed labels: fifteen of MNIST's test set that fewer than three of five people agreed with.

No label is changed here: a model that reads image 947 as a 9 is wrong by MNIST's label. The votes
are shown beside it, and accuracies are given with and without the fifteen.

Source: Northcutt, Athalye and Mueller 2021, https://arxiv.org/abs/2103.14749, whose votes are
published as "label-errors".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson

# SHA-256 of MNIST's test images and labels, as `core.data.dataset.TestSet.digest`.
MNIST_TEST = "18489308deedfe2f7bd3a11e599a597126f161d991b1ffcffb71642aa76f7f62"
_MNIST_TEST_IMAGES = 10_000


@dataclass(frozen=True)
class Votes:
    """The votes of five people on one image.

    Attributes
    ----------
    given : int
        Its label, 0 to 9.
    for_given, for_other, for_neither : int
        Number of votes that the label is right, that it is the other digit, and that it is neither
        of the two (or both).
    other : int
        The digit proposed instead of the label, 0 to 9.
    """

    given: int
    for_given: int
    for_other: int
    for_neither: int
    other: int

    def in_words(self) -> str:
        """Return the votes as a sentence."""
        return f"Of five people {', '.join(self.parts())}."

    def parts(self) -> list[str]:
        """Return the votes in parts: "2 say 5", "3 say 6"."""
        return [
            f"{count} {'says' if count == 1 else 'say'} {what}"
            for count, what in (
                (self.for_given, self.given),
                (self.for_other, self.other),
                (self.for_neither, "neither"),
            )
            if count
        ]


# By position in the test set.
DISPUTED: Mapping[int, Votes] = {
    947: Votes(8, 0, 5, 0, 9),
    1621: Votes(0, 2, 3, 0, 6),
    1901: Votes(9, 2, 3, 0, 4),
    2130: Votes(4, 2, 2, 1, 9),
    2462: Votes(2, 0, 4, 1, 0),
    2597: Votes(5, 0, 4, 1, 3),
    2654: Votes(6, 0, 2, 3, 1),
    3520: Votes(6, 2, 0, 3, 4),
    3558: Votes(5, 1, 4, 0, 0),
    5937: Votes(5, 1, 3, 1, 3),
    6651: Votes(0, 0, 5, 0, 6),
    6783: Votes(1, 2, 3, 0, 6),
    8527: Votes(4, 2, 2, 1, 9),
    9679: Votes(6, 2, 0, 3, 3),
    9729: Votes(5, 2, 3, 0, 6),
}


def of(test_digest: str, index: int) -> Votes | None:
    """Return the votes on an image, or ``None`` where its label is undisputed or unknown.

    Parameters
    ----------
    test_digest : str
        Of the image's test set; only MNIST's own was voted on.
    index : int
        Position of the image in that set, from 0.
    """
    return DISPUTED.get(index) if test_digest == MNIST_TEST else None


@dataclass(frozen=True)
class Share:
    """A number of images, and how many of them are read correctly."""

    right: int
    n: int

    @property
    def accuracy(self) -> float:
        """Return the share, in [0, 1]."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % Wilson interval of the accuracy."""
        low, high = wilson(self.right, self.n)
        return float(low), float(high)


def accuracies(test_digest: str, right: np.ndarray) -> tuple[Share, Share] | None:
    """Return the accuracy on all images, and without the fifteen.

    Parameters
    ----------
    test_digest : str
        Of the test set.
    right : ndarray of bool, shape (10000,)
        Which of its images are read correctly, by the unchanged labels.

    Returns
    -------
    tuple of Share, or None
        ``None`` for any set other than MNIST's own.
    """
    if test_digest != MNIST_TEST or len(right) != _MNIST_TEST_IMAGES:
        return None
    rest = np.delete(right, list(DISPUTED))
    return Share(int(right.sum()), len(right)), Share(int(rest.sum()), len(rest))
