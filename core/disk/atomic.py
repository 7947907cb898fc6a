"""Files and folders that appear whole or not at all, and one sentence where they cannot.

Whatever another process may read while it is written goes through here: written beside its
place under a temporary name, then moved there in one step by the operating system.
"""

import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.errors import DigitLabError

# On Windows a file that somebody is just reading cannot be replaced, nor a folder moved with such a
# file in it; readers here are done in milliseconds.
_REPLACE_ATTEMPTS = 50
_REPLACE_PAUSE_S = 0.02
_LOCK_WAIT_S = 30  # the longest that is done under a lock is to write a large data set


def replace(source: Path, target: Path) -> None:
    """Move a file or a folder in one step, and try for a second where it is in use.

    Parameters
    ----------
    source : pathlib.Path
    target : pathlib.Path
        On the same disk. A file there is replaced; a folder with something in it is not.

    Raises
    ------
    OSError
        The operating system refuses.
    """
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_PAUSE_S)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder, and move it to ``path`` if the block succeeds.

    The temporary name keeps the suffixes, which Keras needs to choose a format. A block that
    raises leaves ``path`` as it was and no temporary file.
    """
    name, dot, suffixes = path.name.partition(".")
    temporary = path.with_name(f".{name}.{_writer()}{dot}{suffixes}")
    try:
        yield temporary
        replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, allow_nan=False), encoding="utf-8")


@contextmanager
def appearing(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Give a temporary folder beside ``folder``, and move it there if the block succeeds.

    A block that raises leaves no temporary folder; its name begins with ``prefix``.
    """
    arriving = folder.with_name(f"{prefix}{folder.name}-{_writer()}")
    try:
        arriving.mkdir(parents=True)
        yield arriving
        replace(arriving, folder)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one thread or process at a time into a block that looks, changes and writes.

    Parameters
    ----------
    path : pathlib.Path
        The lock's own file. It stays where it is, so it belongs in no folder that is moved or
        deleted.

    Raises
    ------
    OSError
        The file cannot be made, or another program has held it for half a minute.
    """
    try:
        held = FileLock(path, timeout=_LOCK_WAIT_S).acquire()
    except Timeout:
        raise TimeoutError(errno.ETIMEDOUT, "another program holds it", str(path)) from None
    with held:
        yield


@contextmanager
def keeping(
    what: str, folder: Path, setting: str = "DIGIT_LAB_HOME", *, make: bool = True
) -> Iterator[None]:
    """Make sure of the folder that a block writes to, and put into words if it cannot.

    Parameters
    ----------
    what : str
        What is written, as the beginning of a sentence.
    folder : pathlib.Path
    setting : str
        The environment variable that would name another folder.
    make : bool
        Whether to make the folder where it is not there.

    Raises
    ------
    DigitLabError
        The operating system refuses: the disk is full, or nobody may write there.
    """
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as fault:
        raise DigitLabError(
            f"{what} cannot be kept in '{folder}' ({fault.strerror or fault}): make room there, or "
            f"set {setting} to a folder that can be written, and try again."
        ) from fault


def _writer() -> str:
    """Tell two sessions of one app apart, which may write the same thing at once."""
    return f"{os.getpid()}-{threading.get_ident()}"
