"""Adoption: a model file from elsewhere becomes a folder like that of any model here.

The folder holds ``model.onnx``, ``card.json``, ``predictions.npz`` and ``pictures.npz``, and
``model.keras`` if the file is of Keras or has layers that can be built here. Everything is checked
before it is kept: the wrapped network must answer as the given one does.
"""

import functools
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from core import data, own_models, paths, registry
from core.architecture import Layer
from core.brought_models import own_layers, presentation, wrapping
from core.brought_models.adapter import Adapter
from core.brought_models.network_file import Network
from core.brought_models.own_layers import OwnLayers
from core.cards import Card, DataFacts, ExportFacts, Origin, this_machine
from core.data import Dataset
from core.data.files import plain
from core.data.generated import write_digits
from core.disk.atomic import write_record
from core.errors import DigitLabError
from core.evaluation.calibration import fit_temperature
from core.evaluation.scores import evaluate
from core.reading import model_files, network
from core.reading.normalise import as_floats
from core.reading.predictor import Predictor, ms_per_image
from core.runs import carried_pictures, contract

MOST = 50  # models from elsewhere that are kept
_TRIED, _CALIBRATED = 1_000, 3_000  # training digits
_HELD_BACK = 1 / 12  # the last part of the training digits, which most trainings validate with
_CHECKED = 40  # pictures on which the wrapped network is compared with the given one
_AGREE = 1e-4  # between two probabilities
_PREFIX = re.compile(r"^'[^']*' cannot be loaded as a Keras model: ")


def adopt(path: Path, folder: Path, rebuild: bool = True) -> Card:
    """Fill a folder with a model from elsewhere.

    Parameters
    ----------
    path : pathlib.Path
        A file of Keras or ONNX, whatever its name.
    folder : pathlib.Path
        Exists, and is empty.
    rebuild : bool
        Whether to build it of our own layers, if it has such: that takes Keras, some seconds.

    Returns
    -------
    Card
        Its ``origin`` says what was found and put around the network.

    Raises
    ------
    DigitLabError
        The file cannot be used; the sentence names it, says why and what helps.
    """
    try:
        return _adopt(path, folder, rebuild)
    except DigitLabError as fault:
        reason = _PREFIX.sub("", str(fault))
        raise DigitLabError(f"'{path.name}' cannot be used as a model: {reason}") from fault


def adopt_as(path: Path, name: str) -> registry.Model:
    """Keep a model from elsewhere in ``models/`` under a name; raises as `adopt` does.

    Raises
    ------
    DigitLabError
        Also if the name is taken or invalid, `MOST` are kept already, or nothing can be written.
    """
    if brought() >= MOST:
        raise DigitLabError(
            f"{MOST} models from elsewhere are kept already, the most that can be: delete the "
            f"folders of some in '{paths.models_folder()}'."
        )
    with own_models.arriving(name) as arriving:
        adopt(path, arriving)
    return registry.find(name)


def brought() -> int:
    """Return how many models here came from elsewhere."""
    return sum(model.card.origin is not None for model in registry.list_models())


def _adopt(path: Path, folder: Path, rebuild: bool) -> Card:
    kind = model_files.kind_of(path)
    digits = data.load(data.default_source())
    keras_model, own = None, None
    if kind == "onnx":
        content = network.file_content(path)
        given = Network(content)
    else:
        from core.brought_models import keras_network

        keras_model = keras_network.load(path)
        own = own_layers.of_keras(keras_model)  # before anything is put around it
        given = Network(keras_network.as_onnx(keras_model), ours=True)
    found = presentation.find(given.run, given.ways, *_trial_digits(digits), given.takes_whole)
    adapter = _calibrated(given, found.best, digits)
    output = given.outputs[found.best.output]
    onnx_file, keras_file = folder / contract.ONNX_MODEL, folder / contract.KERAS_MODEL
    onnx_file.write_bytes(wrapping.wrap(given, adapter, output))
    predictor = Predictor(onnx_file)
    checked = as_floats(digits.x_train[:_CHECKED])
    _check_alike(predictor, given, adapter, found.best.output, checked)
    difference = 0.0
    if keras_model is not None:
        difference = _write_keras(
            keras_model, adapter, given.names.index(output), keras_file, predictor, checked
        )
    layers = None
    if rebuild:
        own = own if keras_model is not None else own_layers.of_onnx(given.model, output)
        layers = _rebuilt(own, adapter, folder, predictor, checked)
    if layers is not None:
        predictor = Predictor(onnx_file)
    probabilities = predictor.predict(as_floats(digits.x_test)).probabilities
    np.savez_compressed(
        folder / contract.PREDICTIONS, probabilities=probabilities, labels=digits.y_test
    )
    carried_pictures.write(
        folder,
        digits.x_test,
        carried_pictures.choose(digits.y_test, probabilities, digits.test_digest),
    )
    card = Card(
        run="",
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        parameters=_parameters(given, keras_model),
        data=DataFacts(
            source=digits.name,
            title=digits.title,
            digest=digits.digest,
            test_digest=digits.test_digest,
            train=0,
            validation=min(_CALIBRATED, len(_held_back(digits)[1])),
            test=len(digits.y_test),
        ),
        origin=Origin(
            file=plain(path.name),
            form=model_files.TITLES[kind],
            digest=hashlib.sha256(path.read_bytes()).hexdigest(),
            adapters=adapter.words(),
            presentation=found.words(_trial_words(digits)),
            reads=found.best.accuracy >= presentation.READS,
            temperature=adapter.temperature,
            layers=layers,
        ),
        test=evaluate(digits.y_test, probabilities),
        export=ExportFacts(
            keras_bytes=keras_file.stat().st_size if keras_file.is_file() else 0,
            onnx_bytes=onnx_file.stat().st_size,
            largest_difference=difference,
            ms_per_image=ms_per_image(predictor, checked),
        ),
        machine=this_machine(),
    )
    write_record(folder / contract.CARD, card.model_dump_json(indent=1), "The card", make=False)
    return card


def _trial_words(digits: Dataset) -> str:
    return "training digits of MNIST" if digits.name == "mnist" else "digits that a program wrote"


def _held_back(digits: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the last of the training digits: images, float32 (n, 28, 28), and labels."""
    n = max(int(len(digits.y_train) * _HELD_BACK), min(400, len(digits.y_train)))
    return as_floats(digits.x_train[-n:]), digits.y_train[-n:]


def _trial_digits(digits: Dataset) -> tuple[np.ndarray, np.ndarray]:
    if digits.name != "mnist":
        # Networks from elsewhere know MNIST. Digits of a drawn pen are like it, the sample's are
        # thinner, which other pixels than the right ones make up for.
        written, labels = _written()
        return as_floats(written), labels
    images, labels = _held_back(digits)
    spread = np.linspace(0, len(labels) - 1, min(_TRIED, len(labels))).astype(int)
    return images[spread], labels[spread]


@functools.cache
def _written() -> tuple[np.ndarray, np.ndarray]:
    """Return digits that a program wrote, once a process: to draw them takes most of a second."""
    return write_digits(_TRIED, seed=1)


def _calibrated(given: Network, best: presentation.Trial, digits: Dataset) -> Adapter:
    images, labels = (part[:_CALIBRATED] for part in _held_back(digits))
    if best.accuracy < presentation.READS:
        return best.adapter  # nothing to calibrate
    outputs = given.run(best.adapter.prepare(images))[best.output]
    temperature = fit_temperature(labels, best.adapter.probabilities(outputs))
    return replace(best.adapter, temperature=temperature)


def _check_alike(
    predictor: Predictor, given: Network, adapter: Adapter, output: int, images: np.ndarray
) -> None:
    """Refuse a network that does not read several pictures as it reads each alone."""
    together = predictor.predict(images).probabilities
    one_by_one = [given.run(adapter.prepare(image[None]))[output] for image in images]
    alone = adapter.probabilities(np.concatenate(one_by_one))
    if not float(np.abs(together - alone).max()) <= _AGREE:
        raise DigitLabError(
            "it reads several pictures at a time otherwise than one by one: export it for "
            "prediction, and for any number of pictures."
        )


def _write_keras(
    given: Any,  # a keras.Model
    adapter: Adapter,
    output: int,
    path: Path,
    predictor: Predictor,
    images: np.ndarray,
) -> float:
    """Write ``model.keras``, if it comes back the same; return the difference from ONNX."""
    from core import model as models
    from core.brought_models import keras_network

    models.save(keras_network.wrap(given, adapter, output), path)
    again = np.asarray(models.load(path)(images[..., None], training=False))
    difference = float(np.abs(again - predictor.predict(images).probabilities).max())
    if not difference <= models.EXPORT_TOLERANCE:
        raise DigitLabError(
            f"its ONNX file differs from Keras by {difference:.1e} in a probability: please report "
            "it."
        )
    return difference


def _rebuilt(
    found: OwnLayers | None,
    adapter: Adapter,
    folder: Path,
    predictor: Predictor,
    images: np.ndarray,
) -> list[Layer] | None:
    """Put a model of our own layers in place of the wrapped network, if it answers the same.

    Returns
    -------
    list of core.architecture.Layer or None
        Its hidden layers.
    """
    weights = None if found is None else own_layers.with_adapter(found, adapter)
    if found is None or weights is None:
        return None
    from core import model as models

    model = models.build(found.layers)
    if [part.shape for part in weights] != [part.shape for part in model.get_weights()]:
        return None
    model.set_weights(weights)
    answers = np.asarray(model(images[..., None], training=False))
    expected = predictor.predict(images).probabilities
    if not float(np.abs(answers - expected).max()) <= models.EXPORT_TOLERANCE:
        return None
    models.save(model, folder / contract.KERAS_MODEL)
    models.export_onnx(model, folder / contract.ONNX_MODEL, images[..., None])
    return found.layers


def _parameters(given: Network, keras_model: Any) -> int:
    if keras_model is not None:
        return keras_model.count_params()
    return sum(int(np.prod(part.dims)) for part in given.model.graph.initializer)


def opened(path: Path) -> tuple[Predictor, Card]:
    """Return a model from elsewhere ready to predict, and its card, keeping nothing.

    Raises as `adopt` does.
    """
    with TemporaryDirectory() as folder:
        card = adopt(path, Path(folder), rebuild=False)
        return Predictor(Path(folder, contract.ONNX_MODEL)), card
