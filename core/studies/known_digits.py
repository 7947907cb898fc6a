"""The training digits that a model finds most alike: neighbours by the distance of embeddings.

All training digits are a study (`core.studies.results`), of which the embeddings are kept; until
it is worked out, the offline sample's digits serve, which are few enough to be embedded at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import paths, registry
from core.data import Dataset, load, sample
from core.disk.atomic import keeping, replacing
from core.errors import DigitLabError
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor
from core.studies import results

_BATCH = 1000
# Numbers kept of a model: those of 60,000 digits with 256 each. Of longer embeddings, fewer digits.
_MOST_NUMBERS = 60_000 * 256


@dataclass(frozen=True, eq=False)
class Known:
    """Digits whose label is known, and what a model makes of them.

    Attributes
    ----------
    images : uint8 array, shape (n, 28, 28)
    labels : uint8 array, shape (n,), 0 to 9
    embeddings : float16 or float32 array, shape (n, d)
    is_what_it_learned_from : bool
        These are the digits that the model was trained on, not those of the offline sample.
    """

    images: np.ndarray
    labels: np.ndarray
    embeddings: np.ndarray
    is_what_it_learned_from: bool = False


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The known digits that are nearest to one, the nearest first.

    Attributes
    ----------
    places : int array, shape (k,)
        In the arrays of `Known`.
    distances : float32 array, shape (k,)
        Euclidean, between embeddings.
    """

    places: np.ndarray
    distances: np.ndarray


def nearest(known: Known, embedding: np.ndarray, k: int = 8) -> Neighbours:
    """Find the known digits with the nearest embeddings, exactly.

    Parameters
    ----------
    known : Known
    embedding : float array, shape (d,)
    k : int
        How many; at most as many as are known.

    Returns
    -------
    Neighbours
    """
    one = embedding.astype(np.float32)
    # Differences, not a matrix product: that of long vectors which differ by little is inexact.
    distances = np.concatenate(
        [
            np.linalg.norm(known.embeddings[start : start + _BATCH] - one, axis=1)
            for start in range(0, len(known.embeddings), _BATCH)
        ]
    )
    few = min(k, len(distances))
    likely = np.flatnonzero(distances <= np.partition(distances, few - 1)[few - 1])
    first = likely[np.lexsort((likely, distances[likely]))[:few]]
    return Neighbours(first, distances[first])


def known_digits(model: registry.Model, predictor: Predictor) -> Known:
    """Return digits with their embeddings: those the model learned from, where that is worked out.

    Parameters
    ----------
    model : registry.Model
    predictor : Predictor
        The model, loaded.
    """
    studied = digits = learned_from = None
    try:
        learned_from = model.card.data.digest
        studied, digits = results.read(model, results.STUDIES["known"]), _kept(learned_from)
        if studied is not None and digits is None:  # somebody removed them, or they are damaged
            _keep(_learned_from(model))
            digits = _kept(learned_from)
    except DigitLabError:
        pass  # A bare file has no card, and so no studies; or the digits are not here.
    if studied is None or digits is None or not _belong(studied, len(digits[1])):
        few = sample.load()
        embeddings = _embeddings(predictor, few.x_train)
        return Known(few.x_train, few.y_train, embeddings, few.digest == learned_from)
    (images, labels), places = digits, studied["places"]
    images = images if len(places) == len(images) else images[places]
    return Known(images, labels[places], studied["embeddings"], True)


def _belong(studied: results.Arrays, digits: int) -> bool:
    """Return whether a kept result speaks of so many digits: it may come with a model."""
    places = studied["places"]
    return (
        len(places) == len(studied["embeddings"]) > 0
        and places.dtype.kind == "i"
        and places[0] >= 0
        and places[-1] < digits
        and bool((np.diff(places) > 0).all())
    )


def study(
    model: registry.Model, progress: Callable[[float], None], item: int | None = None
) -> dict[str, np.ndarray]:
    """Embed the digits that a model was trained on.

    Returns
    -------
    dict of str to ndarray
        ``places``: int32, shape (n,), in the training data, rising; all of them, unless the
        embeddings are very long. ``embeddings``: float16, shape (n, d).

    Raises
    ------
    DigitLabError
        The training data is not on this machine, or is not what the model learned from.
    """
    data = _learned_from(model)
    images, predictor = data.x_train, model.predictor()
    length = predictor.predict(as_floats(images[:1])).embedding.shape[1]
    most = max(_MOST_NUMBERS // length, 1)
    places = np.arange(0, len(images), -(-len(images) // most))
    embeddings = _embeddings(predictor, images[places], progress)
    _keep(data)
    return {"places": places.astype(np.int32), "embeddings": embeddings.astype(np.float16)}


def _embeddings(
    predictor: Predictor, images: np.ndarray, progress: Callable[[float], None] = lambda share: None
) -> np.ndarray:
    parts = []
    for start in range(0, len(images), _BATCH):
        parts.append(predictor.predict(as_floats(images[start : start + _BATCH])).embedding)
        progress(min(start + _BATCH, len(images)) / len(images))
    return np.concatenate(parts)


def _learned_from(model: registry.Model) -> Dataset:
    facts = model.card.data
    found = load(facts.source)
    if found.digest != facts.digest:
        raise DigitLabError(
            f"The digits of '{facts.source}' are not those that the model was trained on: put back "
            "the file that it was trained with."
        )
    return found


def _file(digest: str) -> Path:
    return paths.studies_folder() / f"digits-{digest[:16]}.npy"


def _keep(data: Dataset) -> None:
    """Keep the training digits where the app finds eight of them without loading them all."""
    if _kept(data.digest) is not None:
        return  # Windows does not replace a file that the app has open.
    file = _file(data.digest)
    with keeping("The digits", file.parent), replacing(file) as temporary:
        np.save(temporary, np.concatenate([data.x_train.ravel(), data.y_train]))


def _kept(digest: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return training images and labels that stay on disk until they are looked at."""
    try:
        content = np.asarray(np.lib.format.open_memmap(_file(digest), mode="r"))
    except (OSError, ValueError, EOFError, OverflowError):
        return None
    count, rest = divmod(content.size, 28 * 28 + 1)
    if rest or content.dtype != np.uint8 or content.ndim != 1:
        return None
    return content[: -count or None].reshape(-1, 28, 28), content[content.size - count :]
