"""Playback of a run: written by a real training, read whole or not at all."""

import json

import numpy as np
import pytest

from core.data import load
from core.runs import contract, playback
from core.runs.curves import Curves
from core.runs.playback import Looks
from core.training.callbacks.watch import principal_map
from tests.working import DRAWING, QUICK


def test_a_training_can_be_played_back(sample_run):
    run = sample_run
    images, labels = playback.read_panel(run.folder)
    assert images.shape == (21, 28, 28)
    np.testing.assert_array_equal(images[-1], 255 * DRAWING)
    np.testing.assert_array_equal(labels, np.repeat(np.arange(10), 2))

    data = load("sample")
    _, validation = QUICK.split(len(data.x_train))
    epochs = Curves(run.folder / contract.METRICS).refresh().epochs
    looks = Looks(run.folder / playback.WATCH).refresh()
    assert looks.steps == sorted(set(looks.steps))
    assert {record["step"] for record in epochs} <= set(looks.steps)
    assert all(look.shape == (21, 10) for look in looks.probabilities)
    np.testing.assert_allclose(np.sum(looks.probabilities, axis=2), 1, atol=1e-3)
    for record in epochs:
        seen = playback.read_epoch(run.folder, record["epoch"])
        # All validation images of the sample are looked at, so the figure is Keras's own.
        assert seen.confusion.sum() == len(validation)
        accuracy = np.trace(seen.confusion) / len(validation)
        assert accuracy == pytest.approx(record["val_accuracy"], abs=1e-6)
        np.testing.assert_array_equal(
            seen.confusion.sum(axis=1), np.bincount(data.y_train[validation], minlength=10)
        )
        assert seen.map.shape == (len(seen.labels), 2)
        assert seen.filters.shape == (28, 28, 32)
        assert 0 <= record["dead_units"] < 1
    assert playback.read_epoch(run.folder, 3) is None


def test_looks_of_a_former_worker_that_came_too_late_are_void(tmp_path):
    path = tmp_path / "watch.jsonl"
    answers = np.full((2, 10), 0.1).tolist()
    lines = [{"step": step, "probabilities": answers} for step in (1, 5, 9, 6, 7)]
    damaged = ["{", "[]", '{"step": 8}', '{"step": 8, "probabilities": [[1, 2]]}']
    path.write_text("\n".join([*map(json.dumps, lines), *damaged, ""]))
    looks = Looks(path).refresh()
    assert looks.steps == [1, 5, 6, 7]
    assert len(looks.probabilities) == 4


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY"])
def test_damaged_files_show_nothing(tmp_path, content):
    (tmp_path / "epochs").mkdir()
    for name in (playback.epoch_file(1), playback.PANEL_IMAGES, playback.DRAWING):
        (tmp_path / name).write_bytes(content)
    assert playback.read_epoch(tmp_path, 1) is None
    assert playback.read_panel(tmp_path) is None
    assert playback.read_drawing(tmp_path) is None


def test_a_drawing_of_another_shape_is_no_drawing(tmp_path):
    playback.keep_drawing(tmp_path, np.zeros((5, 5), np.uint8))
    assert playback.read_drawing(tmp_path) is None


def test_a_map_stays_where_it_was_between_epochs():
    """Principal components may turn and mirror from epoch to epoch: the map does not."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 6)).astype(np.float32) * [9, 5, 1, 1, 1, 1]
    first = principal_map(points, None)
    assert np.sqrt((first**2).mean()) == pytest.approx(1)
    turned = principal_map(points @ np.diag([-1, 1, 1, 1, 1, -1]) + 3, first)
    np.testing.assert_allclose(turned, first, atol=1e-5)
    assert principal_map(np.zeros((4, 3), np.float32), None).tolist() == [[0, 0]] * 4
