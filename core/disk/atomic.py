"""Atomic writes: files and folders that appear whole or not at all, and a sentence if they cannot.

Every file that another process may read goes through here. It is written beside its place under a
temporary name, flushed to the disk, and moved into place by the operating system in one step.
`write_record` does all of that for a small file.
"""

import errno
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.disk import refusals
from core.errors import DigitLabError

# On Windows a file that is being read cannot be replaced, and a folder that contains one cannot be
# moved. Readers here are done in milliseconds.
_REPLACE_ATTEMPTS = 50
_REPLACE_PAUSE_S = 0.02
_LOCK_LOOK_S = 0.01  # most changes take less
_LOCK_WAIT_S = 30  # the longest work under a lock is to write a large data set


class OccupiedError(Exception):
    """A folder cannot be moved to its place, since another one is there already."""


def replace(source: Path, target: Path) -> None:
    """Move a file or a folder in one step; retry for a second while it is in use.

    Parameters
    ----------
    source : pathlib.Path
    target : pathlib.Path
        On the same disk. A file there is replaced; a folder that is not empty is not.

    Raises
    ------
    OccupiedError
        The target is a folder that is not empty.
    OSError
        The operating system refuses for another reason.
    """
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            os.replace(source, target)
            return
        except OSError as fault:
            # Each system has its own word for it; Windows says that permission is missing.
            if source.is_dir() and target.is_dir():
                raise OccupiedError(f"'{target}' already exists") from fault
            if not isinstance(fault, PermissionError) or attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_PAUSE_S)


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path in the same folder, and move it to ``path`` if the block succeeds.

    The temporary name keeps the suffixes, by which Keras chooses a format. A block that raises
    leaves ``path`` as it was and no temporary file.

    Parameters
    ----------
    path : pathlib.Path
    durable : bool
        Whether the file survives a power cut, too. A file that is written every second, or can be
        made again, need not.
    """
    name, dot, suffixes = path.name.partition(".")
    temporary = path.with_name(f".{name}.{_writer()}{dot}{suffixes}")
    try:
        yield temporary
        if durable:
            _flush(temporary)
        replace(temporary, path)
        if durable:
            _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_record(
    path: Path,
    content: str | bytes,
    what: str,
    *,
    setting: str = "DIGIT_LAB_HOME",
    make: bool = True,
    durable: bool = True,
    private: bool = False,
) -> None:
    """Write a small file, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    content : str or bytes
        Text is written as UTF-8; see `as_json`.
    what : str
        What is written, as the start of a sentence.
    setting, make
        As in `keeping`.
    durable : bool
        As in `replacing`.
    private : bool
        Whether nobody else on this machine may read it.

    Raises
    ------
    DigitLabError
        It cannot be written: the disk is full, or permission is missing.
    """
    with (
        keeping(what, path.parent, setting, make=make),
        replacing(path, durable=durable) as temporary,
    ):
        if private:
            temporary.touch(mode=0o600, exist_ok=False)  # before anything is in it
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def read_record(path: Path, most_bytes: int = 100_000) -> bytes:
    """Return the content of a small file.

    Raises
    ------
    OSError
        It is missing or too large, or it is not a file: a pipe would be waited for.
    """
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, "It is too large", str(path))
    return content


def as_json(value: Any) -> str:
    """Return a value as JSON on several lines; raises ValueError for NaN and infinity."""
    return json.dumps(value, indent=1, allow_nan=False)


@contextmanager
def appearing(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Yield a temporary folder beside ``folder``, and move it there if the block succeeds.

    A block that raises leaves no temporary folder; its name begins with ``prefix``. The content
    survives a power cut, too. Raises `OccupiedError` if ``folder`` appeared meanwhile.
    """
    arriving = folder.with_name(f"{prefix}{folder.name}-{_writer()}")
    try:
        make_folder(folder.parent)
        arriving.mkdir()
        yield arriving
        for entry in (arriving, *arriving.rglob("*")):
            if entry.is_dir():
                _flush_folder(entry)
            else:
                _flush(entry)
        replace(arriving, folder)
        _flush_folder(folder.parent)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing; they survive a power cut."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(missing):
        _flush_folder(one.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Admit one thread or process at a time to a block that reads, changes and writes.

    Parameters
    ----------
    path : pathlib.Path
        The lock's own file. It is never removed, so it must not be in a folder that is moved or
        deleted.

    Raises
    ------
    OSError
        The file cannot be created, or another program has held it for half a minute.
    """
    try:
        held = FileLock(path, timeout=_LOCK_WAIT_S).acquire(poll_interval=_LOCK_LOOK_S)
    except Timeout:
        raise TimeoutError(errno.ETIMEDOUT, "another program holds it", str(path)) from None
    with held:
        yield


def check_can_write(what: str, folder: Path, setting: str) -> None:
    """Refuse a folder that cannot be written before anything is downloaded for it.

    Parameters
    ----------
    what, folder, setting
        As for `keeping`.

    Raises
    ------
    DigitLabError
        It cannot be made or written.
    """
    with keeping(what, folder, setting), tempfile.TemporaryFile(dir=folder):
        pass


@contextmanager
def keeping(
    what: str, folder: Path, setting: str = "DIGIT_LAB_HOME", *, make: bool = True
) -> Iterator[None]:
    """Ensure that a block's folder exists, and explain in a sentence if the block cannot write.

    Parameters
    ----------
    what : str
        What is written, as the start of a sentence.
    folder : pathlib.Path
    setting : str
        The environment variable that names another folder.
    make : bool
        Whether to create a missing folder.

    Raises
    ------
    DigitLabError
        The operating system refuses: the disk is full, or permission is missing. It says what
        helps, see `core.disk.refusals`.
    """
    try:
        if make:
            make_folder(folder)
        yield
    except OSError as fault:
        raise DigitLabError(
            f"{what} cannot be kept in '{folder}' ({refusals.reason(fault)}): "
            f"{refusals.advice(fault, f'set {setting} to another folder')}."
        ) from fault


def _flush(file: Path) -> None:
    # A name can reach the disk before its content does: after a power cut the file would be empty.
    descriptor = os.open(file, os.O_RDWR)  # Windows flushes only writable files.
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open folders.
    # Some network disks refuse; the old content is then whole all the same.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _writer() -> str:
    """Return a name for this session of the app: two may write the same file at once."""
    return f"{os.getpid()}-{threading.get_ident()}"
