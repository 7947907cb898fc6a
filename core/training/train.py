"""`train`: from a configuration to everything in a run folder. Runs in the worker.

Readable top to bottom: data, network, fit, test, files, card.
"""

import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np

from core import model as models
from core import registry
from core.cards import Card, DataFacts, ExportFacts, TrainingFacts, this_machine
from core.config import TrainConfig
from core.data import Dataset, load
from core.data.flaws import mislabel, unbalance
from core.data.generated import write_digits
from core.disk.atomic import as_json, replacing, write_record
from core.errors import DigitLabError
from core.evaluation.calibration import fit_temperature
from core.evaluation.scores import evaluate
from core.runs import checkpoint_files, own_digits, requests, store
from core.runs.curves import Curves, MetricsWriter
from core.training import checkpoint
from core.training.batches import EVALUATION_BATCH, Batches, split_validation
from core.training.callbacks import (
    Clock,
    EarlyStopping,
    Obey,
    Recorder,
    ReduceOnPlateau,
    SeededDropout,
    TensorBoardScalars,
)
from core.training.reporter import Reporter
from core.training.watch import DeadUnits, Watch


def train(config: TrainConfig, folder: Path, report: Reporter) -> store.State:
    """Train, test and write a model, its predictions and its card.

    Parameters
    ----------
    config : TrainConfig
        What to do.
    folder : Path
        The run's folder; `core.runs.store` says what is written there.
    report : Reporter
        Told about phases and progress.

    Returns
    -------
    State
        ``finished``, or ``stopped`` where somebody asked for a stop; both leave a whole model.

    Raises
    ------
    DigitLabError
        The data cannot be had, or the training diverged.
    """
    report(phase="loading data")
    data = load(config.data)
    fit_on, validate_on = split_validation(config, len(data.x_train))
    images, digits = _training_images(config, data, fit_on, folder, report)
    facts = _data_facts(config, data, len(fit_on), len(validate_on), folder)

    report(phase="building the network")
    if config.deterministic:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    checkpoint.forget_damaged(folder)
    done = checkpoint_files.epochs_done(folder)
    model = models.build(config.layers, config.precision)
    if config.start_from:
        _keep_statistics(model)
        if not done:
            _begin_with(model, config.start_from)
    labels = models.encode_labels(digits, config)
    validation = (
        models.as_input(data.x_train[validate_on]),
        models.encode_labels(data.y_train[validate_on], config),
    )
    steps_per_epoch = math.ceil(len(images) / config.batch_size)

    past, metrics = _past(folder, done * steps_per_epoch)
    clock = Clock(past.epochs[-1] if past.epochs else None)
    recorder = Recorder(metrics, report, clock, config, steps_per_epoch, len(validate_on), past)
    obey = Obey(folder, config, report, recorder, clock)
    keep = checkpoint.Checkpoints(folder, past)
    watch = Watch(folder, data.x_train[validate_on], data.y_train[validate_on], recorder)
    has_stopped_early = _has_stopped_early(config, past)
    begin = 0
    for stage in config.stages():
        obey.stage, end = stage, begin + stage.epochs
        obey.goes_on = begin < done
        models.compile_for(model, stage, steps_per_epoch * stage.epochs)
        model.stop_training = has_stopped_early and done <= end
        if begin < done <= end:
            checkpoint.restore(model, folder, done)
            if done == end:
                models.finish(model)
        if done < end and not model.stop_training:
            first = max(begin, done)
            model.fit(
                Batches(images, labels, config.batch_size, config.seed, stage.augmentation, first),
                initial_epoch=first,
                epochs=end,
                shuffle=False,  # `Batches` shuffles, by the seed.
                validation_data=validation,
                validation_batch_size=EVALUATION_BATCH,
                # What is left undone by a kill is done again: the record comes before the
                # checkpoint, and what changes the weights or the rate before both.
                callbacks=[
                    clock,
                    SeededDropout(config.seed),
                    *_from_keras(config, recorder),
                    DeadUnits(data.x_train[validate_on]),
                    recorder,
                    watch,
                    keep,
                    obey,
                    *_tensorboard(config, folder),
                ],
                verbose=0,
            )
        begin = end
        if model.stop_training:
            break
    metrics.close()
    _refuse_divergence(recorder, config)
    best = None
    if model.stop_training and (not obey.stopped or requests.best_requested(folder)):
        best = checkpoint.restore_best(model, folder)

    model = models.for_use(model, config)

    report(phase=store.CALIBRATING)
    temperature = _calibrate(model, data.x_train[validate_on], data.y_train[validate_on], config)

    report(phase=store.TESTING)
    test_images = models.as_input(data.x_test)
    probabilities = model.predict(test_images, batch_size=EVALUATION_BATCH, verbose=0)
    test = evaluate(data.y_test, probabilities)

    report(phase=store.SAVING, accuracy=test.accuracy)
    models.save(model, folder / store.KERAS_MODEL)
    difference = models.export_onnx(model, folder / store.ONNX_MODEL, test_images[:500])
    with replacing(folder / store.PREDICTIONS) as temporary:
        np.savez_compressed(temporary, probabilities=probabilities, labels=data.y_test)
    card = Card(
        run=folder.name,
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        config=config,
        parameters=model.count_params(),
        data=facts,
        training=_training_facts(recorder, steps_per_epoch, obey.stopped, best, clock, temperature),
        test=test,
        export=_export_facts(folder, difference, data.x_test[:500]),
        machine=this_machine(),
    )
    write_record(folder / store.CARD, card.model_dump_json(indent=1), "The card", make=False)
    checkpoint.remove(folder)
    return store.State.STOPPED if obey.stopped else store.State.FINISHED


def _training_images(
    config: TrainConfig, data: Dataset, chosen: np.ndarray, folder: Path, report: Reporter
) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels to train on: unbalanced, mislabelled and added to, where asked."""
    images, digits = data.x_train[chosen], data.y_train[chosen]
    if config.imbalance > 1:
        kept = unbalance(digits, config.imbalance, config.seed)
        images, digits = images[kept], digits[kept]
    if config.label_noise:
        digits = mislabel(digits, config.label_noise, config.seed)
    if config.written_digits:
        report(phase="writing digits")
        written = write_digits(config.written_digits, config.seed)
        images, digits = np.concatenate([images, written[0]]), np.concatenate([digits, written[1]])
    if config.own_digits:
        own = own_digits.read(folder)
        again = np.repeat(np.flatnonzero(own.trained_on), config.own_digits)
        images = np.concatenate([images, own.images[again]])
        digits = np.concatenate([digits, own.labels[again]])
    return images, digits


def _begin_with(model: keras.Model, name: str) -> None:
    """Give a network the weights of a model that has the same layers."""
    found = models.load(registry.find(name).folder / store.KERAS_MODEL).get_weights()
    if [part.shape for part in found] != [part.shape for part in model.get_weights()]:
        raise DigitLabError(
            f"The training cannot start from the weights of '{name}', which has other layers: "
            "choose a model of this network, or leave start_from empty."
        )
    model.set_weights(found)


def _keep_statistics(model: keras.Model) -> None:
    """Leave batch norm as it is in the model that a training begins with."""
    for layer in model.layers:
        # A few images more often than the rest would move the statistics, for all other digits too.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def _past(folder: Path, step: int) -> tuple[Curves, MetricsWriter]:
    """Return what a former worker wrote up to a step, and the file to go on with."""
    past = Curves(folder / store.METRICS).refresh()
    metrics = MetricsWriter(folder / store.METRICS)
    if past.batches:
        past.forget_after(step)
        metrics.append({"kind": "resume", "step": step})
    return past, metrics


def _has_stopped_early(config: TrainConfig, past: Curves) -> bool:
    """Return whether a former worker had trained to the end that early stopping sets.

    Keras would go on for a batch before it noticed, and find other weights.
    """
    losses = [record["val_loss"] for record in past.epochs]
    if not config.early_stopping or not losses:
        return False
    return len(losses) - 1 - losses.index(min(losses)) >= config.early_stopping


def _from_keras(config: TrainConfig, recorder: Recorder) -> list[keras.callbacks.Callback]:
    """Return the callbacks of Keras that a configuration asks for."""
    chosen: list[keras.callbacks.Callback] = [keras.callbacks.TerminateOnNaN()]
    if config.ema:
        chosen.append(keras.callbacks.SwapEMAWeights())
    if config.reduce_on_plateau:
        chosen.append(ReduceOnPlateau(recorder, patience=config.reduce_on_plateau, factor=0.5))
    if config.early_stopping:
        chosen.append(EarlyStopping(recorder, patience=config.early_stopping))
    return chosen


def _tensorboard(config: TrainConfig, folder: Path) -> list[keras.callbacks.Callback]:
    return [TensorBoardScalars(folder / "tensorboard")] if config.tensorboard else []


def _refuse_divergence(recorder: Recorder, config: TrainConfig) -> None:
    last = recorder.epochs[-1] if recorder.epochs else {"loss": math.nan, "epoch": 1}
    if not math.isfinite(last["loss"]):
        raise DigitLabError(
            f"The loss became infinite or undefined in epoch {last['epoch']}: the learning rate "
            f"{config.learning_rate:g} is probably too high, try a tenth of it."
        )


def _data_facts(
    config: TrainConfig, data: Dataset, train: int, validation: int, folder: Path
) -> DataFacts:
    own = set(_learned_before(config, folder))
    if config.own_digits:
        digits = own_digits.read(folder)
        own |= set(own_digits.names(digits.images[digits.trained_on]))
    return DataFacts(
        source=config.data,
        title=data.title,
        digest=data.digest,
        test_digest=data.test_digest,
        train=train,
        validation=validation,
        test=len(data.x_test),
        own=sorted(own),
    )


def _learned_before(config: TrainConfig, folder: Path) -> list[str]:
    """Return the own digits that the model to begin with has learned.

    Looked up once, at the first start: the model may be deleted while the run trains or is lost.
    """
    if not config.start_from:
        return []
    kept = folder / store.LEARNED_BEFORE
    if not kept.is_file():
        own = registry.find(config.start_from).card.data.own
        write_record(kept, as_json(own), "What the model has learned before", make=False)
    return json.loads(kept.read_text(encoding="utf-8"))


def _calibrate(
    model: keras.Sequential, images: np.ndarray, labels: np.ndarray, config: TrainConfig
) -> float:
    """Make the model's probabilities mean what they say, on images that it was not trained on."""
    if config.written_digits:
        # It is to read drawings as well as images like these, so fresh ones have an equal say.
        written = write_digits(len(images), config.seed + 1)
        images, labels = np.concatenate([images, written[0]]), np.concatenate([labels, written[1]])
    probabilities = model.predict(models.as_input(images), batch_size=EVALUATION_BATCH, verbose=0)
    temperature = fit_temperature(labels, probabilities)
    models.sharpen(model, temperature)
    return temperature


def _training_facts(
    recorder: Recorder,
    steps_per_epoch: int,
    stopped: bool,
    best: int | None,
    clock: Clock,
    temperature: float,
) -> TrainingFacts:
    last = recorder.epochs[-1] if best is None else recorder.epochs[best - 1]
    return TrainingFacts(
        stopped_early=stopped,
        best_epoch=best,
        learning_rates={record["step"]: record["learning_rate"] for record in recorder.rates},
        epochs_done=recorder.step // steps_per_epoch,
        steps_done=recorder.step,
        cpu_seconds=clock.cpu_s,
        wall_seconds=clock.wall_s,
        validation_accuracy=last.get("val_accuracy"),
        validation_loss=last.get("val_loss"),
        temperature=temperature,
    )


def _export_facts(folder: Path, difference: float, images: np.ndarray) -> ExportFacts:
    from core.reading.predictor import Predictor

    predictor = Predictor(folder / store.ONNX_MODEL)
    singles = [models.as_input(image[None])[..., 0] for image in images]
    seconds = []
    for single in singles:
        began = time.perf_counter()
        predictor.predict(single)
        seconds.append(time.perf_counter() - began)
    return ExportFacts(
        keras_bytes=(folder / store.KERAS_MODEL).stat().st_size,
        onnx_bytes=(folder / store.ONNX_MODEL).stat().st_size,
        largest_difference=difference,
        ms_per_image=1000 * float(np.median(seconds)),
    )
