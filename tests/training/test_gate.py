"""The gate's training: what it learns from, and that it writes a gate that works."""

import functools
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from core.data import non_digits, sample, stroke_files
from core.reading.gate import FILE, OUTPUT
from core.reading.network import Judge
from core.strokes.others import KINDS
from core.training import gate as training
from core.training.gate import NONE, Settings, train, training_images
from tests.data import strokes

SMALL = Settings(written=60, of_each_kind=8, spoilt=60, epochs=1, batch_size=64)
TRAINED = [kind for kind in KINDS if kind.trained]


@pytest.fixture(scope="module")
def data():
    return sample.load()


@pytest.fixture(scope="module", autouse=True)
def kinds_drawn_once():
    """Draw each kind once for all these tests: noise alone takes seconds, for most has no ink."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training.non_digits, "draw", functools.cache(non_digits.draw))
        yield


def test_digits_keep_their_labels_and_the_rest_is_other(data):
    images, labels = training_images(data, SMALL)
    digits = 2 * len(data.x_train) + SMALL.written
    rest = sum(kind.times for kind in TRAINED) * SMALL.of_each_kind + SMALL.spoilt
    assert images.shape == (digits + rest, 28, 28)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(labels[: len(data.y_train)], data.y_train)
    assert (labels[:digits] < NONE).all()
    assert (labels[digits:] == NONE).all()


def test_digits_of_people_are_among_the_digits_but_for_those_kept_back(data, tmp_path):
    ours = stroke_files.load(strokes.save(tmp_path / "ours.npz", writers=8))
    small = replace(SMALL, drawn=80, epochs=0)
    images, labels = training_images(data, small, [ours])
    before, _ = training_images(data, small)
    assert len(images) == len(before) + 80
    digits = 2 * len(data.x_train) + SMALL.written
    np.testing.assert_array_equal(np.bincount(labels[digits : digits + 80]), [8] * 10)
    facts = train(data, tmp_path / "gate", small, strokes=[ours])
    (file,) = facts["strokes"]
    assert (file["name"], file["writers"], file["held_back"]) == ("ours", 7, 1)


def test_kinds_that_are_held_back_are_not_trained_on(data, monkeypatch):
    drawn = []

    def draw(kind, n, seed):
        drawn.append(kind)
        return np.zeros((n, 28, 28), np.uint8)

    monkeypatch.setattr(training.non_digits, "draw", draw)
    training_images(data, SMALL)
    assert drawn == TRAINED


def test_training_continues_from_the_answers_of_the_file(data, tmp_path):
    images = data.x_test[:50].astype(np.float32) / 255  # (50, 28, 28)
    facts = train(data, tmp_path / "gate", replace(SMALL, epochs=0), start=FILE)
    continued = Judge(tmp_path / "gate" / "gate.onnx", OUTPUT)(images)
    np.testing.assert_allclose(continued, Judge(FILE, OUTPUT)(images), atol=1e-5)
    assert facts["continued_from"] == hashlib.sha256(FILE.read_bytes()).hexdigest()


def test_training_writes_a_gate_that_tells_digits_from_the_rest(data, tmp_path):
    """A few seconds of training do not make a good gate, but one that beats guessing."""
    facts = train(data, tmp_path / "gate", SMALL)
    assert json.loads((tmp_path / "gate" / "gate.json").read_text()) == facts
    assert facts["parameters"] < 120_000
    assert facts["onnx_bytes"] == (tmp_path / "gate" / "gate.onnx").stat().st_size
    judge = Judge(tmp_path / "gate" / "gate.onnx", OUTPUT)
    grids = non_digits.draw(KINDS[-2], 50, seed=8)
    digits, rest = (judge(x.astype(np.float32) / 255) for x in (data.x_test, grids))
    assert np.median(digits) > np.median(rest)
