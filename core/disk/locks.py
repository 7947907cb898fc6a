"""Locks of the operating system on files, and a refusal of folders where there are none.

Some network drives accept no locks, others accept every one. There nobody could tell whether a
run's worker lives, and two would train the same run. `filelock` then writes a marker instead, which
outlives a crash and which readers of runs do not see.
"""

import os
from pathlib import Path

from filelock import lock_descriptor, unlock_descriptor

from core.errors import DigitLabError

_PROBE = ".probe.lock"  # never removed: two processes may look at once


def check(folder: Path) -> None:
    """Refuse a folder in which a lock on a file keeps nobody out.

    Raises
    ------
    DigitLabError
        Locks do not work there.
    OSError
        The folder cannot be written.
    """
    if not _work(folder):
        raise DigitLabError(
            f"Files in '{folder}' cannot be locked, as on some network drives, so two trainings "
            "could overwrite each other: set DIGIT_LAB_HOME to a folder on a disk of this machine."
        )


def is_held(file: Path) -> bool:
    """Return whether somebody holds the lock on a file, which is not created.

    Raises
    ------
    OSError
        Locks do not work there.
    """
    try:
        descriptor = os.open(file, os.O_RDWR)
    except OSError:
        return False  # Nobody has locked it yet, or its folder is being removed.
    try:
        if lock_descriptor(descriptor, blocking=False):
            unlock_descriptor(descriptor)
            return False
        return True
    finally:
        os.close(descriptor)


def _work(folder: Path) -> bool:
    holder, other = (os.open(folder / _PROBE, os.O_RDWR | os.O_CREAT) for _ in range(2))
    try:
        # A lock that somebody else holds just now is as good a proof as one's own.
        return not lock_descriptor(holder, blocking=False) or not lock_descriptor(
            other, blocking=False
        )
    except OSError:
        return False
    finally:
        os.close(other)
        os.close(holder)
