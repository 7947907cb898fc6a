"""Hand-made networks: their reasons are known, so that explanations can be checked."""

from collections.abc import Callable

import numpy as np


def linear(weights: np.ndarray, bias: np.ndarray | None = None) -> Callable:
    """Return softmax of images (n, 28, 28) times weights (28, 28, 10), as a prediction."""

    def predict(images: np.ndarray) -> np.ndarray:
        logits = np.tensordot(images.astype(np.float64), weights, 2)
        logits += 0 if bias is None else bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return predict
