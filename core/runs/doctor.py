"""The training doctor: findings about a run's settings, derived from its curves by rules.

Pure: takes a configuration and the records of `core.runs.curves`, and returns findings, at any
moment of a run. A rule speaks only if the evidence is clear: a false alarm at a healthy run costs
more than silence at a sick one. The thresholds below were chosen on the recipes and on runs made
ill on purpose; ``python -m bench.doctor`` trains both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from core.architecture import Activation, Conv, Dense, Dropout, Layer, follow
from core.config import TrainConfig
from core.data.augment import MODEST
from core.runs.curves import Record
from core.wording import counted

# The usual learning rates of each optimiser, for networks and data of this size.
USUAL_RATE = {"adam": 0.001, "adamw": 0.001, "rmsprop": 0.001, "sgd": 0.02}
FEW_VALIDATION_IMAGES = 50
MANY_DEAD_UNITS = 0.5
_GAP = 0.05  # of accuracy, between training and validation
_SPIKE = 1.5  # times the loss of the first batches


@dataclass(frozen=True)
class Finding:
    """One diagnosis from the curves.

    Attributes
    ----------
    kind : str
        Name of the rule: diverged, rate-too-high, rate-too-low, overfitting, underfitting,
        dead-units, few-validation-images, still-improving or label-noise.
    title : str
        The diagnosis in a few words.
    evidence : str
        The figures that support it.
    why : str
        One sentence on the cause.
    changes : dict
        Fields of `TrainConfig` that may correct it.
    """

    kind: str
    title: str
    evidence: str
    why: str
    changes: dict[str, Any] = field(default_factory=dict)


def examine(
    config: TrainConfig,
    epochs: Sequence[Record],
    batches: Sequence[Record],
    is_over: bool,
    rates: Sequence[Record] = (),
) -> list[Finding]:
    """Return the findings about a run, the most serious first; none if all seems well.

    Parameters
    ----------
    config : TrainConfig
        The run's configuration.
    epochs, batches : sequences of dict
        As `core.runs.curves.Curves` holds them.
    is_over : bool
        Whether no more records will come; some findings must wait for the end.
    rates : sequence of dict, optional
        Likewise, the learning rates that somebody requested during training.
    """
    curves = _Curves(config, epochs, batches, is_over, rates)
    if curves.is_diverged:
        return [_diverged(curves)]
    stuck = [rule(curves) for rule in (_rate_too_high, _rate_too_low)]
    noise = _label_noise(curves)
    found = [*stuck, _dead_units(curves), noise, _few_validation_images(curves)]
    if not any(stuck):
        found += [_overfitting(curves), _still_improving(curves)]
        found += [] if noise else [_underfitting(curves)]
    return [finding for finding in found if finding]


class _Curves:
    """The curves, summarised in the figures that the rules use."""

    def __init__(
        self,
        config: TrainConfig,
        epochs: Sequence[Record],
        batches: Sequence[Record],
        is_over: bool,
        rates: Sequence[Record],
    ) -> None:
        self.config, self.is_over = config, is_over
        self.is_diverged = not all(
            math.isfinite(record["loss"]) for record in [*batches, *epochs[-1:]]
        )
        self.epochs = [record for record in epochs if "val_accuracy" in record]
        self.losses = [record["loss"] for record in batches]
        self.steps = batches[-1]["step"] if batches else 0
        self.rate = rates[-1]["learning_rate"] if rates else config.learning_rate

    def last(self, name: str, count: int = 1) -> float:
        """Return the mean of a figure over the last epochs."""
        return mean(record[name] for record in self.epochs[-count:])

    @property
    def first_loss(self) -> float:
        """Loss of the first line, before anything is learned; at least that of guessing."""
        return max(self.losses[0], math.log(10)) if self.losses else math.log(10)

    @property
    def loss_now(self) -> float:
        """Training loss of the last lines."""
        return mean(self.losses[-max(len(self.losses) // 10, 3) :])

    @property
    def gap(self) -> float:
        """Training accuracy minus validation accuracy, over the last epochs."""
        count = max(len(self.epochs) // 4, 2)
        return self.last("accuracy", count) - self.last("val_accuracy", count)

    @property
    def validation_images(self) -> int | None:
        """Number of validation images; unknown before the end of the first epoch."""
        return self.epochs[-1].get("validation_images") if self.epochs else None

    @property
    def usual_rate(self) -> float:
        return USUAL_RATE[self.config.optimizer]

    def has(self, kind: type[Layer]) -> bool:
        return any(isinstance(layer, kind) for layer in self.config.layers)


def _diverged(curves: _Curves) -> Finding:
    where = f"by batch {curves.steps:,}" if curves.losses else "in the first epoch"
    return Finding(
        "diverged",
        "The training diverged",
        f"The loss became infinite or undefined {where}, at a learning rate of {curves.rate:g}.",
        "Each correction overshot more than the one before, until the numbers became too large "
        "for a computer.",
        {"learning_rate": _lower_rate(curves)},
    )


def _rate_too_high(curves: _Curves) -> Finding | None:
    if not curves.epochs or len(curves.losses) < 2:
        return None
    peak, right = max(curves.losses[1:]), curves.last("accuracy")
    if curves.rate < 3 * curves.usual_rate:
        return None
    if peak < _SPIKE * curves.first_loss or right > 0.8:
        return None
    return Finding(
        "rate-too-high",
        "The learning rate is too high",
        f"The loss rose from {curves.losses[0]:.2f} to {peak:,.2f} instead of falling, and after "
        f"{counted(curves.epochs[-1]['epoch'], 'epoch')} {_percent(right)} of the training digits "
        "are right.",
        "Corrections that are too large jump over their target, and may leave the network in a "
        "state in which it cannot learn.",
        {"learning_rate": _lower_rate(curves)},
    )


def _rate_too_low(curves: _Curves) -> Finding | None:
    if len(curves.losses) < 10 or curves.steps < 50:
        return None
    if curves.rate > curves.usual_rate / 3:
        return None
    if max(curves.losses) > _SPIKE * curves.first_loss:
        return None
    if not 0.6 * curves.losses[0] < curves.loss_now < curves.losses[0]:
        return None
    return Finding(
        "rate-too-low",
        "The learning rate is too low",
        f"In {curves.steps:,} batches the loss fell only from {curves.losses[0]:.2f} to "
        f"{curves.loss_now:.2f}; {curves.rate:g} is little for "
        f"{curves.config.optimizer}, {curves.usual_rate:g} is usual.",
        "The loss falls steadily but in steps so small that the training ends before much is "
        "learned.",
        {"learning_rate": curves.usual_rate},
    )


def _overfitting(curves: _Curves) -> Finding | None:
    if len(curves.epochs) < 6 or curves.gap < _GAP or curves.last("accuracy", 3) < 0.9:
        return None
    losses = [record["val_loss"] for record in curves.epochs]
    if min(losses[-3:]) < 0.9 * min(losses[:-3]):
        return None  # What it learns still helps on unseen images.
    right = curves.last("val_accuracy", 3)
    doubt = math.sqrt(right * (1 - right) / max(curves.validation_images or 1, 1))
    if curves.gap < 2 * doubt:
        return None
    best = min(curves.epochs, key=lambda record: record["val_loss"])
    return Finding(
        "overfitting",
        "The network learns its images by heart (overfitting)",
        f"{_percent(curves.last('accuracy', 3))} of the training digits are right, but only "
        f"{_percent(right)} of the validation digits; the validation loss was lowest in epoch "
        f"{best['epoch']} of {curves.epochs[-1]['epoch']}.",
        "The network learns details of its training images that other digits do not have.",
        _against_overfitting(curves),
    )


def _underfitting(curves: _Curves) -> Finding | None:
    count = len(curves.epochs) // 3
    if count < 2:
        return None
    right, gap = curves.last("accuracy", count), abs(curves.gap)
    before = mean(record["accuracy"] for record in curves.epochs[-2 * count : -count])
    # Dropout and augmentation make training harder than the actual task.
    best = max(right, curves.last("val_accuracy", count))
    if best > 0.9 or right - before > 0.03 or gap > 0.1:
        return None
    return Finding(
        "underfitting",
        "The network is too small (underfitting)",
        f"It stays at {_percent(right)} of its training digits; over the last "
        f"{counted(count, 'epoch')} it gained {_points(max(right - before, 0))}.",
        "A network that misreads even its training images has too few units, or too much "
        "regularisation.",
        {"layers": _larger(curves.config.layers)},
    )


def _dead_units(curves: _Curves) -> Finding | None:
    share = curves.epochs[-1].get("dead_units", 0.0) if curves.epochs else 0.0
    if share < MANY_DEAD_UNITS:
        return None
    changes: dict[str, Any] = {"layers": _leaky(curves.config.layers)}
    if curves.rate > curves.usual_rate:
        changes["learning_rate"] = _lower_rate(curves)
    return Finding(
        "dead-units",
        "Many units are dead",
        f"{_percent(share)} of its relu units are 0 for every image.",
        "A relu unit that is below zero for every image outputs nothing and gets no more "
        "corrections, so it stays that way.",
        changes,
    )


def _few_validation_images(curves: _Curves) -> Finding | None:
    n = curves.validation_images
    if n is None or n >= FEW_VALIDATION_IMAGES or not curves.epochs:
        return None
    images = n / curves.config.validation_split
    share = min(math.ceil(100 * 2 * FEW_VALIDATION_IMAGES / images) / 100, 0.5)
    return Finding(
        "few-validation-images",
        "Too few validation images",
        f"Only {n} images are set aside, so a single one changes the validation accuracy by "
        f"{_points(1 / n)}.",
        "With few images, the validation curve shows chance more than learning, and says little "
        "about when to stop.",
        {"validation_split": max(share, curves.config.validation_split)},
    )


def _still_improving(curves: _Curves) -> Finding | None:
    config = curves.config
    if not curves.is_over or config.schedule != "constant" or len(curves.epochs) < 2:
        return None
    if curves.epochs[-1]["epoch"] < config.epochs or config.epochs >= 200:
        return None
    before, last = curves.epochs[-2:]
    fell = [last[loss] < 0.85 * before[loss] for loss in ("loss", "val_loss")]
    if not all(fell) or last["val_accuracy"] > 0.97:
        return None
    return Finding(
        "still-improving",
        "The training ended while it still improved",
        f"In the last epoch alone the validation loss fell from {before['val_loss']:.3f} to "
        f"{last['val_loss']:.3f}, {_percent(1 - last['val_loss'] / before['val_loss'])} less.",
        "The curves had not levelled out, so more epochs would probably help.",
        {"epochs": min(3 * config.epochs, 200)},
    )


def _label_noise(curves: _Curves) -> Finding | None:
    config = curves.config
    more = config.written_digits + config.drawn_digits
    if more or any(amount for _, amount in config.augmentation):
        return None  # Training images are then harder, whatever their labels.
    enough = 0.2 if curves.has(Dropout) else 0.1
    settled = [
        (now["val_accuracy"] - now["accuracy"], now)
        for before, now in zip(curves.epochs[1:], curves.epochs[2:], strict=False)
        if abs(now["accuracy"] - before["accuracy"]) < 0.03
    ]
    odd = [(gap, record) for gap, record in settled if gap > enough]
    if len(odd) < 2:
        return None
    _, record = max(odd, key=lambda pair: pair[0])
    share = 1 - record["accuracy"] / record["val_accuracy"]
    cure: dict[str, Any] = {"label_smoothing": 0.1, "loss": "categorical_crossentropy"}
    return Finding(
        "label-noise",
        "Some training labels seem to be wrong",
        f"In epoch {record['epoch']}, {_percent(record['val_accuracy'])} of the validation digits "
        f"were right, but only {_percent(record['accuracy'])} of the training digits, as if about "
        f"{_percent(share)} of their labels were wrong.",
        "A network that has learned reads both equally well; it fails more often in training only "
        "if the labels there contradict each other.",
        {"label_noise": 0.0} if config.label_noise else cure,
    )


def _lower_rate(curves: _Curves) -> float:
    rate = curves.rate
    return curves.usual_rate if rate > 3 * curves.usual_rate else float(f"{rate / 10:.1g}")


def _against_overfitting(curves: _Curves) -> dict[str, Any]:
    if curves.config.train_images:
        return {"train_images": None}  # Nothing helps as much as more images.
    changes: dict[str, Any] = {"early_stopping": curves.config.early_stopping or 5}
    if not any(amount for _, amount in curves.config.augmentation):
        changes["augmentation"] = MODEST.model_dump(exclude_defaults=True)
    return changes


def _larger(layers: Sequence[Layer]) -> list[Layer]:
    """Widen the layers, or add one if none can be widened."""
    larger: list[Layer] = []
    for layer in layers:
        if isinstance(layer, Dense):
            layer = layer.model_copy(update={"units": min(max(4 * layer.units, 64), 4096)})
        elif isinstance(layer, Conv):
            layer = layer.model_copy(update={"filters": min(2 * layer.filters, 512)})
        larger.append(layer)
    deeper = [*layers, Dense(units=128)]
    fitting = (way for way in (larger, deeper) if way != list(layers) and not follow(way).fault)
    return next(fitting, list(layers))


def _leaky(layers: Sequence[Layer]) -> list[Layer]:
    names = {Dense: "activation", Conv: "activation", Activation: "function"}
    return [
        layer.model_copy(update={name: "leaky_relu"})
        if (name := names.get(type(layer))) and getattr(layer, name) == "relu"
        else layer
        for layer in layers
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
