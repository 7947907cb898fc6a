"""The subject of an explanation on Draw: one digit of a reading, with its picture and model."""

from typing import NamedTuple

import numpy as np

from core import registry
from core.reading import canvas_strokes
from core.reading.reader import Digit, Reading
from ui import cache, canvas


class Subject(NamedTuple):
    """A digit of a reading, drawn on a canvas or (``pad`` None) found in a picture."""

    model: registry.Model
    digit: Digit
    reading: Reading
    picture: np.ndarray
    pad: canvas.Pad | None

    @property
    def drawing(self) -> canvas.Drawing | None:
        """What is drawn on its canvas; ``None`` of a picture."""
        return canvas.drawing_on(self.pad) if self.pad else None

    @property
    def strokes(self) -> list[canvas_strokes.Stroke]:
        """The strokes of the whole drawing; empty for a picture."""
        return canvas_strokes.strokes(self.drawing.strokes) if self.drawing else []

    @property
    def place(self) -> int:
        """The digit's position in the reading, from 0."""
        return next(k for k, digit in enumerate(self.reading.digits) if digit is self.digit)

    @property
    def refused(self) -> bool:
        """Whether the answer is "?", whatever the classifier alone would say."""
        return self.digit.verdict == "not-a-digit"

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the model's probabilities, float32 (n, 10), of images, float32 (n, 28, 28)."""
        return cache.predictor(self.model).predict(images).probabilities
