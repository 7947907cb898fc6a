"""Steering: carries out people's requests to a run while it trains, see `core.runs.requests`."""

import time
from pathlib import Path

from core.bare_keras import keras
from core.config import TrainConfig
from core.runs import requests
from core.runs.contract import State
from core.training.callbacks.clock import Clock
from core.training.callbacks.recorder import Recorder
from core.training.optimizer import steer
from core.training.reporter import Reporter

_LOOK_EVERY_S = 0.1  # between checks of a paused run's requests


class HaltError(Exception):
    """Ends a training within an epoch; nothing is written of it, as if the process were killed."""


class Steering(keras.callbacks.Callback):
    """Pauses, stops and changes the learning rate after the batch in which it was requested.

    A run is pruned after a whole epoch, so that its last figures are comparable.

    Attributes
    ----------
    stopped, pruned : bool
        Whether somebody requested a stop, or that the run end early.
    """

    def __init__(
        self, folder: Path, config: TrainConfig, report: Reporter, recorder: Recorder, clock: Clock
    ) -> None:
        super().__init__()
        self._folder, self._config = folder, config
        self._report, self._recorder, self._clock = report, recorder, clock
        self._rate = recorder.rates[-1]["learning_rate"] if recorder.rates else None
        self._stage, self._goes_on = config, False
        self.stopped = self.pruned = False

    def begin(self, stage: TrainConfig, *, goes_on: bool) -> None:
        """Announce the next stage, and whether it continues from a checkpoint."""
        self._stage, self._goes_on = stage, goes_on

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        # A requested rate holds for all stages, and for a worker that continues. A constant rate
        # is stored in the checkpoint in its current value, perhaps lowered on a plateau.
        if self._rate is not None and not (self._goes_on and self._stage.schedule == "constant"):
            steer(self.model, self._stage, self._rate / self._config.learning_rate)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._take_rate()
        if requests.pause_requested(self._folder):
            self._wait()
            self._take_rate()
        if requests.halt_requested(self._folder):
            raise HaltError
        if requests.stop_requested(self._folder):
            self.stopped = self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if requests.prune_requested(self._folder) and not self.stopped:
            self.pruned = self.model.stop_training = True

    def _take_rate(self) -> None:
        rate = requests.requested_rate(self._folder)
        if rate is not None and rate != self._rate:
            self._rate = rate
            steer(self.model, self._stage, rate / self._config.learning_rate)
            self._recorder.took_rate(rate)

    def _wait(self) -> None:
        self._clock.halt()
        self._report(state=State.PAUSED, phase="paused", cpu_percent=0.0)
        while requests.pause_requested(self._folder) and not requests.stop_requested(self._folder):
            time.sleep(_LOOK_EVERY_S)
        self._clock.start()
        self._report(state=State.RUNNING, phase="training")
