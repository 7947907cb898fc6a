"""Models in the forms that people bring, made from random features and a ridge fit.

For ``bench/brought.py``. A form is a name, its kind, what should come of it, and what writes it
into an empty folder.
"""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper

from bench.brought_data import REFUSED, TAKEN, TOLD
from bench.foreign_networks import digits, learned, write

Change = Callable[[np.ndarray], np.ndarray]
_FEATURES = 400


@dataclass(frozen=True)
class ModelForm:
    """A form of a model.

    Attributes
    ----------
    kind : str
    wish : {'taken', 'told', 'refused'}
    words : str
        What is said: of what is put around it, or in the refusal.
    write : callable
        Takes an empty folder and returns the file.
    """

    kind: str
    wish: str
    words: str
    write: Callable[[Path], Path]


def _onnx(folder: Path, shape: tuple, change: Change = lambda x: x, **facts: Any) -> Path:
    images, labels = digits()
    return write(folder / "model.onnx", learned(change(images), labels), shape, **facts)


def _ended(folder: Path, operator: str) -> Path:
    facts = {} if operator == "Sigmoid" else {"axis": 1}
    return _onnx(folder, ("n", 784), after=(helper.make_node(operator, ["z"], ["p"], **facts),))


def _classes(folder: Path) -> Path:
    images, labels = digits()
    return write(folder / "model.onnx", learned(images, labels, classes=47), ("n", 784))


def _keras(folder: Path, name: str, inputs: tuple, *first: str, classes: int = 10) -> Path:
    import keras

    layers = {
        "rescaling": lambda: keras.layers.Rescaling(1 / 255),
        "lambda": lambda: keras.layers.Lambda(lambda x: x),
    }
    model = keras.Sequential(
        [
            keras.Input(inputs),
            *(layers[one]() for one in first),
            keras.layers.Flatten(),
            keras.layers.Dense(_FEATURES, "relu"),
            keras.layers.Dense(classes, "softmax"),
        ]
    )
    weights = learned(*digits(), classes=classes)
    model.layers[-2].set_weights(weights[:2])
    model.layers[-1].set_weights(weights[2:])
    path = folder / name
    inner = path.with_suffix(".h5") if name.startswith("h5-") else path
    model.save(inner)
    return inner.rename(path)


def _bytes(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


_PIXELS: dict[str, Change] = {
    "from 0 to 255": lambda x: 255 * x,
    "from -1 to 1": lambda x: 2 * x - 1,
    "from -0.5 to 0.5": lambda x: x - 0.5,
    "standardised (mean 0.1307, deviation 0.3081)": lambda x: (x - 0.1307) / 0.3081,
    "from 0 to 1, black on white": lambda x: 1 - x,
    "from 0 to 255, black on white": lambda x: 255 - 255 * x,
    "from -1 to 1, black on white": lambda x: 1 - 2 * x,
}
_SHAPES = [("n", 28, 28), ("n", 784), ("n", 1, 28, 28), ("n", 28, 28, 1), ("n", 1, 784)]
_TURNED: dict[str, Change] = {
    "rows and columns exchanged": lambda x: x.transpose(0, 2, 1),
    "mirrored": lambda x: x[:, :, ::-1],
    "upside down": lambda x: x[:, ::-1],
}
_OTHER_SIZES: dict[str, tuple[tuple, Change]] = {
    "a margin of 2 pixels added": (
        ("n", 1, 32, 32),
        lambda x: np.pad(x, ((0, 0), (2, 2), (2, 2))),
    ),
    "a margin of 4 pixels cut off": (("n", 20, 20), lambda x: x[:, 4:24, 4:24]),
    "the same picture in three channels": (("n", 3, 28, 28), lambda x: np.stack([x] * 3, 1)),
}


def forms() -> Iterator[tuple[str, ModelForm]]:
    """Yield every form with its name."""
    for words, change in _PIXELS.items():
        write_it = partial(_onnx, shape=("n", 1, 28, 28), change=change)
        yield words, ModelForm("pixels", TOLD, f"pixels {words}", write_it)
    for words, change in _TURNED.items():
        write_it = partial(_onnx, shape=("n", 28, 28), change=change)
        yield words, ModelForm("turned", TOLD, words, write_it)
    for shape in _SHAPES:
        yield str(shape), ModelForm("inputs", TAKEN, "", partial(_onnx, shape=shape))
    for at_a_time in (1, 64):
        facts = {"shape": (at_a_time, 1, 28, 28), "flat_by": (at_a_time, 784)}
        yield f"{at_a_time} at a time", ModelForm("inputs", TAKEN, "", partial(_onnx, **facts))
    for words, (shape, change) in _OTHER_SIZES.items():
        yield words, ModelForm("sizes", TAKEN, words, partial(_onnx, shape=shape, change=change))
    for operator in ("Softmax", "LogSoftmax", "Sigmoid"):
        write_it = partial(_ended, operator=operator)
        yield operator, ModelForm("outputs", TAKEN, "", write_it)
    yield "47 classes", ModelForm("outputs", REFUSED, "answers with 47 numbers", _classes)
    for name, inputs in (
        ("flat.keras", (784,)),
        ("own.h5", (28, 28)),
        ("h5-in.keras", (28, 28, 1)),
    ):
        write_it = partial(_keras, name=name, inputs=inputs)
        yield name, ModelForm("Keras", TAKEN, "", write_it)
    bytes_in = partial(lambda folder: _keras(folder, "bytes.keras", (28, 28, 1), "rescaling"))
    yield "bytes.keras", ModelForm("Keras", TOLD, "pixels from 0 to 255", bytes_in)
    code = partial(lambda folder: _keras(folder, "code.keras", (28, 28), "lambda"))
    yield "code.keras", ModelForm("Keras", REFUSED, "Lambda", code)
    others = {
        "model.pkl": (pickle.dumps([1]), "is a pickle"),
        "phone.tflite": (b"\x1c\0\0\0TFL3" + bytes(20), "LiteRT"),
        "pointer.onnx": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        "page.onnx": (b"<!DOCTYPE html>", "a web page"),
    }
    for name, (content, words) in others.items():
        write_it = partial(_bytes, name=name, content=content)
        yield name, ModelForm("other files", REFUSED, words, write_it)
