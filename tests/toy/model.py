"""The toy model: `core.model` in NumPy, one softmax layer for any configuration.

Stands in for ``core.model`` in a toy's process, see `tests.toy.worker`.
"""

import io
import time
import zipfile

import h5py
import numpy as np

from core.disk.atomic import replacing

# A toy's batch costs next to nothing: a run would be over before anybody could ask it for anything.
BREATH_S = 0.001
# And it rests this many times as long as it has worked, so that others get on with what they do.
REST = 4
OutOfMemory = MemoryError
_WEIGHTS = "model.weights.h5"  # in a .keras file; a toy has an array there


class Softmax:
    """The one layer; what it is given is the flat image."""

    input = "embedding"

    def __init__(self):
        self.kernel = np.zeros((784, 10), np.float32)


class Network:
    """A `keras.Sequential` as far as this project asks one."""

    outputs, trainable_variables = ("probabilities",), ()
    stop_training = False

    def __init__(self):
        self.layers = [Softmax()]
        self.optimizer = None

    @property
    def inputs(self):
        return [self]

    def get_weights(self):
        return [self.layers[0].kernel]

    def set_weights(self, weights):
        (kernel,) = weights
        self.layers[0].kernel = np.array(kernel)

    def count_params(self):
        return self.layers[0].kernel.size

    def __call__(self, images, training=False):
        return np.exp(self._logarithms(images))

    def _logarithms(self, images):
        logits = images.reshape(len(images), -1) @ self.layers[0].kernel
        logits = logits - logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def predict(self, images, batch_size, verbose):
        return self(images)

    def save_weights(self, path):
        with h5py.File(path, "w") as file:
            file["kernel"] = self.layers[0].kernel
            file["state"], file["steps"] = self.optimizer.state, self.optimizer.steps

    def load_weights(self, path):
        with h5py.File(path) as file:
            self.set_weights([file["kernel"][:]])
            self.optimizer.state, self.optimizer.steps = file["state"][:], int(file["steps"][()])

    def fit(self, batches, initial_epoch, epochs, validation_data, callbacks, **_options):
        """Tell the callbacks what Keras tells them, in its order."""

        def tell(name, *what):
            for one in callbacks:
                getattr(one, f"on_{name}")(*what)

        for one in callbacks:
            one.set_model(self)
            one.set_params({"epochs": epochs, "steps": len(batches)})
        self.stop_training = False
        tell("train_begin")
        for epoch in range(initial_epoch, epochs):
            tell("epoch_begin", epoch)
            logs = self._train(batches, tell)
            tell("test_begin")
            loss, accuracy = self._measure(*validation_data)
            tell("test_end")
            tell("epoch_end", epoch, logs | {"val_loss": loss, "val_accuracy": accuracy})
            if self.stop_training:
                break
            batches.on_epoch_begin()
        tell("train_end")

    def _train(self, batches, tell):
        seen, sums = 0, np.zeros(2)
        logs = {}
        for index in range(len(batches)):
            began = time.process_time()
            images, labels = batches[index]
            sums += np.multiply(self._measure(images, labels), len(images))
            seen += len(images)
            logs = dict(zip(("loss", "accuracy"), (sums / seen).tolist(), strict=True))
            fault = (self(images) - np.eye(10, dtype=np.float32)[labels]) / len(images)
            self.layers[0].kernel += self.optimizer.step(images.reshape(len(images), -1).T @ fault)
            tell("train_batch_end", index, logs)
            if self.stop_training:
                break
            time.sleep(BREATH_S + REST * (time.process_time() - began))
        return logs

    def _measure(self, images, labels):
        logarithms = self._logarithms(images)
        right = logarithms.argmax(axis=1) == labels
        return -float(logarithms[np.arange(len(labels)), labels].mean()), float(right.mean())


class Parts:
    """A `keras.Model` that gives the embedding and the probabilities of a network."""

    def __init__(self, inputs, outputs):
        assert list(outputs) == [Softmax.input, *Network.outputs]
        self._network = inputs

    def __call__(self, images, training=False):
        # Every fourth pixel is enough to be laid out in the plane.
        return images[:, ::4, ::4].reshape(len(images), -1), self._network(images)


def build(layers, precision="float32"):
    return Network()


def for_use(model, config):
    kept = Network()
    kept.set_weights(model.get_weights())
    return kept


def as_input(images):
    return images[..., None].astype(np.float32) / 255


def encode_labels(labels, config):
    return labels.astype(np.int32)


def sharpen(model, temperature):
    model.set_weights([model.layers[0].kernel / temperature])


def save(model, path):
    from tests.models import write_keras  # late, as ONNX itself: most toys are stopped before

    weights = io.BytesIO()
    np.save(weights, model.layers[0].kernel)
    with replacing(path) as temporary:
        write_keras(temporary, **{_WEIGHTS: weights.getvalue()})


def load(path):
    model = Network()
    with zipfile.ZipFile(path) as archive:
        model.set_weights([np.load(io.BytesIO(archive.read(_WEIGHTS)), allow_pickle=False)])
    return model


def export_onnx(model, path, check_images):
    from tests.models import write_onnx

    with replacing(path) as temporary:
        write_onnx(temporary, model.layers[0].kernel)
    return 0.0
