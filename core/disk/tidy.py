"""Disk space: keep only the newest of the files that the app can recreate, and no remains of kills.

`core.disk.atomic` writes under a temporary name; a writer that is killed leaves that file behind.
"""

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil

# A writer on another machine is not among the processes of this one, and one that sleeps with the
# machine may still wake up.
ABANDONED_S, ABANDONED_BY_THE_LIVING_S = 3600.0, 86400.0
# As `core.disk.atomic` names them, with the process: a file, and a folder.
_TEMPORARY = re.compile(r"\..*[.-](?P<process>[0-9]+)-[0-9]+(\..*)?")

MOST = 20  # exported or studied models: a few hundred megabytes if they are wide


def keep_newest(folder: Path, newest: Path, most: int = MOST) -> None:
    """Delete the oldest folders in a folder, but no files; what cannot be deleted stays.

    Parameters
    ----------
    folder : Path
    newest : Path
        The folder in it that was last written to.
    most : int
        Number of folders to keep, by the time when they were last written to.
    """
    with suppress(OSError):
        os.utime(newest)  # Replacing a file inside a folder need not change the folder's own time.
        folders = [entry for entry in folder.iterdir() if entry.is_dir()]
        folders.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for oldest in folders[most:]:
            shutil.rmtree(oldest, ignore_errors=True)  # Links are left alone.


def sweep(folder: Path, deep: bool = True) -> None:
    """Delete the temporary files and folders in a folder that nobody is still writing.

    Their process has ended and they have not changed for an hour; or for a day, since another
    process may have been given its number.

    Parameters
    ----------
    folder : Path
    deep : bool
        Whether to look through the folders in it as well; links are not followed.
    """
    for place, folders, files in os.walk(folder):
        for name in [name for name in (*folders, *files) if name.startswith(".")]:
            path = Path(place, name)
            if _is_abandoned(path):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    with suppress(OSError):
                        path.unlink()
        if not deep:
            return


def _is_abandoned(path: Path) -> bool:
    found = _TEMPORARY.fullmatch(path.name)
    if found is None:
        return False
    try:
        age = time.time() - path.lstat().st_mtime
        lives = psutil.pid_exists(int(found["process"]))
    except (OSError, OverflowError):
        return False
    return age > (ABANDONED_BY_THE_LIVING_S if lives else ABANDONED_S)
