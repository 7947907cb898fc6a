"""What people have asked of a run while it waits or trains, as small files in its folder.

::

    stop     its presence asks the worker to stop; "best" in it: with the weights of the best epoch
    pause    its presence asks the worker to wait; taking it away lets the worker go on
    rate     JSON number: the learning rate (the peak of a schedule) from the next batch on
    front    JSON number, when it was asked: goes before the other runs that wait

Anyone may write them (`core.runs.control` does), twice and from two pages at once; the worker
looks after every batch. So a request outlives the page and the app that made it.
"""

import json
import math
from pathlib import Path

STOP, PAUSE, RATE, FRONT = "stop", "pause", "rate", "front"
BEST = "best"


def stop_requested(folder: Path) -> bool:
    """Return whether somebody has asked the run in this folder to stop."""
    return (folder / STOP).exists()


def best_requested(folder: Path) -> bool:
    """Return whether the stop is to go back to the best epoch."""
    try:
        return (folder / STOP).read_text(encoding="utf-8") == BEST
    except OSError:
        return False


def pause_requested(folder: Path) -> bool:
    """Return whether somebody has asked the run in this folder to wait."""
    return (folder / PAUSE).exists()


def requested_rate(folder: Path) -> float | None:
    """Return the learning rate that somebody has asked for; ``None`` for the configuration's."""
    return _number(folder / RATE)


def place_in_line(folder: Path) -> tuple[float, str]:
    """Return what waiting runs are sorted by: brought to the front last, else created first."""
    return -(_number(folder / FRONT) or 0.0), folder.name


def clear(folder: Path) -> None:
    """Take back what was asked of a run's former worker, before a new one goes on with it."""
    for name in (STOP, PAUSE):
        (folder / name).unlink(missing_ok=True)


def _number(path: Path) -> float | None:
    try:
        value = float(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return value if math.isfinite(value) else None
