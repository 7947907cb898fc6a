"""`fit`: trains the epochs of a run, stage after stage, starting at its last checkpoint."""

import math
from dataclasses import dataclass
from pathlib import Path

from core import model as models
from core.bare_keras import keras
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs import requests, store
from core.runs.checkpoint_files import epochs_done
from core.runs.curves import Curves, MetricsWriter
from core.training import checkpoint, optimizer
from core.training.batches import EVALUATION_BATCH, Batches
from core.training.callbacks.clock import Clock
from core.training.callbacks.dead_units import DeadUnits
from core.training.callbacks.patience import EarlyStopping, ReduceOnPlateau
from core.training.callbacks.recorder import Recorder
from core.training.callbacks.seeded_dropout import SeededDropout
from core.training.callbacks.steering import Steering
from core.training.callbacks.tensorboard import TensorBoardScalars
from core.training.callbacks.watch import Watch
from core.training.digits import Digits
from core.training.reporter import Reporter


@dataclass(frozen=True)
class Fitted:
    """The course of a network's training.

    Attributes
    ----------
    epochs, rates : list of dict
        Records of complete epochs, and of requested learning rates.
    steps, steps_per_epoch : int
        Batches, of all workers of the run together.
    stopped, pruned : bool
        Whether somebody requested a stop, or that the run end early.
    best : int or None
        The epoch whose weights were restored; ``None`` if the last weights were kept.
    cpu_s, wall_s : float
        Seconds, see `core.training.callbacks.clock`.
    """

    epochs: list[dict[str, float]]
    rates: list[dict[str, float]]
    steps: int
    steps_per_epoch: int
    stopped: bool
    pruned: bool
    best: int | None
    cpu_s: float
    wall_s: float


def fit(
    model: keras.Sequential, config: TrainConfig, folder: Path, digits: Digits, report: Reporter
) -> Fitted:
    """Train a network in place, and write curves, checkpoints and the files for watching.

    Raises
    ------
    DigitLabError
        The loss became infinite or undefined.
    """
    done = epochs_done(folder)
    steps_per_epoch = math.ceil(len(digits.images) / config.batch_size)
    labels = models.encode_labels(digits.labels, config)
    validation = (
        models.as_input(digits.validation_images),
        models.encode_labels(digits.validation_labels, config),
    )

    past, metrics = _past(folder, done * steps_per_epoch)
    clock = Clock(past.epochs[-1] if past.epochs else None)
    recorder = Recorder(
        metrics, report, clock, config, steps_per_epoch, len(digits.validation_images), past
    )
    recorder.tell_past()
    steering = Steering(folder, config, report, recorder, clock)
    keep = checkpoint.Checkpoints(folder, past)
    watch = Watch(folder, digits.validation_images, digits.validation_labels, recorder)
    has_stopped_early = _has_stopped_early(config, past)
    begin = 0
    for stage in config.stages():
        end = begin + stage.epochs
        steering.begin(stage, goes_on=begin < done)
        optimizer.compile_for(model, stage, steps_per_epoch * stage.epochs)
        model.stop_training = has_stopped_early and done <= end
        if begin < done <= end:
            checkpoint.restore(model, folder, done)
            if done == end:
                optimizer.finish(model)
        if done < end and not model.stop_training:
            first = max(begin, done)
            model.fit(
                Batches(
                    digits.images, labels, config.batch_size, config.seed, stage.augmentation, first
                ),
                initial_epoch=first,
                epochs=end,
                shuffle=False,  # `Batches` shuffles, by the seed.
                validation_data=validation,
                validation_batch_size=EVALUATION_BATCH,
                # Work that a kill interrupts is repeated: the record comes before the checkpoint,
                # and changes of the weights or the rate come before both.
                callbacks=[
                    clock,
                    SeededDropout(config.seed),
                    *_of_keras(config, recorder),
                    DeadUnits(digits.validation_images),
                    recorder,
                    watch,
                    keep,
                    steering,
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
    if model.stop_training and (not steering.stopped or requests.best_requested(folder)):
        best = checkpoint.restore_best(model, folder)
    return Fitted(
        recorder.epochs,
        recorder.rates,
        recorder.step,
        steps_per_epoch,
        steering.stopped,
        steering.pruned,
        best,
        clock.cpu_s,
        clock.wall_s,
    )


def _past(folder: Path, step: int) -> tuple[Curves, MetricsWriter]:
    """Return the records of an earlier worker up to a step, and the file to continue."""
    past = Curves(folder / store.METRICS).refresh()
    metrics = MetricsWriter(folder / store.METRICS)
    if past.batches:
        past.forget_after(step)
        metrics.append({"kind": "resume", "step": step})
    return past, metrics


def _has_stopped_early(config: TrainConfig, past: Curves) -> bool:
    """Return whether an earlier worker had trained to the end that early stopping sets.

    Keras would train another batch before it noticed, and reach other weights.
    """
    losses = [record["val_loss"] for record in past.epochs]
    if not config.early_stopping or not losses:
        return False
    return len(losses) - 1 - losses.index(min(losses)) >= config.early_stopping


def _of_keras(config: TrainConfig, recorder: Recorder) -> list[keras.callbacks.Callback]:
    """Return the Keras callbacks that a configuration requests."""
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
