"""Results of studies: the questions that can be asked of a model, and the answers kept so far.

A study is a slow question about a model whose answer is named arrays; `core.studies.runner`
computes it. An answer is stored under the digest of the model's file and of the test images, so a
retrained model is studied again. Studies that take long come with the models that ship, in
``models/<name>/studies``.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from core import paths, registry
from core.disk import tidy
from core.disk.atomic import keeping, replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError

Progress = Callable[[float], None]  # called with the share of the work that is done, in [0, 1]
Arrays = dict[str, np.ndarray]

_MAX_BYTES = 400_000_000
_DIGEST = "model"  # the array that says which model and images a result belongs to


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Attributes
    ----------
    name : str
        Its name on the command line and in file names.
    title : str
        The subject of a sentence, as in "The map stopped".
    arrays : mapping of str to tuple
        The arrays of numbers that it returns: shapes by name, ``None`` for any length.
    version : int
        Increased when results of older code can no longer be used.
    of_one_image : bool
        Whether it concerns one test image, which must then be given.
    """

    name: str
    title: str
    arrays: Mapping[str, tuple[int | None, ...]] = field(hash=False)
    version: int = 1
    of_one_image: bool = False


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        Study(
            "known",
            "The search among the training digits",
            {"places": (None,), "embeddings": (None, None)},
        ),
        Study("map", "The map", {"points": (None, 2)}),
        Study(
            "robustness",
            "The robustness test",
            {"right": (15, 5), "images": ()},
        ),
        Study(
            "gradients",
            "The gradient maps",
            {"maps": (None, 28, 28)},
            of_one_image=True,
        ),
    )
}


def digest_of(model: registry.Model) -> str:
    """Return the key of a model's results: a digest of its file and its test images.

    Raises
    ------
    DigitLabError
        The model was removed meanwhile, or has no card.
    """
    file = model.onnx
    try:
        return _digest(file, file.stat().st_mtime_ns, model.card.data.test_digest)
    except OSError as fault:
        raise DigitLabError(
            f"The file of '{model.name}' no longer exists: choose another model."
        ) from fault


@lru_cache(maxsize=64)
def _digest(file: Path, changed: int, test_digest: str) -> str:
    found = hashlib.sha256(file.read_bytes())
    found.update(test_digest.encode())
    return found.hexdigest()


def read(model: registry.Model, study: Study, item: int | None = None) -> Arrays | None:
    """Return a stored result, or ``None``.

    Parameters
    ----------
    model : registry.Model
    study : Study
    item : int, optional
        Position of the study's test image, if it concerns one.
    """
    for place in (file(model, study, item), model.folder / "studies" / _name(study, item)):
        if not place.is_file():
            continue
        try:
            found = read_arrays(place, (*study.arrays, _DIGEST), _MAX_BYTES)
        except DigitLabError:
            continue  # A damaged file is computed again.
        if _is_of(found.pop(_DIGEST, None), model, study) and _are_whole(found, study):
            return found
    return None


def changed_at(model: registry.Model, study: Study, item: int | None = None) -> int:
    """Return when a result was last written, for caches; 0 if there is only a shipped one."""
    return paths.changed_at(file(model, study, item))


def keep(found: Arrays, model: registry.Model, study: Study, item: int | None = None) -> None:
    """Store a result, and remove all but the latest results.

    Raises
    ------
    DigitLabError
        It cannot be written.
    """
    place = file(model, study, item)
    with keeping("The result", place.parent), replacing(place) as temporary:
        np.savez_compressed(
            temporary, allow_pickle=False, **found, **{_DIGEST: _mark(model, study)}
        )
    tidy.keep_newest(paths.studies_folder(), place.parent)


def _name(study: Study, item: int | None) -> str:
    return f"{study.name}.npz" if item is None else f"{study.name}-{item}.npz"


def file(model: registry.Model, study: Study, item: int | None) -> Path:
    """Return the file of a result once it is computed."""
    return paths.studies_folder() / digest_of(model)[:16] / _name(study, item)


def _mark(model: registry.Model, study: Study) -> np.ndarray:
    """Return the numbers that identify results of this model and version."""
    digest = bytes.fromhex(digest_of(model)[:32])
    return np.frombuffer(digest + study.version.to_bytes(2), np.uint8)


def _are_whole(found: Arrays, study: Study) -> bool:
    """Return whether all arrays are there, in the shapes that the pages rely on."""
    return found.keys() == study.arrays.keys() and all(
        found[name].ndim == len(shape)
        and all(n in (None, m) for n, m in zip(shape, found[name].shape, strict=True))
        for name, shape in study.arrays.items()
    )


def _is_of(mark: np.ndarray | None, model: registry.Model, study: Study) -> bool:
    return mark is not None and np.array_equal(mark, _mark(model, study))
