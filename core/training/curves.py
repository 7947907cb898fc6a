"""Metrics of a run, written line by line by the worker and read while they grow.

A line of ``metrics.jsonl`` is one JSON object: ``kind`` "batch" (``step``, ``loss``, ``accuracy``
over the batches since the last such line) or "epoch" (``epoch``, ``step``, ``loss``, ``accuracy``,
``val_loss``, ``val_accuracy``, ``seconds``). Steps and epochs count from 1. A reader never sees
half a line: it remembers how many bytes it has used and leaves a partial last line for later.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

# Enough for a smooth curve, and cheap to send to a browser once a second.
BATCH_LINES_PER_RUN = 400

Record = dict[str, Any]


class MetricsWriter:
    """Appends whole lines to a metrics file and flushes each."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("ab")

    def append(self, record: Record) -> None:
        """Write one record as one line, in a single call to the operating system."""
        self._file.write(json.dumps(record, allow_nan=True).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file; later calls of `append` fail."""
        self._file.close()


@dataclass
class Curves:
    """The metrics of one run so far; `refresh` reads what has been added since.

    Attributes
    ----------
    path : Path
        The run's ``metrics.jsonl``; need not exist yet.
    batches, epochs : list of dict
        Records in order, as the module's docstring describes them.
    """

    path: Path
    batches: list[Record] = field(default_factory=list)
    epochs: list[Record] = field(default_factory=list)
    _offset: int = 0

    def refresh(self) -> "Curves":
        """Read the complete lines that were added since the last call; returns itself."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except FileNotFoundError:
            return self
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            self._take(line)
        return self

    def _take(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            target = {"batch": self.batches, "epoch": self.epochs}[record["kind"]]
            float(record["loss"]), float(record["accuracy"]), int(record["step"])
        except (ValueError, KeyError, TypeError):
            return  # A damaged line costs one point of a curve, never the page.
        target.append(record)
