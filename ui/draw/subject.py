"""The subject of an explanation on Draw: one digit of what was read, with all that it came from."""

from typing import NamedTuple

import numpy as np

from core import registry
from core.reading import canvas_strokes
from core.reading.reader import Digit, Reading
from ui import cache, canvas


class Subject(NamedTuple):
    """What is explained: a digit of a reading, on a canvas or (``pad`` None) in a picture."""

    model: registry.Model
    digit: Digit
    reading: Reading
    picture: np.ndarray
    pad: canvas.Pad | None

    @property
    def strokes(self) -> list[canvas_strokes.Stroke]:
        """The strokes of the whole drawing; none of a picture."""
        kept = self.pad and canvas.kept(self.pad)
        return canvas_strokes.strokes(kept.strokes) if kept else []

    @property
    def place(self) -> int:
        """Which digit of the reading it is, from 0."""
        return next(k for k, digit in enumerate(self.reading.digits) if digit is self.digit)

    @property
    def refused(self) -> bool:
        """Whether it is answered with "?": what the classifier alone would say does not count."""
        return self.digit.verdict == "not-a-digit"

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the model's probabilities, float32 (n, 10), of images, float32 (n, 28, 28)."""
        return cache.predictor(self.model).predict(images).probabilities
