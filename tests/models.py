"""A whole model for tests, made without TensorFlow: a linear network in ONNX, with its card."""

import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.cards import (
    Card,
    DataFacts,
    ExportFacts,
    TrainingFacts,
    read_card,
    this_machine,
)
from core.config import TrainConfig
from core.data import Dataset, load
from core.data.files import name_of
from core.evaluation.scores import Scores, evaluate
from core.onnx_graph import Layer, describe
from core.reading.predictor import Predictor
from core.recipes.shipped import RECIPES
from core.runs import contract, store


def write_keras(path: Path, layers: list[dict] | None = None, **entries: bytes) -> None:
    """Write a ``.keras`` file that describes layers, with further or other entries."""
    described = {"class_name": "Sequential", "config": {"layers": layers or []}}
    content = {"config.json": json.dumps(described).encode(), "model.weights.h5": b""} | entries
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)


# By the digest of the data: weights, probabilities of the test digits, and their scores.
_LEARNED: dict[str, tuple[np.ndarray, np.ndarray, Scores]] = {}


def make_model(folder: Path, source: str = "sample", run: str = "made-by-a-test") -> Path:
    """Fill a folder with a model that has really learned a data set's digits, if only roughly."""
    data = load(source)
    folder.mkdir(parents=True, exist_ok=True)
    if data.digest not in _LEARNED:
        _LEARNED[data.digest] = _learn(data, folder / contract.ONNX_MODEL)
    weights, probabilities, scores = _LEARNED[data.digest]
    write_onnx(folder / contract.ONNX_MODEL, weights)
    write_keras(folder / contract.KERAS_MODEL)
    np.savez(folder / contract.PREDICTIONS, probabilities=probabilities, labels=data.y_test)
    card = Card(
        run=run,
        created="2026-01-02T03:04:05Z",
        config=RECIPES["sprint"].config.model_copy(update={"data": source}),
        parameters=7850,
        data=DataFacts(
            source=source,
            title=data.title,
            digest=data.digest,
            test_digest=data.test_digest,
            train=len(data.x_train),
            validation=0,
            test=len(data.x_test),
        ),
        training=TrainingFacts(
            stopped_early=False,
            epochs_done=1,
            steps_done=1,
            cpu_seconds=1.0,
            wall_seconds=1.0,
            validation_accuracy=None,
            validation_loss=None,
            temperature=1.0,
        ),
        test=scores,
        export=ExportFacts(keras_bytes=1, onnx_bytes=1, largest_difference=0.0, ms_per_image=0.1),
        machine=this_machine(),
    )
    (folder / contract.CARD).write_text(card.model_dump_json(), encoding="utf-8")
    return folder


def _learn(data: Dataset, path: Path) -> tuple[np.ndarray, np.ndarray, Scores]:
    weights = _means(data.x_train, data.y_train)
    write_onnx(path, weights)
    answers = Predictor(path).predict(data.x_test.astype(np.float32) / 255)
    return weights, answers.probabilities, evaluate(data.y_test, answers.probabilities)


def finished_run(config: TrainConfig, accuracy: float | None = None) -> contract.Run:
    """Make a run that is over, with a model that `make_model` makes."""
    run = store.create(config)
    make_model(run.folder, run=run.id)
    finished = contract.Status(state=contract.State.FINISHED, accuracy=accuracy)
    store.write_status(run.folder, finished)
    return store.read(run.id)


def as_imported(folder: Path) -> Path:
    """Have a model's card know its data by their name alone, as that of a run from elsewhere."""
    card = read_card(folder / contract.CARD)
    source = name_of(card.data.source)
    facts = card.data.model_copy(update={"source": source})
    config = card.config.model_copy(update={"data": source})
    card = card.model_copy(update={"config": config, "data": facts})
    (folder / contract.CARD).write_text(card.model_dump_json(), encoding="utf-8")
    return folder


def write_onnx(path: Path, weights: np.ndarray) -> None:
    """Write a network of one layer: softmax of the flat image times ``weights`` (784, 10)."""
    nodes = [
        helper.make_node("Flatten", ["image"], ["embedding"]),
        helper.make_node("MatMul", ["embedding", "dense/weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    dense = Layer(
        name="dense",
        kind="dense",
        source="embedding",
        output="probabilities",
        activation="softmax",
    )
    save_network(path, nodes, 784, {"dense/weights": weights.astype(np.float32)}, [dense])


def save_network(
    path: Path,
    nodes: list[onnx.NodeProto],
    width: int,
    constants: dict[str, np.ndarray],
    layers: list[Layer] | None = None,
) -> None:
    """Write a network from "image" to "probabilities" and "embedding" (n, width).

    It says which layers it has, where they are given.
    """
    graph = helper.make_graph(
        nodes,
        "hand-made",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28, 1])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", width]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    if layers is not None:
        describe(model, layers)
    onnx.save(model, path)


def _means(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Weights that measure the likeness to the mean image of each digit."""
    flat = images.reshape(len(images), -1).astype(np.float32) / 255
    means = np.stack([flat[labels == digit].mean(axis=0) for digit in range(10)])
    means -= means.mean(axis=0)
    return (means / np.linalg.norm(means, axis=1, keepdims=True)).T * 4
