"""What takes longer than a click: worked out once by a process beside the app, and kept.

A study is a function of a model, in a module of its own, that returns named arrays. Its result is
kept under the digest of the model's file and of the test images, so that a model that is trained
anew is studied anew, and beside a model that ships (``models/<name>/studies``) the results that
would let people wait. ``python -m core study MODEL NAME`` works one out.
"""

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from core import paths, registry
from core.background import Jobs, State, command_line
from core.data import TestSet, load_test
from core.disk import tidy
from core.disk.atomic import keeping, replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError

Report = Callable[[float], None]  # is told which share of the work is done, in [0, 1]
Arrays = dict[str, np.ndarray]

_MAX_BYTES = 400_000_000
_DIGEST = "model"  # the array that says which model and images a result is of


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Attributes
    ----------
    name : str
        On the command line and of its file.
    title : str
        What is done, as in "The map stopped".
    makes : str
        "module:function" of ``make(model, report, item) -> dict of arrays``, imported only where
        the work is done.
    arrays : mapping of str to tuple
        The arrays of numbers that it returns: shapes by name, ``None`` for any length.
    version : int
        Raised where results of older code no longer serve.
    of_one_image : bool
        Whether it is of one test image, and has to be told which.
    """

    name: str
    title: str
    makes: str
    arrays: Mapping[str, tuple[int | None, ...]] = field(hash=False)
    version: int = 1
    of_one_image: bool = False


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        Study(
            "known",
            "The search among the training digits",
            "core.studies.known_digits:study",
            {"places": (None,), "embeddings": (None, None)},
        ),
        Study("map", "The map", "core.studies.embedding_map:study", {"points": (None, 2)}),
        Study(
            "robustness",
            "The robustness test",
            "core.studies.robustness:study",
            {"right": (15, 5), "images": ()},
        ),
        Study(
            "gradients",
            "The gradient maps",
            "core.studies.gradients:study",
            {"maps": (None, 28, 28)},
            of_one_image=True,
        ),
    )
}


def digest_of(model: registry.Model) -> str:
    """Return what a result is kept under: a digest of the model's file and its test images.

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
            f"The file of '{model.name}' is not there any more: choose another model."
        ) from fault


@lru_cache(maxsize=64)
def _digest(file: Path, changed: int, test_digest: str) -> str:
    found = hashlib.sha256(file.read_bytes())
    found.update(test_digest.encode())
    return found.hexdigest()


def scored_on(model: registry.Model) -> TestSet:
    """Return the images and labels that a model's card speaks of.

    Raises
    ------
    DigitLabError
        They are not on this machine, or others are in their place.
    """
    facts = model.card.data
    found = load_test(facts.source)
    if found.digest != facts.test_digest:
        raise DigitLabError(
            f"The test images of '{facts.source}' are not those that '{model.name}' was scored on:"
            " put the file back that it was trained with."
        )
    return found


def kept(model: registry.Model, study: Study, item: int | None = None) -> Arrays | None:
    """Return a result that was worked out before, or ``None``.

    Parameters
    ----------
    model : registry.Model
    study : Study
    item : int, optional
        Place of the test image that the study is of, where it is of one.
    """
    for file in (_file(model, study, item), model.folder / "studies" / _name(study, item)):
        if not file.is_file():
            continue
        try:
            found = read_arrays(file, (*study.arrays, _DIGEST), _MAX_BYTES)
        except DigitLabError:
            continue  # A damaged file is made anew.
        if _is_of(found.pop(_DIGEST, None), model, study) and _are_whole(found, study):
            return found
    return None


def changed(model: registry.Model, study: Study, item: int | None = None) -> int:
    """Return when a result was written last, for caches; 0 where it is only the shipped one."""
    return paths.changed(_file(model, study, item))


def work_out(
    model: registry.Model, study: Study, report: Report, item: int | None = None
) -> Arrays:
    """Work a study out and keep its result; runs in a process of its own.

    Raises
    ------
    DigitLabError
        What the study needs is not on this machine, or the result cannot be kept.
    """
    module, function = study.makes.split(":")
    found = getattr(importlib.import_module(module), function)(model, report, item)
    file = _file(model, study, item)
    with keeping("The result", file.parent), replacing(file) as temporary:
        np.savez_compressed(temporary, **found, **{_DIGEST: _mark(model, study)})
    tidy.keep_newest(paths.studies_folder(), file.parent)
    return found


class Studies:
    """Studies for the app: started by a click, found again later.

    Parameters
    ----------
    jobs : Jobs
        Where they wait for their turn.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def start(self, model: registry.Model, study: Study, item: int | None = None) -> None:
        """Begin a study, or begin it again; does nothing while it is under way."""
        progress = _progress_file(model, study, item)
        arguments = ["study", str(model.folder), study.name, "--progress", str(progress)]
        arguments += [] if item is None else ["--item", str(item)]

        def work() -> None:
            try:
                command_line(arguments, study.title)
            finally:
                progress.unlink(missing_ok=True)

        self._jobs.start(_file(model, study, item), work, study.title)

    def state(self, model: registry.Model, study: Study, item: int | None = None) -> State:
        """Return how far a study is; where it is over its result can be asked of `kept`."""
        return self._jobs.state(_file(model, study, item))

    def progress(self, model: registry.Model, study: Study, item: int | None = None) -> float:
        """Return the share of the work that is done, in [0, 1]; 0 while it waits or begins."""
        try:
            share = float(_progress_file(model, study, item).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0.0
        return share if 0 <= share <= 1 else 0.0

    def seconds(self, model: registry.Model, study: Study, item: int | None = None) -> float:
        """Return how long a study has been under way."""
        return self._jobs.seconds(_file(model, study, item))

    def error(self, model: registry.Model, study: Study, item: int | None = None) -> str:
        """Return what went wrong, in a sentence; empty unless the state is ``"failed"``."""
        return self._jobs.error(_file(model, study, item))


def _name(study: Study, item: int | None) -> str:
    return f"{study.name}.npz" if item is None else f"{study.name}-{item}.npz"


def _file(model: registry.Model, study: Study, item: int | None) -> Path:
    return paths.studies_folder() / digest_of(model)[:16] / _name(study, item)


def _progress_file(model: registry.Model, study: Study, item: int | None) -> Path:
    return _file(model, study, item).with_suffix(".progress")


def _mark(model: registry.Model, study: Study) -> np.ndarray:
    """Return what tells a result of this model and version from another, as numbers."""
    digest = bytes.fromhex(digest_of(model)[:32])
    return np.frombuffer(digest + study.version.to_bytes(2), np.uint8)


def _are_whole(found: Arrays, study: Study) -> bool:
    """Return whether all arrays are there, in the shapes that the pages take for granted."""
    return found.keys() == study.arrays.keys() and all(
        found[name].ndim == len(shape)
        and all(n in (None, m) for n, m in zip(shape, found[name].shape, strict=True))
        for name, shape in study.arrays.items()
    )


def _is_of(mark: np.ndarray | None, model: registry.Model, study: Study) -> bool:
    return mark is not None and np.array_equal(mark, _mark(model, study))
