"""The toy Keras: what `core.training` takes from Keras, the base of callbacks and some names.

Stands in for the one of `core.bare_keras` in a toy's process, see `tests.toy.worker`.
"""

import math
from types import SimpleNamespace

from tests.toy import model as toy

Model, Sequential = toy.Parts, toy.Network


class Callback:
    """Keras's own, as far as this project asks: every call there is, and what it is told."""

    def set_model(self, model):
        self.model = model

    def set_params(self, params):
        self.params = params

    def __getattr__(self, name):
        if name.startswith("on_"):
            return lambda *_: None
        raise AttributeError(name)


class TerminateOnNaN(Callback):
    def on_train_batch_end(self, batch, logs=None):
        if not math.isfinite(logs["loss"]):
            self.model.stop_training = True


class NotForToys(Callback):
    """Stands where only Keras will do."""

    def __init__(self, **_options):
        raise NotImplementedError("a toy has no such callback: let a real worker train this")


class PyDataset:
    """Keras's own knows workers besides, which nobody here asks for."""


class NoSuchLayer:
    """A toy has one layer, which is none of these."""


callbacks = SimpleNamespace(
    Callback=Callback,
    TerminateOnNaN=TerminateOnNaN,
    EarlyStopping=NotForToys,
    ReduceLROnPlateau=NotForToys,
    SwapEMAWeights=Callback,
)
layers = SimpleNamespace(
    BatchNormalization=NoSuchLayer, Conv2D=NoSuchLayer, Dense=toy.Softmax, Dropout=NoSuchLayer
)
activations = SimpleNamespace(relu=object())
utils = SimpleNamespace(PyDataset=PyDataset, set_random_seed=lambda seed: None)
