"""The toy optimiser: `core.training.optimizer` in NumPy, Adam for any configuration.

Stands in for ``core.training.optimizer`` in a toy's process, see `tests.toy.worker`.
"""

import numpy as np


class Number:
    """A variable as Keras has them."""

    def __init__(self, value=0.0):
        self.value = value

    def numpy(self):
        return self.value


class Adam:
    """Kingma and Ba 2015, with a rate that rises for a quarter of the steps where asked to."""

    def __init__(self, config, total_steps):
        self._config, self._total = config, total_steps
        self.factor = 1.0
        self.last_rate, self.gradient_norm = Number(), Number()
        self.state = np.zeros((2, 784, 10), np.float32)
        self.steps = 0

    def build(self, variables):
        pass

    def step(self, gradient):
        """Return what is to be added to the weights."""
        rate = self._config.learning_rate * self.factor
        if self._config.schedule != "constant":
            done = self.steps / self._total
            rate *= min(0.1 + 4 * done, 1 - done)
        self.steps += 1
        self.last_rate.value = rate
        self.gradient_norm.value = float(np.linalg.norm(gradient))
        self.state[0] = 0.9 * self.state[0] + 0.1 * gradient
        self.state[1] = 0.999 * self.state[1] + 0.001 * gradient**2
        mean, square = (
            self.state / np.array([1 - 0.9**self.steps, 1 - 0.999**self.steps])[:, None, None]
        )
        return (-rate * mean / (np.sqrt(square) + 1e-7)).astype(np.float32)


def compile_for(model, config, total_steps):
    model.optimizer = Adam(config, total_steps)


def steer(model, config, factor):
    model.optimizer.factor = factor


def finish(model):
    pass
