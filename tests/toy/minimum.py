"""The toy `scipy.optimize`: what a worker takes from it, to a hundredth of the bounds."""

from types import SimpleNamespace

import numpy as np


def minimize_scalar(loss, bounds, method):
    tried = np.linspace(*bounds, 101)
    return SimpleNamespace(x=min(tried, key=loss))
