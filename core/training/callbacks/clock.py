"""The clock of a run: the duration of its training, over all its workers."""

import time

from core.bare_keras import keras


class Clock(keras.callbacks.Callback):
    """CPU and wall seconds of the training, over all stages, without validation and pauses.

    Records that a run writes meanwhile are included: curves, checkpoints, data for watching.

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
        """Start counting."""
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
