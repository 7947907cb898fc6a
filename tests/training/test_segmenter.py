"""The segmenter's training writes a network that tells one digit from several."""

import json
from itertools import pairwise

import numpy as np

from core.data import sample
from core.reading.network import Judge
from core.reading.normalise import to_mnist
from core.reading.segment import OUTPUT
from core.training.segmenter import Settings, train


def test_training_writes_a_network_that_knows_one_digit_from_two(tmp_path):
    """A few seconds of training do not make a good network, but one that beats guessing."""
    data = sample.load()
    settings = Settings(numbers=60, singles=500, epochs=2, batch_size=64)
    facts = train(data, tmp_path / "segmenter", settings)
    assert json.loads((tmp_path / "segmenter" / "segmenter.json").read_text()) == facts
    path = tmp_path / "segmenter" / "segmenter.onnx"
    assert facts["onnx_bytes"] == path.stat().st_size
    one = data.x_test[:60].astype(np.float32) / 255
    two = np.stack([to_mnist(np.concatenate([a, b], axis=1)) for a, b in pairwise(one)])
    wholeness = Judge(path, OUTPUT)
    assert np.median(wholeness(one)) > np.median(wholeness(two))
