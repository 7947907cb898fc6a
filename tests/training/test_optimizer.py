"""`core.training.optimizer`: the optimiser that was named, its schedule, and steering."""

import numpy as np
import pytest

from core import model as models
from core.bare_keras import keras
from core.recipes.shipped import RECIPES
from core.training.optimizer import compile_for, steer


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
def test_each_optimiser_is_the_one_that_was_named(optimizer):
    config = RECIPES["dense-starter"].config.model_copy(update={"optimizer": optimizer})
    model = models.build(config.layers)
    compile_for(model, config, total_steps=10)
    assert type(model.optimizer).__name__.lower() == optimizer
    assert float(model.optimizer.learning_rate) == pytest.approx(config.learning_rate)


def test_one_cycle_rises_to_its_peak_and_ends_at_zero():
    config = RECIPES["sprint"].config
    model = models.build(config.layers)
    compile_for(model, config, total_steps=400)
    schedule = model.optimizer.schedule
    rates = [float(schedule(step)) for step in range(401)]
    assert np.argmax(rates) == 100
    assert max(rates) == pytest.approx(config.learning_rate)
    assert rates[400] == pytest.approx(0, abs=1e-6)
    assert rates[:101] == sorted(rates[:101])


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one-cycle"])
def test_whoever_steers_changes_the_rate_of_the_next_step(schedule):
    config = RECIPES["dense-starter"].config.model_copy(update={"schedule": schedule})
    model = models.build(config.layers)
    compile_for(model, config, total_steps=100)
    planned = float(model.optimizer.learning_rate)
    steer(model, config, 0.5)
    assert float(model.optimizer.learning_rate) == pytest.approx(planned / 2)
    steer(model, config, 2)
    assert float(model.optimizer.learning_rate) == pytest.approx(planned * 2)


def test_the_last_step_is_known():
    """The gradient of softmax and cross-entropy by hand: (p - y) x^T, and (p - y) of the bias."""
    config = RECIPES["dense-starter"].config.model_copy(
        update={"optimizer": "sgd", "schedule": "constant", "loss": "categorical_crossentropy"}
    )
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    compile_for(model, config, total_steps=10)
    x, y = np.array([[1.0, 2.0, 2.0]], np.float32), np.array([[0.0, 1.0]], np.float32)
    error = np.asarray(model(x)) - y  # (1, 2)
    model.train_on_batch(x, y)
    expected = np.linalg.norm(error) * np.sqrt(np.linalg.norm(x) ** 2 + 1)
    assert float(model.optimizer.gradient_norm) == pytest.approx(expected, rel=1e-4)
    assert float(model.optimizer.last_rate) == pytest.approx(config.learning_rate)


@pytest.mark.parametrize("recipe", ["sprint", "dense-dropout"])
def test_the_first_step_is_traced_once(recipe):
    """The accuracy, given by its name, made variables in the first step, which doubled the wait."""
    config = RECIPES[recipe].config
    model = models.build(config.layers)
    compile_for(model, config, total_steps=2)
    traced, step = [], model.train_step
    model.train_step = lambda data: traced.append(1) or step(data)
    labels = models.encode_labels(np.arange(4, dtype=np.uint8), config)
    history = model.fit(np.zeros((4, 28, 28, 1), np.float32), labels, batch_size=2, verbose=0)
    assert len(traced) == 1
    assert 0 <= history.history["accuracy"][0] <= 1
