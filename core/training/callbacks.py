"""What watches a Keras training: records its curves, reports progress, does what people ask.

Imports Keras: only the worker gets here.
"""

import time
from pathlib import Path
from typing import Any

import keras
import psutil

from core.config import TrainConfig
from core.model import steer
from core.runs import requests
from core.runs.curves import BATCH_LINES_PER_RUN, Curves, MetricsWriter
from core.runs.store import State
from core.training.reporter import Reporter

_LOOK_EVERY_S = 0.1  # at what is asked of a paused run
_SETTLED = 5  # batches after which a training has its speed: the first ones wait for TensorFlow
_COMPILING_S = 0.5  # about what TensorFlow takes to make a network ready for validation
_MEASURE_EVERY_S = 1.0


class Clock(keras.callbacks.Callback):
    """CPU and wall seconds of the training, all stages, validation and pauses left out.

    Included is what a run keeps on its way: curves, checkpoints, what there is to watch.

    Attributes
    ----------
    cpu_s, wall_s : float
    """

    def __init__(self, before: dict[str, float] | None = None) -> None:
        super().__init__()
        before = before or {}
        self._cpu, self._wall = before.get("cpu_seconds", 0.0), before.get("wall_seconds", 0.0)
        self._since: tuple[float, float] | None = None

    @property
    def cpu_s(self) -> float:
        running = time.process_time() - self._since[0] if self._since else 0.0
        return self._cpu + running

    @property
    def wall_s(self) -> float:
        running = time.perf_counter() - self._since[1] if self._since else 0.0
        return self._wall + running

    def start(self) -> None:
        """Begin to count."""
        self._since = time.process_time(), time.perf_counter()

    def halt(self) -> None:
        """Stop counting."""
        self._cpu, self._wall, self._since = self.cpu_s, self.wall_s, None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.start()

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self.halt()

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        self.start()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.halt()


class Recorder(keras.callbacks.Callback):
    """Writes ``metrics.jsonl`` and the progress in ``status.json``.

    Keras hands a callback the running mean since the epoch began; the recorder takes that apart
    again, so that a batch line holds the mean over just the batches since the line before.

    Attributes
    ----------
    step : int
        Batches so far.
    epochs, rates : list of dict
        The records of complete epochs, and of learning rates that were asked for; with those of a
        former worker.
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

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self.step == self._first:  # A second stage goes on where the first ended.
            began = time.time() - self._clock.wall_s
            self._report(phase="training", started=began, total_steps=self._total_steps)

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
        self._report(epoch=self.step // self._steps_per_epoch)  # One that was cut short is none.

    def took_rate(self, rate: float) -> None:
        """Write down that the learning rate was changed after this step."""
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
        """Tell steps, speed and the time left: from the pace of all batches since the start."""
        changes: dict[str, float] = {"step": self.step}
        now = self._clock.wall_s
        if self._settled_at is None:
            if self.step - self._first >= _SETTLED:
                self._settled_at = now, self.step
        else:
            pace = (now - self._settled_at[0]) / (self.step - self._settled_at[1])
            validation_s = self._validation_s
            if validation_s is None:  # A step forwards is a third of a step there and back.
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


class Obey(keras.callbacks.Callback):
    """Pauses, stops and changes the learning rate, after the batch in which somebody asked for it.

    Attributes
    ----------
    stage : TrainConfig
        What is trained now; to be set before each stage.
    goes_on : bool
        Whether the stage goes on from a checkpoint; to be set before each stage.
    stopped : bool
        Somebody asked for a stop.
    """

    def __init__(
        self, folder: Path, config: TrainConfig, report: Reporter, recorder: Recorder, clock: Clock
    ) -> None:
        super().__init__()
        self._folder, self._config = folder, config
        self._report, self._recorder, self._clock = report, recorder, clock
        self._rate = recorder.rates[-1]["learning_rate"] if recorder.rates else None
        self.stage, self.goes_on = config, False
        self.stopped = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        # A rate that was asked for holds for all stages, and for a worker that goes on. A constant
        # one is in the checkpoint, as it has become since, perhaps lowered on a plateau.
        if self._rate is not None and not (self.goes_on and self.stage.schedule == "constant"):
            steer(self.model, self.stage, self._rate / self._config.learning_rate)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._take_rate()
        if requests.pause_requested(self._folder):
            self._wait()
            self._take_rate()
        if requests.stop_requested(self._folder):
            self.stopped = self.model.stop_training = True

    def _take_rate(self) -> None:
        rate = requests.requested_rate(self._folder)
        if rate is not None and rate != self._rate:
            self._rate = rate
            steer(self.model, self.stage, rate / self._config.learning_rate)
            self._recorder.took_rate(rate)

    def _wait(self) -> None:
        self._clock.halt()
        self._report(state=State.PAUSED, phase="paused", cpu_percent=0.0)
        while requests.pause_requested(self._folder) and not requests.stop_requested(self._folder):
            time.sleep(_LOOK_EVERY_S)
        self._clock.start()
        self._report(state=State.RUNNING, phase="training")


class SeededDropout(keras.callbacks.Callback):
    """Draws dropout from the seed and the epoch alone, as `Batches` draws images.

    Keras keeps the state of its generators out of checkpoints.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for place, layer in enumerate(self.model.layers):
            if isinstance(layer, keras.layers.Dropout) and layer.rate:
                state = layer.seed_generator.state
                state.assign([(self._seed + 7919 * place) % 2**31, epoch << 20])


class _Remembers(keras.callbacks.Callback):
    """Lets a callback of Keras that counts epochs know those of a former stage or worker."""

    def __init__(self, recorder: Recorder, **options: Any) -> None:
        super().__init__(**options)
        self._recorder = recorder

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin(logs)
        rate = float(self.model.optimizer.learning_rate)
        for record in self._recorder.epochs:
            super().on_epoch_end(record["epoch"] - 1, {"val_loss": record["val_loss"]})
        if self._recorder.epochs and isinstance(self, keras.callbacks.ReduceLROnPlateau):
            self.model.optimizer.learning_rate = rate  # The checkpoint has the lowered one.


class EarlyStopping(_Remembers, keras.callbacks.EarlyStopping):
    """Keras's, over all stages; the worker goes back to the best epoch by itself."""


class ReduceOnPlateau(_Remembers, keras.callbacks.ReduceLROnPlateau):
    """Keras's, over all stages."""


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes the curves as TensorBoard's event files, without TensorBoard being installed."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        import tensorflow as tf

        self._tf = tf
        self._writer = tf.summary.create_file_writer(str(folder))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        rate = float(self.model.optimizer.last_rate.numpy())
        summary = self._tf.compat.v1.Summary(
            value=[
                self._tf.compat.v1.Summary.Value(tag=f"epoch_{name}", simple_value=float(value))
                for name, value in {**(logs or {}), "learning_rate": rate}.items()
            ]
        )
        with self._writer.as_default():
            self._tf.summary.experimental.write_raw_pb(summary.SerializeToString(), epoch + 1)
        self._writer.flush()
