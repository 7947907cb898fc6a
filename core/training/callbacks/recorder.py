"""The recorder: writes the curves and the progress of a training."""

import time

import psutil

from core.bare_keras import keras
from core.config import TrainConfig
from core.runs.curves import BATCH_LINES_PER_RUN, Curves, MetricsWriter
from core.training.callbacks.clock import Clock
from core.training.reporter import Reporter

_SETTLED = 5  # batches until a training has its usual speed: the first ones wait for TensorFlow
_COMPILING_S = 0.5  # approximate time that TensorFlow takes to prepare a network for validation
_MEASURE_EVERY_S = 1.0


class Recorder(keras.callbacks.Callback):
    """Writes ``metrics.jsonl`` and the progress in ``status.json``.

    Keras passes a callback the running mean since the start of the epoch. The recorder undoes that,
    so that a batch line holds the mean over only the batches since the line before.

    Attributes
    ----------
    step : int
        Batches so far.
    epochs, rates : list of dict
        Records of complete epochs, and of requested learning rates, including those of an earlier
        worker.
    """

    def __init__(
        self,
        metrics: MetricsWriter,
        report: Reporter,
        clock: Clock,
        config: TrainConfig,
        steps_per_epoch: int,
        validation_images: int,
        past: Curves,
    ) -> None:
        super().__init__()
        self._metrics, self._report, self._clock = metrics, report, clock
        self._batch_size, self._total_epochs = config.batch_size, config.epochs
        self._steps_per_epoch, self._total_steps = steps_per_epoch, steps_per_epoch * config.epochs
        self._every = max(self._total_steps // BATCH_LINES_PER_RUN, 1)
        self.epochs, self.rates = list(past.epochs), list(past.rates)
        self.step = self._first = self.epochs[-1]["step"] if self.epochs else 0
        self._validation_images = validation_images
        self._validation_batches = validation_images / config.batch_size
        self._validation_s: float | None = None
        self._settled_at: tuple[float, int] | None = None
        self._process, self._measured = psutil.Process(), 0.0

    def tell_past(self) -> None:
        """Report what earlier workers have done: nothing else does if no epoch is left."""
        self._report(
            epoch=self.step // self._steps_per_epoch,
            step=self.step,
            total_steps=self._total_steps,
            started=time.time() - self._clock.wall_s,
        )

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self.step == self._first:  # A second stage continues where the first ended.
            self._report(phase="training", started=time.time() - self._clock.wall_s)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch_began = time.perf_counter()
        self._in_epoch = self._written = 0
        self._sums = {"loss": 0.0, "accuracy": 0.0}

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.step += 1
        self._in_epoch += 1
        # The first line of a run comes at once, because somebody is waiting for it.
        if self.step == 1 or self.step % self._every == 0:
            self._write_batch_line(logs or {})
        self._report_progress()

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self._validation_began = time.perf_counter()
        self._report(phase="validating")

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        self._validation_s = time.perf_counter() - self._validation_began
        self._report(phase="training")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        record = {
            "kind": "epoch",
            "epoch": epoch + 1,
            "step": self.step,
            "seconds": time.perf_counter() - self._epoch_began,
            "cpu_seconds": self._clock.cpu_s,
            "wall_seconds": self._clock.wall_s,
            "learning_rate": float(self.model.optimizer.last_rate.numpy()),
            "validation_images": self._validation_images,
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        self.epochs.append(record)
        self._metrics.append(record)
        self._report(epoch=self.step // self._steps_per_epoch)  # Interrupted epochs do not count.

    def took_rate(self, rate: float) -> None:
        """Record that the learning rate was changed after this step."""
        record = {"kind": "rate", "step": self.step, "learning_rate": rate}
        self.rates.append(record)
        self._metrics.append(record)

    def _write_batch_line(self, means: dict[str, float]) -> None:
        fresh = self._in_epoch - self._written
        record = {"kind": "batch", "step": self.step}
        for name in self._sums:
            total = float(means[name]) * self._in_epoch
            record[name] = (total - self._sums[name]) / fresh
            self._sums[name] = total
        optimizer = self.model.optimizer
        record["learning_rate"] = float(optimizer.last_rate.numpy())
        record["gradient_norm"] = float(optimizer.gradient_norm.numpy())
        self._written = self._in_epoch
        self._metrics.append(record)
        self._report(learning_rate=record["learning_rate"], gradient_norm=record["gradient_norm"])

    def _report_progress(self) -> None:
        """Report steps, speed and time left, from the pace of all batches since the start."""
        changes: dict[str, float] = {"step": self.step}
        now = self._clock.wall_s
        if self._settled_at is None:
            if self.step - self._first >= _SETTLED:
                self._settled_at = now, self.step
        else:
            pace = (now - self._settled_at[0]) / (self.step - self._settled_at[1])
            validation_s = self._validation_s
            if validation_s is None:  # A forward step takes a third of a training step.
                validation_s = _COMPILING_S + self._validation_batches * pace / 3
            validations = self._total_epochs - len(self.epochs)
            left = (self._total_steps - self.step) * pace + validations * validation_s
            changes |= {"images_per_second": self._batch_size / pace, "seconds_left": left}
        self._report(**changes, **self._machine())

    def _machine(self) -> dict[str, float]:
        if time.perf_counter() - self._measured < _MEASURE_EVERY_S:
            return {}
        self._measured = time.perf_counter()
        return {
            "cpu_percent": self._process.cpu_percent(),
            "memory_mb": self._process.memory_info().rss / 1e6,
        }
