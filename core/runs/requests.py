"""Requests to a run that waits or trains, as small files in its folder.

::

    stop     its presence asks the worker to stop; "best" in it: with the weights of the best epoch,
             "halt": without a model, so that the run can be resumed at its last complete epoch
    prune    its presence asks a worker that trains to end after its epoch, without a model
    pause    its presence asks the worker to wait; removing it lets the worker continue
    rate     JSON number: the learning rate (the peak of a schedule) from the next batch on
    front    JSON number, the time of the request: goes before the other waiting runs

Anyone may write them (`core.runs.control` does), repeatedly and from two pages at once. The worker
checks after every batch. So a request outlives the page and the app that made it.
"""

import json
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from core.disk.atomic import as_json, read_record, write_record
from core.figures import is_figure

STOP, PRUNE, PAUSE, RATE, FRONT = "stop", "prune", "pause", "rate", "front"
BEST, HALT = "best", "halt"


class Requests(BaseModel):
    """All that is asked of a run that trains, to be carried to another folder of it.

    Attributes
    ----------
    stop : {"", "best", "halt"}, optional
        With the weights as they are, those of the best epoch, or no model; ``None`` if nobody asks.
    prune, pause : bool
    rate : float or None
        The learning rate from now on.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    stop: Literal["", "best", "halt"] | None = None
    prune: bool = False
    pause: bool = False
    rate: float | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return what is asked of the run in a folder."""
        stop: Literal["", "best", "halt"] | None = None
        if stop_requested(folder):
            stop = "best" if best_requested(folder) else "halt" if halt_requested(folder) else ""
        return cls(
            stop=stop,
            prune=prune_requested(folder),
            pause=pause_requested(folder),
            rate=requested_rate(folder),
        )

    def leave(self, folder: Path) -> None:
        """Leave the requests in a folder, and take away those that are there and not among them.

        Raises
        ------
        OSError, DigitLabError
            The folder cannot be written.
        """
        wanted = {
            STOP: self.stop,
            PRUNE: "" if self.prune else None,
            PAUSE: "" if self.pause else None,
            RATE: None if self.rate is None else as_json(self.rate),
        }
        for name, content in wanted.items():
            if content is None:
                (folder / name).unlink(missing_ok=True)
            elif not _says(folder / name, content):
                write_record(folder / name, content, "The request", make=False)


def stop_requested(folder: Path) -> bool:
    """Return whether somebody has asked the run in this folder to stop."""
    return (folder / STOP).exists()


def best_requested(folder: Path) -> bool:
    """Return whether the stop should return to the best epoch."""
    return _says(folder / STOP, BEST)


def halt_requested(folder: Path) -> bool:
    """Return whether the run in this folder is to stop without a model, to be resumed later."""
    return _says(folder / STOP, HALT)


def prune_requested(folder: Path) -> bool:
    """Return whether the run in this folder is to end early, as others of its sweep are better."""
    return (folder / PRUNE).exists()


def pause_requested(folder: Path) -> bool:
    """Return whether somebody has asked the run in this folder to wait."""
    return (folder / PAUSE).exists()


def requested_rate(folder: Path) -> float | None:
    """Return the requested learning rate; ``None`` for the configuration's."""
    return _number(folder / RATE)


def place_in_line(folder: Path) -> tuple[float, str]:
    """Return the sort key of a waiting run: brought to the front last, else created first."""
    return -(_number(folder / FRONT) or 0.0), folder.name


def is_in_front(folder: Path) -> bool:
    """Return whether somebody has asked that the run goes before the others that wait."""
    return (folder / FRONT).exists()


def clear(folder: Path) -> None:
    """Withdraw the requests to a run's earlier worker, before a new one continues the run."""
    for name in (STOP, PRUNE, PAUSE):
        (folder / name).unlink(missing_ok=True)


def _says(path: Path, word: str) -> bool:
    try:
        return read_record(path) == word.encode()
    except OSError:
        return False


def _number(path: Path) -> float | None:
    try:
        value = json.loads(read_record(path))
    except (OSError, ValueError, RecursionError):  # damaged, as if nobody had asked
        return None
    return float(value) if is_figure(value) else None
