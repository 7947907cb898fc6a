"""Paths: where each kind of file is on disk. All other modules ask here, so each is named once.

``DIGIT_LAB_HOME`` moves what people make (runs, promoted models, their own data sets) out of the
project folder. ``DIGIT_LAB_DATA`` is the folder where data sets are searched for and kept. Both are
read at each call, so that tests and workers can set them. A value that leads nowhere is a
`DigitLabError`.
"""

import errno
import os
import stat
from pathlib import Path

from core.errors import DigitLabError

PROJECT = Path(__file__).resolve().parent.parent
Version = tuple[int, int, int]  # see `version`
SHIPPED_MODELS = PROJECT / "models"


def home() -> Path:
    """Return the folder that holds runs, promoted models and the user's own data sets."""
    return _from_environment("DIGIT_LAB_HOME") or PROJECT


def runs_folder() -> Path:
    """Return the folder with one sub-folder for each training run."""
    return home() / "runs"


def models_folder() -> Path:
    """Return the folder that promoted models are written to."""
    return home() / "models"


def exports_folder() -> Path:
    """Return the folder of the app's latest exports, which it can make again at any time."""
    return home() / "exports"


def studies_folder() -> Path:
    """Return the folder of the app's latest findings about models."""
    return home() / "studies"


def sweeps_folder() -> Path:
    """Return the folder with one sub-folder for each sweep."""
    return home() / "sweeps"


def cluster_folder() -> Path:
    """Return the folder of what this machine has of the cluster: its database, certificates."""
    return home() / "cluster"


def uploads_folder() -> Path:
    """Return the folder of files that people have uploaded, while they are looked at."""
    return home() / "uploads"


def corrections_folder() -> Path:
    """Return the folder with one file for each digit that a person corrected."""
    return home() / "corrections"


def challenge_folder() -> Path:
    """Return the folder with the digits drawn in the game."""
    return home() / "challenge"


def decisions_folder() -> Path:
    """Return the folder of people's decisions about the labels of test sets."""
    return home() / "verdicts"  # an older name, kept for the decisions that people have there


def recipes_folder() -> Path:
    """Return the folder with one file for each of the user's own recipes."""
    return home() / "recipes"


def spaces_folder() -> Path:
    """Return the folder with one file for each search space that was saved."""
    return home() / "spaces"


def data_folder() -> Path:
    """Return the folder where data sets are searched for, downloaded to and imported into."""
    return _from_environment("DIGIT_LAB_DATA") or home() / "data"


def own_data_folder() -> Path:
    """Return the folder of the data sets that people imported."""
    return data_folder() / "own"


def changed_at(path: Path) -> int:
    """Return when a file was last changed, in nanoseconds; 0 if it is missing.

    The code that then reads the file reports that it is missing.
    """
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def version(file: str | Path) -> Version:
    """Return a value that changes whenever a file is written or replaced, as a key for caches.

    A replaced file differs even if both have the same size and were written in the same tick of
    the disk's clock.

    Raises
    ------
    OSError
        The file is missing, or is none: a folder, a device or a pipe, which could be read for ever.
    """
    seen = os.stat(file)  # noqa: PTH116  A Path takes ten times as long to make.
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(errno.EINVAL, "It is not a file", str(file))
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def as_environment() -> dict[str, str]:
    """Return the variables by which a process started in another folder finds these places."""
    # Absolute: relative paths would mean other places there.
    return {"DIGIT_LAB_HOME": str(home()), "DIGIT_LAB_DATA": str(data_folder())}


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "").strip()
    try:
        return Path(value).expanduser().resolve() if value else None
    except RuntimeError as fault:  # "~" without a home folder, or of an unknown user.
        raise DigitLabError(
            f"{name} is set to '{value}', which is not a folder: set it to a folder's full path."
        ) from fault
