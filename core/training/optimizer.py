"""The optimiser of a run: its schedule, its control by people, and facts about its last step.

Keras does not expose the gradients of a step, and of a schedule only the current rate. So the
optimisers here are Keras's with a step of their own (`apply`, which is public), and they keep the
given schedule.
"""

from typing import Any

from core.bare_keras import keras
from core.config import TrainConfig


def compile_for(model: keras.Model, config: TrainConfig, total_steps: int) -> None:
    """Compile a model with the optimiser, schedule and loss of a configuration.

    Parameters
    ----------
    model : keras.Model
        Compiled in place.
    config : TrainConfig
        Names the optimiser, schedule and loss.
    total_steps : int
        Batches in the whole run; a schedule spans them.
    """
    model.compile(
        optimizer=_optimizer(config, total_steps),
        loss=_loss(config),
        metrics=[_accuracy(config)],
        # XLA makes these convolutions several times slower on a CPU than oneDNN, the alternative.
        jit_compile=False,
    )
    # Variables that the first step would make have it traced twice, and somebody waits for it.
    model.optimizer.build(model.trainable_variables)


def steer(model: keras.Model, config: TrainConfig, factor: float) -> None:
    """Set a compiled model's learning rate to a multiple of its configuration's."""
    optimizer = model.optimizer
    if config.schedule == "constant":
        optimizer.learning_rate = config.learning_rate * factor
    else:
        optimizer.schedule.factor.assign(factor)


def finish(model: keras.Model) -> None:
    """Finish a training: if weights are averaged, the averages become the weights."""
    model.optimizer.finalize_variable_values(model.trainable_variables)


def _accuracy(config: TrainConfig) -> keras.metrics.Metric:
    # Given by name, it would make its variables in the first step.
    if config.loss == "categorical_crossentropy":
        return keras.metrics.CategoricalAccuracy(name="accuracy")
    return keras.metrics.SparseCategoricalAccuracy(name="accuracy")


def _loss(config: TrainConfig) -> str | keras.losses.Loss:
    if config.label_smoothing:
        return keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing)
    return config.loss


class Steered(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule times a factor that can be changed during training.

    Attributes
    ----------
    factor : keras.Variable
    """

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule) -> None:
        self._schedule = schedule
        self.factor = keras.Variable(1.0, trainable=False, name="factor")

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the learning rate at a step."""
        return self._schedule(step) * self.factor


def _schedule(
    config: TrainConfig, total_steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    match config.schedule:
        case "constant":
            return config.learning_rate
        case "cosine":
            return Steered(
                keras.optimizers.schedules.CosineDecay(config.learning_rate, total_steps)
            )
        case "one-cycle":
            # Smith and Topin 2018, https://arxiv.org/abs/1708.07120: up for a quarter of the steps,
            # then down. Keras's warm-up and cosine decay together are that cycle.
            rising = max(total_steps // 4, 1)
            return Steered(
                keras.optimizers.schedules.CosineDecay(
                    initial_learning_rate=config.learning_rate / 10,
                    warmup_target=config.learning_rate,
                    warmup_steps=rising,
                    decay_steps=max(total_steps - rising, 1),
                )
            )


def _optimizer(config: TrainConfig, total_steps: int) -> keras.optimizers.Optimizer:
    kind, own = {
        "adam": (Adam, {}),
        "adamw": (AdamW, {"weight_decay": config.weight_decay}),
        "sgd": (SGD, {"momentum": 0.9, "nesterov": True}),
        "rmsprop": (RMSprop, {}),
    }[config.optimizer]
    return kind(
        _schedule(config, total_steps),
        global_clipnorm=config.clip_norm or None,
        use_ema=config.ema > 0,
        ema_momentum=config.ema or 0.99,
        name=config.optimizer,
        **own,
    )


class _Watched(keras.optimizers.Optimizer):
    """The additions to Keras's optimisers.

    Attributes
    ----------
    schedule : float or Steered
        As given.
    gradient_norm : keras.Variable
        The length of the last step's gradient, before any clipping.
    last_rate : keras.Variable
        The learning rate of the last step. To compute a schedule's rate from outside would take as
        long as a small batch.
    """

    def __init__(self, schedule: float | Steered, **options: Any) -> None:
        super().__init__(schedule, **options)
        self.schedule = schedule
        self.gradient_norm = keras.Variable(0.0, trainable=False, name="gradient_norm")
        self.last_rate = keras.Variable(0.0, trainable=False, name="last_rate")

    def apply(
        self,
        grads: list[keras.KerasTensor],
        trainable_variables: list[keras.Variable] | None = None,
    ) -> None:
        """Record the facts of this step, and take it."""
        squares = [keras.ops.sum(keras.ops.square(gradient)) for gradient in grads]
        self.gradient_norm.assign(keras.ops.sqrt(sum(squares)))
        self.last_rate.assign(self.learning_rate)
        super().apply(grads, trainable_variables)


class Adam(_Watched, keras.optimizers.Adam):
    """Keras's, watched."""


class AdamW(_Watched, keras.optimizers.AdamW):
    """Keras's, watched."""


class SGD(_Watched, keras.optimizers.SGD):
    """Keras's, watched."""


class RMSprop(_Watched, keras.optimizers.RMSprop):
    """Keras's, watched."""
