"""Disk space: keep only the newest of the files that the app can recreate."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

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
