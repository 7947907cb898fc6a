"""The checkpoints of a run, by their names; `core.training.checkpoint` writes and loads them."""

import re
from pathlib import Path

FOLDER, SUFFIX = "checkpoint", ".weights.h5"
_NAME = re.compile(r"\w+-\d{4}\.weights\.h5")


def epochs_done(run: Path) -> int:
    """Return the number of epochs before the newest checkpoint; 0 without one."""
    found = numbered(run, "epoch")
    return number(found[-1]) if found else 0


def numbered(run: Path, kind: str) -> list[Path]:
    """Return the checkpoints of a kind, ``epoch`` or ``best``, the newest last."""
    found = (run / FOLDER).glob(f"{kind}-*{SUFFIX}")
    return sorted(path for path in found if _NAME.fullmatch(path.name))


def number(path: Path) -> int:
    """Return the epoch in a checkpoint's name."""
    return int(path.name.removesuffix(SUFFIX).rpartition("-")[2])
