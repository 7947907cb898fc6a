"""Keras and TensorFlow, loaded without the libraries that they import for their users' sake.

Where scikit-learn, pandas and SciPy are installed, Keras imports all of them, in case somebody
gives it their objects. Nobody here does, and without them a process that trains begins a third
sooner and takes 130 MB less. Whoever needs one of them imports it afterwards, as ever.
"""

import sys

from core import collector

_unneeded = {"sklearn", "pandas", "scipy"} - sys.modules.keys()
for _name in _unneeded:
    sys.modules[_name] = None  # type: ignore[assignment]  # its import fails, as if it were missing
try:
    with collector.resting():
        import keras
        import tensorflow as tf
finally:
    for _name in _unneeded:
        del sys.modules[_name]

__all__ = ["keras", "tf"]
