"""Fixtures shared by the tests of explanations."""

import numpy as np
import pytest

from core.explain.inside import Inside
from tests.explain.networks import write_small


@pytest.fixture
def small(tmp_path):
    write_small(tmp_path / "model.onnx")
    network = Inside(tmp_path / "model.onnx")
    image = np.zeros((28, 28), np.float32)
    image[0, 0], image[1, 1] = 1.0, 0.5
    return network, network.run(image)
