"""The outcome of a run: the model is calibrated, tested, exported, and described in its card."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core import model as models
from core.bare_keras import keras
from core.cards import Card, ExportFacts, TrainingFacts, this_machine
from core.config import TrainConfig
from core.data.generated import write_digits
from core.disk.atomic import replacing, write_record
from core.evaluation.calibration import fit_temperature
from core.evaluation.scores import Scores, evaluate
from core.reading.predictor import Predictor, ms_per_image
from core.runs import carried_pictures, contract
from core.training.batches import EVALUATION_BATCH
from core.training.digits import Digits
from core.training.fit import Fitted

_CHECKED = 500  # images on which the export is compared with Keras, and timed


def calibrate(model: keras.Sequential, digits: Digits, config: TrainConfig) -> float:
    """Calibrate the model's probabilities on images that it was not trained on.

    Returns
    -------
    float
        The temperature by which its logits were divided.
    """
    images, labels = digits.validation_images, digits.validation_labels
    if config.written_digits:
        # It will read drawings as well as images like these, so new ones count as much.
        written = write_digits(len(images), config.seed + 1)
        images, labels = np.concatenate([images, written[0]]), np.concatenate([labels, written[1]])
    if config.drawn_digits:  # And the hands of people whom it has not met.
        images = np.concatenate([images, digits.drawn_images])
        labels = np.concatenate([labels, digits.drawn_labels])
    temperature = fit_temperature(labels, _probabilities(model, images))
    models.sharpen(model, temperature)
    return temperature


def score(model: keras.Sequential, digits: Digits) -> tuple[np.ndarray, Scores]:
    """Return probabilities of the images to score on, float32 (t, 10), and their scores."""
    probabilities = _probabilities(model, digits.scored_images)
    return probabilities, evaluate(digits.scored_labels, probabilities)


def write_model(model: keras.Sequential, folder: Path, digits: Digits) -> ExportFacts:
    """Write ``model.keras`` and ``model.onnx``; return their sizes, agreement and speed.

    Raises
    ------
    DigitLabError
        The exported file disagrees with Keras.
    """
    keras_file, onnx_file = folder / contract.KERAS_MODEL, folder / contract.ONNX_MODEL
    images = models.as_input(digits.scored_images[:_CHECKED])
    models.save(model, keras_file)
    difference = models.export_onnx(model, onnx_file, images)
    return ExportFacts(
        keras_bytes=keras_file.stat().st_size,
        onnx_bytes=onnx_file.stat().st_size,
        largest_difference=difference,
        ms_per_image=ms_per_image(Predictor(onnx_file), images[..., 0]),
    )


def write_predictions(folder: Path, probabilities: np.ndarray, digits: Digits) -> None:
    """Write ``predictions.npz``: the model's answers to the images that it is scored on."""
    with replacing(folder / contract.PREDICTIONS) as temporary:
        np.savez_compressed(temporary, probabilities=probabilities, labels=digits.scored_labels)


def write_pictures(folder: Path, probabilities: np.ndarray, digits: Digits) -> None:
    """Write ``pictures.npz``: those of them to look at where the data are missing."""
    chosen = carried_pictures.choose(digits.scored_labels, probabilities, digits.facts.test_digest)
    carried_pictures.write(folder, digits.scored_images, chosen)


def write_card(
    folder: Path,
    config: TrainConfig,
    model: keras.Sequential,
    digits: Digits,
    fitted: Fitted,
    temperature: float,
    scores: Scores,
    exported: ExportFacts,
) -> None:
    """Write ``card.json``, the last file of a run, which completes the model."""
    card = Card(
        run=folder.name,
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        config=config,
        parameters=model.count_params(),
        data=digits.facts,
        training=_training_facts(fitted, temperature),
        test=scores,
        export=exported,
        machine=this_machine(),
    )
    write_record(folder / contract.CARD, card.model_dump_json(indent=1), "The card", make=False)


def _training_facts(fitted: Fitted, temperature: float) -> TrainingFacts:
    last = fitted.epochs[-1] if fitted.best is None else fitted.epochs[fitted.best - 1]
    return TrainingFacts(
        stopped_early=fitted.stopped,
        best_epoch=fitted.best,
        learning_rates={record["step"]: record["learning_rate"] for record in fitted.rates},
        epochs_done=fitted.steps // fitted.steps_per_epoch,
        steps_done=fitted.steps,
        cpu_seconds=fitted.cpu_s,
        wall_seconds=fitted.wall_s,
        validation_accuracy=last.get("val_accuracy"),
        validation_loss=last.get("val_loss"),
        temperature=temperature,
    )


def _probabilities(model: keras.Sequential, images: np.ndarray) -> np.ndarray:
    return model.predict(models.as_input(images), batch_size=EVALUATION_BATCH, verbose=0)
