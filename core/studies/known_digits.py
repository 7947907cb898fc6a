"""Known digits: the training digits that a model finds most similar, by distance of embeddings.

The embeddings of all training digits are a study (`core.studies.results`). Until it is computed,
the digits of the offline sample serve, which are few enough to be embedded at once.
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
# Numbers kept per model: 60,000 digits with 256 each. Longer embeddings mean fewer digits.
_MOST_NUMBERS = 60_000 * 256


@dataclass(frozen=True, eq=False)
class Known:
    """Labelled digits, and a model's embeddings of them.

    Attributes
    ----------
    images : uint8 array, shape (n, 28, 28)
    labels : uint8 array, shape (n,), 0 to 9
    embeddings : float16 or float32 array, shape (n, d)
    is_what_it_learned_from : bool
        True for the model's own training digits, False for those of the offline sample.
    """

    images: np.ndarray
    labels: np.ndarray
    embeddings: np.ndarray
    is_what_it_learned_from: bool = False


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The known digits nearest to a given one, the nearest first.

    Attributes
    ----------
    places : int array, shape (k,)
        Positions in the arrays of `Known`.
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
        Number of digits to find; fewer if fewer are known.

    Returns
    -------
    Neighbours
    """
    one = embedding.astype(np.float32)
    # Differences, not a matrix product, which is inexact for long vectors that differ by little.
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
    """Return known digits: the model's training digits if their study is computed, else the sample.

    Parameters
    ----------
    model : registry.Model
    predictor : Predictor
        The loaded model.
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
    """Return whether a stored result fits this number of digits: it may come with a model."""
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
        ``places``: int32, shape (n,), rising positions in the training data; all of them, unless
        the embeddings are very long. ``embeddings``: float16, shape (n, d).

    Raises
    ------
    DigitLabError
        The training data is not on this machine, or differs from the model's.
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
    """Save the training digits so that the app can read eight of them without loading them all."""
    if _kept(data.digest) is not None:
        return  # Windows does not replace a file that the app has open.
    file = _file(data.digest)
    with keeping("The digits", file.parent), replacing(file) as temporary:
        np.save(temporary, np.concatenate([data.x_train.ravel(), data.y_train]))


def _kept(digest: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return training images and labels as memory maps, read from disk only when accessed."""
    try:
        content = np.asarray(np.lib.format.open_memmap(_file(digest), mode="r"))
    except (OSError, ValueError, EOFError, OverflowError):
        return None
    count, rest = divmod(content.size, 28 * 28 + 1)
    if rest or content.dtype != np.uint8 or content.ndim != 1:
        return None
    return content[: -count or None].reshape(-1, 28, 28), content[content.size - count :]
