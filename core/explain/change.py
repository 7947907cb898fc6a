"""The smallest change of an image that changes its answer: a few pixels that turn this 4 into a 9.

A greedy search that only queries the model, so it works for every model. In each round the pixels
near the ink are tried black or white, and those that help most are changed together. At the end all
unnecessary changes are undone. So every changed pixel of the result is needed, though a smaller
change may exist (a counterfactual explanation: Wachter, Mittelstadt and Russell 2017,
https://arxiv.org/abs/1711.00399).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]  # float32 (n, 28, 28) to probabilities (n, 10)

_INK, _PAPER = 0.5, 0.25  # a pixel below the first can be filled, one above the second emptied
_REACH = 2  # pixels from the ink in which new ink is tried: strokes grow, no specks appear
_AT_ONCE = 4  # the most pixels that a round changes
_PROMISING = 80  # pixels tried in the rounds between two that try all pixels
_LOOK_AT_ALL = 8  # rounds; the first of them tries all pixels
_LEAST = 1e-12  # probability, before its logarithm


@dataclass(frozen=True)
class Change:
    """A change of a few pixels that changes the answer.

    Attributes
    ----------
    image : float32 array, shape (28, 28), in [0, 1]
        The changed image.
    added, erased : bool array, shape (28, 28)
        The pixels that became white, and those that became black.
    digit : int
        The answer to the changed image.
    probabilities : float array, shape (10,)
        Of the changed image.
    steps : list of float32 array, shape (28, 28)
        From the original image to the changed one, with one more pixel in each.
    """

    image: np.ndarray
    added: np.ndarray
    erased: np.ndarray
    digit: int
    probabilities: np.ndarray
    steps: list[np.ndarray]

    @property
    def count(self) -> int:
        """Number of changed pixels."""
        return int(self.added.sum() + self.erased.sum())


def smallest_change(
    predict: Predict, image: np.ndarray, target: int | None = None, most: int = 60
) -> Change | None:
    """Find a change of few pixels after which a model gives another answer.

    Parameters
    ----------
    predict : callable
        Maps float32 images (n, 28, 28) to probabilities (n, 10).
    image : float32 array, shape (28, 28), in [0, 1]
    target : int, optional
        The answer to reach; default: any other than the present one.
    most : int
        The largest number of changed pixels.

    Returns
    -------
    Change or None
        ``None`` if no change that small was found. A change of no pixels if the target is the
        answer already.

    Examples
    --------
    >>> from core import registry
    >>> from core.data import load_test
    >>> model = registry.find("tiny").predictor()
    >>> test = load_test("sample")
    >>> image = test.x[0].astype(np.float32) / 255
    >>> change = smallest_change(lambda images: model.predict(images).probabilities, image)
    >>> change.digit == int(test.y[0]), change.count < 60
    (False, True)
    """
    image = np.asarray(image, np.float32)
    answer = int(predict(image[None])[0].argmax())

    def margins(images: np.ndarray) -> np.ndarray:
        return _margins(predict(images), answer, target)

    now = image.copy()
    margin = float(margins(now[None])[0])
    promising, rounds = np.empty((0, 2), int), 0
    if np.isnan(margin):
        return None
    while margin <= 0:
        room = min(_AT_ONCE, most - int((now != image).sum()))
        helpful = _helpful(margins, image, now, margin, promising)
        if not len(helpful):
            helpful, rounds = _helpful(margins, image, now, margin, _candidates(image, now)), 0
        if room <= 0 or not len(helpful):
            return None
        now, margin = _best_together(margins, image, now, helpful[:room])
        rounds += 1
        unchanged = (now == image)[tuple(helpful.T)]
        promising = helpful[unchanged][: _PROMISING if rounds < _LOOK_AT_ALL else 0]
    now = _without_the_needless(margins, image, now)
    probabilities = predict(now[None])[0]
    return Change(
        image=now,
        added=now > image,
        erased=now < image,
        digit=int(probabilities.argmax()),
        probabilities=probabilities,
        steps=_one_by_one(margins, image, now),
    )


def _margins(probabilities: np.ndarray, answer: int, target: int | None) -> np.ndarray:
    """Return the margin of each answer in nats: above 0 where the wanted answer is reached."""
    logs = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    wanted = np.arange(logs.shape[1]) == target if target is not None else None
    if wanted is None:
        wanted = np.arange(logs.shape[1]) != answer
    return logs[:, wanted].max(axis=1) - logs[:, ~wanted].max(axis=1)


def _helpful(
    margins: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    now: np.ndarray,
    margin: float,
    places: np.ndarray,
) -> np.ndarray:
    """Return the positions whose change alone helps, the most helpful first."""
    if not len(places):
        return places
    gains = margins(_each_changed(now, places, _other(image, places))) - margin
    return places[np.argsort(-gains, kind="stable")[: int((gains > 0).sum())]]


def _best_together(
    margins: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    now: np.ndarray,
    places: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Change the first of some pixels, and as many of the next as help further."""
    together = np.repeat(now[None], len(places), axis=0)  # (k, 28, 28)
    for count, (row, column) in enumerate(places):
        together[count:, row, column] = _other(image, places[count : count + 1])[0]
    reached = margins(together)
    turned = np.flatnonzero(reached > 0)
    # Pixels that help alone can hinder each other; the first of them helps for certain.
    best = int(turned[0]) if len(turned) else int(reached.argmax())
    return together[best], float(reached[best])


def _other(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the new values of pixels, float32 (k,): black where there is ink, else white."""
    return (image[tuple(places.T)] < _INK).astype(np.float32)


def _candidates(image: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return the positions that may be changed: rows and columns, int (k, 2)."""
    ink = now > _PAPER
    near = np.zeros_like(ink)
    padded = np.pad(ink, _REACH)  # (32, 32)
    side = len(ink)
    for row in range(2 * _REACH + 1):
        for column in range(2 * _REACH + 1):
            near |= padded[row : row + side, column : column + side]
    if not ink.any():
        near[:] = True
    fillable, emptiable = near & (image < _INK), image >= _INK
    return np.argwhere((fillable | emptiable) & (now == image))


def _each_changed(now: np.ndarray, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return a copy for each position, with that one pixel set to its value."""
    images = np.repeat(now[None], len(places), axis=0)  # (k, 28, 28)
    images[np.arange(len(places)), places[:, 0], places[:, 1]] = values
    return images


def _without_the_needless(
    margins: Callable[[np.ndarray], np.ndarray], image: np.ndarray, now: np.ndarray
) -> np.ndarray:
    """Restore pixels, the least needed first, until all remaining changes are needed."""
    while True:
        places = np.argwhere(now != image)
        if not len(places):
            return now
        left = margins(_each_changed(now, places, image[tuple(places.T)]))
        needless = places[np.argsort(-left, kind="stable")[: int((left > 0).sum())]]
        if not len(needless):
            return now
        # As many of them as can go together, instead of one after the other.
        fewer = np.repeat(now[None], len(needless), axis=0)  # (k, 28, 28)
        for count, (row, column) in enumerate(needless):
            fewer[count:, row, column] = image[row, column]
        now = fewer[int(np.flatnonzero(margins(fewer) > 0)[-1])]


def _one_by_one(
    margins: Callable[[np.ndarray], np.ndarray], image: np.ndarray, now: np.ndarray
) -> list[np.ndarray]:
    """Return the images from one to the other, changing the most helpful pixels first."""
    steps, places = [image], np.argwhere(now != image)
    if len(places):
        gains = margins(_each_changed(image, places, now[tuple(places.T)]))
        for which in np.argsort(-gains, kind="stable"):
            row, column = places[which]
            following = steps[-1].copy()
            following[row, column] = now[row, column]
            steps.append(following)
    return steps
