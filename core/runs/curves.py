"""The curves of a run: metrics that the worker writes line by line, readable while they grow.

A line of ``metrics.jsonl`` is one JSON object with a ``kind`` and the ``step`` it belongs to:

- "batch": ``loss``, ``accuracy`` over the batches since the last such line; ``learning_rate`` and
  ``gradient_norm`` of the last of them;
- "epoch": ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``, ``learning_rate``,
  ``seconds``, ``validation_images`` (how many), ``dead_units`` (share of the relu units that
  answer no image), and ``cpu_seconds`` and ``wall_seconds`` of the training so far;
- "rate": ``learning_rate``, which somebody requested after that step;
- "resume": training continues from that step, and records of later steps above this line are void.

Steps and epochs count from 1. A reader never sees half a line: it remembers how many bytes it has
read and leaves a partial last line for later.
"""

import io
import json
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Self

from core import paths
from core.figures import is_figure

# Enough for a smooth curve, and cheap to send to a browser once a second.
BATCH_LINES_PER_RUN = 400
_OUTLINE_POINTS, _OUTLINES_KEPT = 24, 1024

# When the loss is: a diverged network's.
_UNDEFINED_AT_TIMES = ("loss", "accuracy", "val_loss", "val_accuracy", "gradient_norm")

# A batch's accuracy is the difference of two means of Keras, in 32 bits: it may be 1.0000003.
_ROUNDING = 1e-4

Record = dict[str, Any]


def outline(path: Path) -> tuple[float, ...]:
    """Return the accuracy over a run in a few points, for a curve as small as a word.

    Parameters
    ----------
    path : Path
        Its ``metrics.jsonl``; without one there are no points.
    """
    try:
        return _outline_of(path, paths.version(path))
    except OSError:
        return ()


@lru_cache(maxsize=_OUTLINES_KEPT)
def _outline_of(path: Path, version: paths.Version) -> tuple[float, ...]:
    accuracies = [record["accuracy"] for record in Curves(path).refresh().batches]
    every = max(-(-len(accuracies) // _OUTLINE_POINTS), 1)
    return tuple(accuracies[::-every][::-1])


class MetricsWriter:
    """Appends whole lines to a metrics file and flushes each."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("a+b")
        # An earlier worker may have left a torn line, for example on a full disk. It is ended
        # first; otherwise the next record would be lost with it.
        if self._file.tell():
            self._file.seek(-1, io.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def append(self, record: Record) -> None:
        """Write one record as one line, in a single call to the operating system."""
        self._file.write(json.dumps(record, allow_nan=True).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file; later calls of `append` fail."""
        self._file.close()


@dataclass
class Growing:
    """A file of JSON lines that another process is still writing.

    Attributes
    ----------
    path : Path
        It need not exist yet.
    """

    path: Path
    _offset: int = field(default=0, kw_only=True)

    def refresh(self) -> Self:
        """Read the complete lines added since the last call; returns itself."""
        try:
            paths.version(self.path)  # else it is not a file, and could be read for ever
            with self.path.open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except OSError:
            return self
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            # A damaged line costs one point of a curve, never the page.
            with suppress(ValueError, KeyError, TypeError, OverflowError, RecursionError):
                self._take(json.loads(line))
        return self

    def _take(self, record: Record) -> None:
        raise NotImplementedError


@dataclass
class Curves(Growing):
    """The metrics of one run so far; `refresh` reads what was added.

    Attributes
    ----------
    path : Path
        The run's ``metrics.jsonl``.
    batches, epochs, rates : list of dict
        Records in order, as the module's docstring describes them, without void ones.
    """

    batches: list[Record] = field(default_factory=list)
    epochs: list[Record] = field(default_factory=list)
    rates: list[Record] = field(default_factory=list)

    def forget_after(self, step: int) -> None:
        """Drop the records after a step."""
        for records in (self.batches, self.epochs, self.rates):
            records[:] = [record for record in records if record["step"] <= step]

    def _take(self, record: Record) -> None:
        kind, step = record["kind"], record["step"]
        if not is_figure(step) or type(step) is not int:
            raise ValueError("not a step")
        if kind == "resume":
            self.forget_after(step)
            return
        target, needed = {
            "batch": (self.batches, ("loss", "accuracy")),
            "epoch": (self.epochs, ("epoch", "loss", "accuracy")),
            "rate": (self.rates, ("learning_rate",)),
        }[kind]
        shown = {"kind": kind} | dict(_shown(record))
        if not all(name in shown for name in needed):
            raise ValueError("a figure is missing")
        target.append(shown)


def _shown(record: Record) -> Iterator[tuple[str, float]]:
    """Yield the figures that can be shown; what was not a number when measured stays undefined."""
    for name, figure in record.items():
        if type(figure) not in (int, float):
            continue
        if name in _UNDEFINED_AT_TIMES:
            share = name in ("accuracy", "val_accuracy")
            near = min(max(figure, 0), 1) if share and is_figure(figure) else figure
            known = is_figure(figure) and abs(figure - near) <= _ROUNDING
            yield name, near if known else math.nan
        elif is_figure(figure):
            yield name, figure
