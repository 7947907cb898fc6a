"""Where things live on disk. Every other module asks here, so that a folder is named once.

``DIGIT_LAB_HOME`` moves what a person makes (runs, promoted models, own data sets) out of the
project folder; ``DIGIT_LAB_DATA`` is where data sets are looked for and kept. Both are read at
each call, so that tests and workers can set them, and a value that leads nowhere is a
`DigitLabError`.
"""

import os
from pathlib import Path

from core.errors import DigitLabError

PROJECT = Path(__file__).resolve().parent.parent
Version = tuple[int, int, int]  # see `version`
SHIPPED_MODELS = PROJECT / "models"


def home() -> Path:
    """Return the folder that holds runs, promoted models and own data sets."""
    return _from_environment("DIGIT_LAB_HOME") or PROJECT


def runs_folder() -> Path:
    """Return the folder with one sub-folder a training run."""
    return home() / "runs"


def models_folder() -> Path:
    """Return the folder that promoted models are written to."""
    return home() / "models"


def exports_folder() -> Path:
    """Return the folder in which the app keeps what it exported last, to be made again at will."""
    return home() / "exports"


def studies_folder() -> Path:
    """Return the folder in which the app keeps what it last found out about models."""
    return home() / "studies"


def corrections_folder() -> Path:
    """Return the folder with one file a digit that a person corrected."""
    return home() / "corrections"


def challenge_folder() -> Path:
    """Return the folder with what was drawn in the game."""
    return home() / "challenge"


def decisions_folder() -> Path:
    """Return the folder with what people decided about the labels of test sets."""
    return home() / "verdicts"  # the name under which people have theirs already


def recipes_folder() -> Path:
    """Return the folder with one file a recipe of one's own."""
    return home() / "recipes"


def data_folder() -> Path:
    """Return the folder where data sets are looked for, downloaded to and imported into."""
    return _from_environment("DIGIT_LAB_DATA") or home() / "data"


def changed_at(path: Path) -> int:
    """Return when a file was changed last, in nanoseconds; 0 where it is missing.

    Whoever reads it then says that it is missing.
    """
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def version(file: str | Path) -> Version:
    """Return what changes whenever a file is written or replaced, to keep what was read in it.

    A file that is replaced is another one, though both have the same size and came in the same
    tick of the disk's clock.

    Raises
    ------
    OSError
        The file is missing.
    """
    seen = os.stat(file)  # noqa: PTH116  A Path takes ten times as long to make.
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def as_environment() -> dict[str, str]:
    """Return the variables by which a process that starts in another folder finds these places."""
    # In full: relative names would mean other places there.
    return {"DIGIT_LAB_HOME": str(home()), "DIGIT_LAB_DATA": str(data_folder())}


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "").strip()
    try:
        return Path(value).expanduser().resolve() if value else None
    except RuntimeError as fault:  # The home of nobody, or of somebody unknown.
        raise DigitLabError(
            f"{name} is set to '{value}', which leads to no folder: set it to a folder's full path."
        ) from fault
