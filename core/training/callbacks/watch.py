"""Watching a network learn: its answers during training, recorded for people.

``watch.jsonl`` has a line for each look, ``step`` and ``probabilities`` (k, 10), at the same few
digits: `PANEL` validation images, two of each class, and then a person's last drawing, if the run
was given one. ``epochs/0003.npz`` is the record of the third epoch:

- ``confusion`` (10, 10): of up to `SEEN` validation images, how many of each digit (row) were read
  as which (column);
- ``map`` (n, 2), ``labels`` (n,), ``answers`` (n,): the embedding of up to `MAPPED` of them, the
  input of the output layer, by its two principal components, rotated to fit the epoch before;
- ``filters`` (h, w, f) or (28, 28, f): the first weights of the network, as pictures.

``panel.npz`` holds the images themselves. Imports Keras; `core.runs.playback` reads all of this
without it.
"""

import time
from pathlib import Path

import numpy as np

from core.architecture import CLASSES
from core.bare_keras import keras
from core.disk.atomic import replacing
from core.evaluation.scores import confusion_matrix
from core.model import as_input
from core.runs.curves import MetricsWriter
from core.runs.playback import EPOCHS, PANEL_IMAGES, WATCH, epoch_file, read_drawing
from core.training.callbacks.recorder import Recorder

PANEL = 20
SEEN, MAPPED = 1000, 400
FILTERS = 32
_RESTS = 30  # duration between two looks, as a multiple of a look's
_LEAST_S = 1.0


class Watch(keras.callbacks.Callback):
    """Records the network's answers without slowing down the training much.

    Looks within an epoch take about 3 % of the time at most. There is also one after each epoch,
    which is noticeable if epochs are short.
    """

    def __init__(
        self, run: Path, images: np.ndarray, labels: np.ndarray, recorder: Recorder
    ) -> None:
        super().__init__()
        self._run, self._recorder = run, recorder
        panel = np.concatenate(
            [np.flatnonzero(labels == digit)[: PANEL // CLASSES] for digit in range(CLASSES)]
        )
        shown, answers = images[panel], labels[panel]
        drawing = read_drawing(run)
        if drawing is not None:
            shown = np.concatenate([shown, drawing[None]])  # (21, 28, 28)
        (run / EPOCHS).mkdir(exist_ok=True)
        with replacing(run / PANEL_IMAGES, durable=False) as temporary:
            np.savez_compressed(temporary, images=shown, labels=answers)
        self._panel = as_input(shown)
        self._seen, self._labels = as_input(images[:SEEN]), labels[:SEEN]
        self._lines = MetricsWriter(run / WATCH)
        self._next = 0.0
        self._map: np.ndarray | None = None
        self._embed: keras.Model | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        began = time.perf_counter()
        if began >= self._next:
            self._look()
            ended = time.perf_counter()
            self._next = ended + max(_RESTS * (ended - began), _LEAST_S)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._look()
        if self._embed is None:
            outputs = [self.model.layers[-1].input, self.model.outputs[0]]
            self._embed = keras.Model(self.model.inputs[0], outputs)
        embedding, probabilities = self._embed(self._seen, training=False)
        answers = np.asarray(probabilities).argmax(axis=1)
        self._map = principal_map(np.asarray(embedding)[:MAPPED].astype(np.float32), self._map)
        with replacing(self._run / epoch_file(epoch + 1), durable=False) as temporary:
            np.savez_compressed(
                temporary,
                confusion=confusion_matrix(self._labels, answers).astype(np.int32),
                map=self._map.astype(np.float16),
                labels=self._labels[:MAPPED].astype(np.uint8),
                answers=answers[:MAPPED].astype(np.uint8),
                filters=first_filters(self.model),
            )

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._embed = None  # A second stage compiles again.

    def _look(self) -> None:
        # Called directly: compiling a prediction would take longer than all looks of a short run.
        probabilities = self.model(self._panel, training=False)
        rounded = np.round(np.asarray(probabilities, np.float64), 4).tolist()
        self._lines.append({"step": self._recorder.step, "probabilities": rounded})


def principal_map(points: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Lay points out in the plane by their two principal components.

    Parameters
    ----------
    points : float32 array, shape (n, d)
    before : float array, shape (n, 2), optional
        Earlier positions of the same points; the plane is rotated and mirrored to come near them.

    Returns
    -------
    float array, shape (n, 2)
        With a mean of 0 and a root mean square of 1.
    """
    points = np.nan_to_num(points.reshape(len(points), -1) - points.mean(axis=0))  # (n, d)
    left, sizes, _ = np.linalg.svd(points, full_matrices=False)
    plane = np.zeros((len(points), 2))
    plane[:, : min(2, len(sizes))] = left[:, :2] * sizes[:2]
    plane /= np.sqrt((plane**2).mean()) or 1.0
    if before is not None:
        turn, _, turned = np.linalg.svd(plane.T @ before)  # orthogonal Procrustes
        plane = plane @ turn @ turned
    return plane


def first_filters(model: keras.Model) -> np.ndarray:
    """Return the first weights of a network as pictures, at most `FILTERS`: float16 (h, w, f)."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            return np.asarray(layer.kernel)[:, :, 0, :FILTERS].astype(np.float16)
        if isinstance(layer, keras.layers.Dense):
            weights = np.asarray(layer.kernel)
            if len(weights) == 28 * 28:
                return weights[:, :FILTERS].reshape(28, 28, -1).astype(np.float16)  # (28, 28, f)
            break
    return np.zeros((0, 0, 0), np.float16)
