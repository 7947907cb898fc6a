"""Steering without a training; `test_control` and `test_recovery` do the rest."""

from types import SimpleNamespace

import pytest

from core import model as models
from core.config import with_changes
from core.training.callbacks.steering import Steering
from core.training.optimizer import compile_for
from tests.working import QUICK


@pytest.mark.parametrize(("goes_on", "rate"), [(True, 0.005), (False, 0.01)])
def test_a_rate_lowered_on_a_plateau_stays_so_after_a_resume(tmp_path, goes_on, rate):
    """The rate that somebody had asked for before was put back."""
    config = with_changes(QUICK, {"reduce_on_plateau": 2, "learning_rate": 0.001})
    model = models.build(config.layers)
    compile_for(model, config, 100)
    model.optimizer.learning_rate = 0.005  # as a checkpoint has it
    recorder = SimpleNamespace(rates=[{"step": 3, "learning_rate": 0.01}])
    steering = Steering(tmp_path, config, None, recorder, None)
    steering.begin(config, goes_on=goes_on)
    steering.set_model(model)
    steering.on_train_begin()
    assert float(model.optimizer.learning_rate) == pytest.approx(rate)
