"""`fit`: trains the epochs of a run, stage after stage, starting at its last checkpoint."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core import model as models
from core.bare_keras import keras
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs import contract, requests
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
    past, metrics = _past(folder, done * steps_per_epoch)
    clock = Clock(past.epochs[-1] if past.epochs else None)
    recorder = Recorder(
        metrics, report, clock, config, steps_per_epoch, len(digits.validation_images), past
    )
    recorder.tell_past()
    steering = Steering(folder, config, report, recorder, clock)
    keep = checkpoint.Checkpoints(folder, past)
    watch = Watch(folder, digits.validation_images, digits.validation_labels, recorder)
    given = _as_given(digits, config)
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
            # Work that a kill interrupts is repeated: the record comes before the checkpoint, and
            # changes of the weights or the rate come before both.
            at_stage = _of_stage(config, digits, recorder)
            watching = [recorder, watch, keep, steering, *_tensorboard(config, folder)]
            _train(model, stage, given, (max(begin, done), end), [clock, *at_stage, *watching])
        begin = end
        if model.stop_training:
            break
    metrics.close()
    _refuse_divergence(recorder, config)
    keeps_best = model.stop_training and (not steering.stopped or requests.best_requested(folder))
    return Fitted(
        epochs=recorder.epochs,
        rates=recorder.rates,
        steps=recorder.step,
        steps_per_epoch=steps_per_epoch,
        stopped=steering.stopped,
        pruned=steering.pruned,
        best=checkpoint.restore_best(model, folder) if keeps_best else None,
        cpu_s=clock.cpu_s,
        wall_s=clock.wall_s,
    )


class _Given(NamedTuple):
    """What Keras is given of the digits: images (n, 28, 28), and labels as the loss takes them."""

    images: np.ndarray
    labels: np.ndarray
    validation: tuple[np.ndarray, np.ndarray]


def _as_given(digits: Digits, config: TrainConfig) -> _Given:
    return _Given(
        digits.images,
        models.encode_labels(digits.labels, config),
        (
            models.as_input(digits.validation_images),
            models.encode_labels(digits.validation_labels, config),
        ),
    )


def _train(
    model: keras.Sequential,
    stage: TrainConfig,
    given: _Given,
    epochs: tuple[int, int],
    callbacks: list[keras.callbacks.Callback],
) -> None:
    """Have Keras train from one epoch of the run up to another, both counted from 0."""
    first, end = epochs
    batches = Batches(
        given.images, given.labels, stage.batch_size, stage.seed, stage.augmentation, first
    )
    model.fit(
        batches,
        initial_epoch=first,
        epochs=end,
        shuffle=False,  # `Batches` shuffles, by the seed.
        validation_data=given.validation,
        validation_batch_size=EVALUATION_BATCH,
        callbacks=callbacks,
        verbose=0,
    )


def _past(folder: Path, step: int) -> tuple[Curves, MetricsWriter]:
    """Return the records of an earlier worker up to a step, and the file to continue."""
    past = Curves(folder / contract.METRICS).refresh()
    metrics = MetricsWriter(folder / contract.METRICS)
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


def _of_stage(
    config: TrainConfig, digits: Digits, recorder: Recorder
) -> list[keras.callbacks.Callback]:
    """Return the callbacks of one stage that come before its records, as configured."""
    chosen = [SeededDropout(config.seed), keras.callbacks.TerminateOnNaN()]
    if config.ema:
        chosen.append(keras.callbacks.SwapEMAWeights())
    if config.reduce_on_plateau:
        chosen.append(ReduceOnPlateau(recorder, patience=config.reduce_on_plateau, factor=0.5))
    if config.early_stopping:
        chosen.append(EarlyStopping(recorder, patience=config.early_stopping))
    return [*chosen, DeadUnits(digits.validation_images)]


def _tensorboard(config: TrainConfig, folder: Path) -> list[keras.callbacks.Callback]:
    return [TensorBoardScalars(folder / contract.TENSORBOARD)] if config.tensorboard else []


def _refuse_divergence(recorder: Recorder, config: TrainConfig) -> None:
    last = recorder.epochs[-1] if recorder.epochs else {"loss": math.nan, "epoch": 1}
    if not math.isfinite(last["loss"]):
        raise DigitLabError(
            f"The loss became infinite or undefined in epoch {last['epoch']}: the learning rate "
            f"{config.learning_rate:g} is probably too high, try a tenth of it."
        )
