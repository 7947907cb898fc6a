"""Making probabilities mean what they say.

A network that was trained with smoothed labels is less sure than it is right, one that was trained
for long is surer. One number, the temperature that its logits are divided by, mends most of it.
Source: Guo, Pleiss, Sun and Weinberger 2017, https://arxiv.org/abs/1706.04599.
"""

import numpy as np

# Fewer validation images say too little about probabilities near 1 to change anything.
MIN_IMAGES = 200
_RANGE = (0.2, 5.0)


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Find the temperature that gives validation labels the smallest cross-entropy.

    Parameters
    ----------
    labels : ndarray of int, shape (n,), values 0 to 9
    probabilities : ndarray of float, shape (n, 10)
        Of a softmax; rows sum to 1.

    Returns
    -------
    float
        From 0.2 to 5; below 1 makes answers surer. 1 where there are fewer than `MIN_IMAGES`.
    """
    if len(labels) < MIN_IMAGES:
        return 1.0
    from scipy.optimize import minimize_scalar

    log_temperature = minimize_scalar(
        lambda x: _cross_entropy(labels, probabilities, np.exp(x)),
        bounds=np.log(_RANGE),
        method="bounded",
    ).x
    return float(np.exp(log_temperature))


def _cross_entropy(labels: np.ndarray, probabilities: np.ndarray, temperature: float) -> float:
    # The logs of probabilities are logits but for a constant a row, which softmax ignores.
    smallest = np.finfo(np.float32).tiny
    logits = np.log(np.maximum(probabilities.astype(np.float64), smallest)) / temperature
    norm = np.logaddexp.reduce(logits, axis=1)
    return float(np.mean(norm - logits[np.arange(len(labels)), labels]))
