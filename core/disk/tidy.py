"""Room on the disk: of what the app can make again at will, only the newest is kept."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

MOST = 20  # exported or studied models: a few hundred megabytes of wide ones


def keep_newest(folder: Path, newest: Path, most: int = MOST) -> None:
    """Delete the oldest folders in a folder; files stay, and what cannot be deleted.

    Parameters
    ----------
    folder : Path
    newest : Path
        The folder in it that was just written to.
    most : int
        How many are kept, by the time when they were last written to.
    """
    with suppress(OSError):
        os.utime(newest)  # A folder's own time does not say when something within it was replaced.
        folders = [entry for entry in folder.iterdir() if entry.is_dir()]
        folders.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for oldest in folders[most:]:
            shutil.rmtree(oldest, ignore_errors=True)  # A link is left alone.
