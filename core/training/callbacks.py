"""What watches a Keras training: records its curves, reports progress, obeys a stop.

Imports Keras: only the worker gets here.
"""

import time
from collections import deque
from pathlib import Path
from typing import Any

import keras

from core.training import store
from core.training.curves import BATCH_LINES_PER_RUN, MetricsWriter
from core.training.reporter import Reporter

_SPEED_WINDOW_S = 10.0


class Recorder(keras.callbacks.Callback):
    """Writes ``metrics.jsonl`` and the progress in ``status.json``.

    Keras hands a callback the running mean since the epoch began; the recorder takes that apart
    again, so that a batch line holds the mean over just the batches since the line before.
    """

    def __init__(
        self, metrics: MetricsWriter, report: Reporter, batch_size: int, total_steps: int
    ) -> None:
        super().__init__()
        self._metrics = metrics
        self._report = report
        self._batch_size = batch_size
        self._every = max(total_steps // BATCH_LINES_PER_RUN, 1)
        self._total_steps = total_steps
        self.step = 0
        self.epochs: list[dict[str, Any]] = []
        self._recent: deque[tuple[float, int]] = deque()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self.step == 0:  # A second stage goes on where the first ended.
            self._report(phase="training", started=time.time(), total_steps=self._total_steps)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch_began = time.perf_counter()
        self._in_epoch = self._written = 0
        self._sums = {"loss": 0.0, "accuracy": 0.0}

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.step += 1
        self._in_epoch += 1
        # The first line of a run comes at once: somebody is waiting for it.
        if self.step == 1 or self.step % self._every == 0:
            self._write_batch_line(logs or {})
        self._report_progress()

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self._report(phase="validating")

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        self._report(phase="training")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        record = {
            "kind": "epoch",
            "epoch": epoch + 1,
            "step": self.step,
            "seconds": time.perf_counter() - self._epoch_began,
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        self.epochs.append(record)
        self._metrics.append(record)
        if not self.model.stop_training:
            self._report(epoch=epoch + 1)

    def _write_batch_line(self, means: dict[str, float]) -> None:
        fresh = self._in_epoch - self._written
        record = {"kind": "batch", "step": self.step}
        for name in self._sums:
            total = float(means[name]) * self._in_epoch
            record[name] = (total - self._sums[name]) / fresh
            self._sums[name] = total
        self._written = self._in_epoch
        self._metrics.append(record)

    def _report_progress(self) -> None:
        now = time.perf_counter()
        self._recent.append((now, self.step))
        while now - self._recent[0][0] > _SPEED_WINDOW_S:
            self._recent.popleft()
        seconds = now - self._recent[0][0]
        speed = (self.step - self._recent[0][1]) / seconds if seconds > 0 else None
        self._report(
            step=self.step,
            images_per_second=speed and speed * self._batch_size,
            seconds_left=speed and (self._total_steps - self.step) / speed,
        )


class StopOnRequest(keras.callbacks.Callback):
    """Ends the training after the batch in which somebody asked for it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.stopped = False

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if store.stop_requested(self._folder):
            self.stopped = self.model.stop_training = True
