"""`core.runs.trends`: recall by digit from what a run wrote down, damage left out."""

import numpy as np
import pytest

from core.runs import playback, trends
from tests.runs.epochs import write_epoch


def confusion(right: int, wrong: int) -> np.ndarray:
    """Return one in which each digit but 5 is read right and as the next one so often."""
    found = np.eye(10, dtype=int) * right + np.roll(np.eye(10, dtype=int), 1, axis=1) * wrong
    found[5] = 0
    return found


def test_recall_of_each_digit_after_each_epoch(tmp_path):
    write_epoch(tmp_path, 1, confusion(3, 1))
    write_epoch(tmp_path, 2, np.zeros((10, 10), int))
    write_epoch(tmp_path, 12, confusion(4, 0))
    (tmp_path / playback.epoch_file(3)).write_bytes(b"PK")
    for name in ("0004x", "0004²", "9" * 30):
        (tmp_path / playback.EPOCHS / f"{name}.npz").write_bytes(b"")
    found = trends.by_digit(tmp_path)
    assert found.epochs.tolist() == [1, 12]
    assert found.recall[:, 0] == pytest.approx([0.75, 1.0])
    assert np.isnan(found.recall[:, 5]).all()
    assert found.counts.tolist() == [4] * 5 + [0] + [4] * 4


def test_a_run_that_wrote_nothing_down_is_not_known(tmp_path):
    assert trends.by_digit(tmp_path) is None
    (tmp_path / playback.EPOCHS).mkdir()
    assert trends.by_digit(tmp_path) is None
